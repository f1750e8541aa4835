// The part of Scheduler that stops, goes on after a stop, and goes on without a worker.
#include "app/deal/lost_worker.hpp"
#include "app/deal/scheduler.hpp"

#include "core/clean/clean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {

void Scheduler::resume(const Checkpoint& from) {
    written_.resume(from);
    placement_.resume(from.totals);
    borders_.resume(from.file, from.offset, from.line);
    cutter_.resume(from.file, from.offset);
    for (const core::Accounts& file : from.totals.files) {
        counts_.bytes_accepted += file.bytes();
        counts_.records_accepted += file.records();
        counts_.rejected_accepted += file.rejected.records;
    }
    counts_.bytes_resumed = counts_.bytes_accepted;
}

void Scheduler::resume(const std::vector<SavedRange>& saved) { cutter_.resume(saved); }

void Scheduler::stop(Reached reached) {
    stopping_ = true;
    if (!keeps()) return;
    reached_at_stop_ = std::move(reached);
    // Chunks may wait for the turn of one that isn't cleaned any more: nothing is decided from now on.
    if (streams_duplicates()) enter_epoch();
}

/// After a stop: nothing is in hand, and what is to be kept is.
bool Scheduler::settled() {
    if (!drained()) return false;
    if (!reached_at_stop_) return keeps() || make_safe();
    begin_checkpoint(std::exchange(reached_at_stop_, nullptr));
    return drained();
}

double Scheduler::share_recorded() const noexcept {
    const std::uint64_t all = plan_.known_bytes();
    if (!keeps() || all == 0) return share_done().value_or(0);
    std::uint64_t saved = 0;
    for (const Chunk& of : chunks_) {
        if (of.id < accept_id_ && of.saved.size > 0) saved += of.reply.accounts.bytes();
    }
    return static_cast<double>(saved) / static_cast<double>(all);
}

/// Nothing is in hand any more; what is only waiting is left to the next run.
bool Scheduler::drained() const noexcept {
    return finishing_ || (hands_.idle() && gathering_.idle() && !rewrites_at_stop());
}

void Scheduler::begin_checkpoint(Reached reached) {
    if (!keeps() && rewriting_ > 0) return;
    const std::vector<int> workers = hands_.alive();
    const auto number = keeps() ? checkpoints_.begin_saving(accept_id_, workers, std::move(reached))
                                : checkpoints_.begin(retire_id_, written(), workers, std::move(reached));
    if (!number) return;
    for (const int worker : workers)
        hands_.send(worker, pack(SyncTask{.checkpoint = *number,
                                          .save = access_[static_cast<std::size_t>(worker)].output}));
}

/// Before the end, what workers of other hosts wrote is synced while the others can still write it again.
/// False while that goes on.
bool Scheduler::make_safe() {
    if (unsafe_ == 0) return true;
    const std::vector<int> workers = hands_.alive();
    if (const auto number = checkpoints_.begin_syncing(workers)) {
        for (const int worker : workers)
            hands_.send(worker, pack(SyncTask{.checkpoint = *number, .save = false}));
    }
    return false;
}

void Scheduler::note_writer(Chunk& of, int worker) {
    if (of.is_written && !of.is_safe) --unsafe_;
    of.is_written = true;
    of.writer = worker;
    of.written_in = checkpoints_.number();
    of.is_safe =
        of.written.sent_back || access_[static_cast<std::size_t>(worker)].outlived || plan_.has_pipe();
    if (!of.is_safe) ++unsafe_;
}

/// A worker synced what it had written when that round began.
void Scheduler::mark_safe(int worker, std::uint64_t round) {
    if (unsafe_ == 0) return;
    for (Chunk& of : chunks_) {
        if (of.writer != worker || !of.is_written || of.is_safe || of.written_in >= round) continue;
        of.is_safe = true;
        --unsafe_;
    }
}

void Scheduler::take_synced(int worker, const cluster::Reply& reply) {
    const auto synced = unpack<SyncReply>(reply.head);
    if (synced.outputs) mark_safe(worker, synced.checkpoint);
    std::string_view saved = reply.body;
    for (const SavedChunk& one : unpack_items<SavedChunk>(saved, saved.size() / sizeof(SavedChunk))) {
        Chunk& of = chunks_[one.chunk];
        of.saved = one.place;
        checkpoints_.add_saved({.file = of.file,
                                .begin = of.reply.first_record,
                                .end = of.reply.next_record,
                                .place = one.place,
                                .range_end = of.end});
    }
    checkpoints_.answered(worker, synced.checkpoint);
}

void Scheduler::take_finished(int worker, const cluster::Reply& reply) {
    using Bar = study::PhaseBuckets::Bar;
    std::string_view bars = reply.body;
    phases_[static_cast<std::size_t>(worker)] = unpack<FinishReply>(reply.head).phases;
    timelines_[static_cast<std::size_t>(worker)] = unpack_items<Bar>(bars, bars.size() / sizeof(Bar));
    hands_.finish(worker);
}

void Scheduler::lost(int worker) {
    if (!hands_.lose(worker)) return;
    if (hands_.count_alive() == 0) throw std::runtime_error("every worker is lost");
    counts_.losses.push_back({.worker = worker, .chunks_again = 0});
    if (all_done() && unsafe_ == 0) return;
    if (const Chunk* const suspect = in_work_at(worker, chunks_)) {
        for (Chunk& of : chunks_) // of the same task: which of them it was isn't known
            if (of.worker == worker && of.stage == Stage::dealt && of.dealt_at == suspect->dealt_at)
                ++of.deaths;
    }
    bool is_unwritten = false;
    for (Chunk& of : chunks_) {
        const bool unwritten = unwrite(of, worker);
        is_unwritten |= unwritten;
        if ((unwritten && of.stage == Stage::done) || lost_with(worker, of, keeping_))
            clean_again(of, worker);
    }
    if (is_unwritten) checkpoints_.abandon();
    if (keeps()) begin_epoch();
    ask_gathered(); // what it had under way makes room for others
    checkpoints_.lost(worker);
}

/// What the lost worker wrote on another host may have stayed in that host's memory: it is written again, at
/// the same place. False for a chunk of which nothing is in doubt.
bool Scheduler::unwrite(Chunk& of, int lost) {
    if (of.writer != lost || !of.is_written || of.is_safe) return false;
    of.is_written = false;
    of.is_safe = true;
    --unsafe_;
    if (of.id < retire_id_ && !of.rewritten) {
        of.rewritten = true;
        ++rewriting_;
    }
    return true;
}

void Scheduler::finish_rewriting(Chunk& of) {
    if (!of.rewritten) return;
    of.rewritten = false;
    --rewriting_;
}

/// A chunk that went with a lost worker.
void Scheduler::clean_again(Chunk& chunk, int lost) {
    const bool accepted = chunk.id < accept_id_;
    if (gathering_.forget(chunk.id) && chunk.worker != lost)
        hands_.send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    if (keeps() && accepted && plan_.files[chunk.file].pipe())
        throw std::runtime_error("a worker is lost with records from standard input, which can't be read "
                                 "again; save the input to a file");
    if (accepted) {
        chunk.known_start = true;
        chunk.begin = chunk.reply.first_record;
        again_ += chunk.again ? 0 : 1;
        chunk.again = true;
    }
    clean_later(chunk);
    ++counts_.losses.back().chunks_again;
}

/// A chunk that is written, and was cleaned again only for its keys.
void Scheduler::done_again(Chunk& of) {
    of.stage = Stage::done;
    finish_rewriting(of);
    if (streams_duplicates()) hands_.send(of.worker, pack(DiscardTask{.chunk = of.id}));
}

void Scheduler::check_crashes() const {
    if (written_.crashes() <= max_crashes_) return;
    throw std::runtime_error(fmt::format("more than {} records crashed the process that cleaned them, and "
                                         "--max-crashes allows no more; please report this",
                                         max_crashes_));
}

/// A chunk that was accepted before its worker was lost: the same must come out, and it goes on where it was.
void Scheduler::cleaned_again(Chunk& chunk, const CleanReply& cleaned) {
    if (cleaned.needs_more) {
        if (cleaned.line_goes_on != core::Batch::none) chunk.line_end = chunk.reply.next_record;
        chunk.read_further(most_bytes_behind(chunk));
        return clean_later(chunk);
    }
    if (!same_outcome(chunk.reply, cleaned))
        throw std::logic_error("a chunk that was cleaned again gave other records than before; probably an "
                               "input was changed during the run");
    chunk.again = false;
    --again_;
    chunk.stage = Stage::accepted;
    if (keeps()) return publish(chunk);
    if (chunk.id >= place_id_) return; // place() goes on with it
    send_write(chunk);
}

/// What was published means nothing any more.
void Scheduler::enter_epoch() {
    const std::vector<int> left = hands_.alive();
    resolution_.begin_epoch(resolution_.epoch() + 1, left);
    publishing_ = 0;
    measure_id_ = 0;
    const auto ranks =
        std::make_shared<const std::string>(pack_items(std::vector<std::int32_t>(left.begin(), left.end())));
    for (const int worker : left) hands_.send(worker, pack(EpochTask{.epoch = resolution_.epoch()}), ranks);
}

void Scheduler::begin_epoch() {
    enter_epoch();
    for (Chunk& of : chunks_) {
        if (of.empty || of.id >= accept_id_ || of.stage == Stage::waiting || of.stage == Stage::dealt)
            continue;
        gathering_.forget_waiting(of.id);
        of.stage = Stage::accepted;
        publish(of);
    }
}

} // namespace ordermill::app
