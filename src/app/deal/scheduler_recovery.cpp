// The part of Scheduler that stops, goes on after a stop, and goes on without a worker.
#include "app/deal/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {

void Scheduler::resume(const Checkpoint& from) {
    const std::vector<std::uint64_t> data_ends = std::move(totals_.data_ends);
    totals_ = from.totals;
    totals_.data_ends = data_ends;
    for (std::uint32_t file = 0; file < from.file; ++file)
        totals_.data_ends[file] = plan_.files[file].data_end;
    placement_.resume(totals_);
    borders_.resume(from.file, from.offset, from.line);
    cut_file_ = from.file;
    cut_at_ = resumed_at_ = from.offset;
    uncut_ = plan_.known_bytes(from.file) - (from.offset - plan_.files[from.file].data_begin);
    retired_.file = from.file;
    retired_.offset = from.offset;
    retired_.line = from.line;
    for (const core::Accounts& file : totals_.files) {
        counts_.bytes_accepted += file.bytes();
        counts_.records_accepted += file.records();
        counts_.rejected_accepted += file.rejected.records;
    }
    counts_.bytes_resumed = counts_.bytes_accepted;
}

void Scheduler::resume(const std::vector<SavedRange>& saved) {
    for (const SavedRange& range : saved) saved_.insert_or_assign({range.file, range.begin}, range);
}

Checkpoint Scheduler::written() const {
    Checkpoint point = retired_;
    point.totals = totals_;
    return point;
}

void Scheduler::stop(Reached reached) {
    stopping_ = true;
    if (staged_) reached_at_stop_ = std::move(reached);
}

/// After a stop: nothing is in hand, and what is to be kept is.
bool Scheduler::settled() {
    if (!drained()) return false;
    if (!reached_at_stop_) return true;
    begin_checkpoint(std::exchange(reached_at_stop_, nullptr));
    return drained();
}

double Scheduler::share_recorded() const noexcept {
    const std::uint64_t all = plan_.known_bytes();
    if (!staged_ || all == 0) return share_done().value_or(0);
    std::uint64_t saved = 0;
    for (const Chunk& of : chunks_) {
        if (of.id < accept_id_ && of.saved.size > 0) saved += of.reply.accounts.bytes();
    }
    return static_cast<double>(saved) / static_cast<double>(all);
}

/// Nothing is in hand any more; what is only waiting is left to the next run.
bool Scheduler::drained() const noexcept {
    if (finishing_) return true;
    return unanswered_ == 0 && gathering_.idle() &&
           std::all_of(urgent_.begin(), urgent_.end(), [](const auto& tasks) { return tasks.empty(); });
}

void Scheduler::begin_checkpoint(Reached reached) {
    const std::uint64_t so_far = staged_ ? accept_id_ : retire_id_;
    if (checkpoint_.point || checkpoint_.so_far == so_far) return;
    checkpoint_.so_far = so_far;
    checkpoint_.point = staged_ ? Checkpoint{} : written();
    checkpoint_.reached = std::move(reached);
    ++checkpoint_.number;
    for (const int worker : alive())
        send(worker, pack(SyncTask{.checkpoint = checkpoint_.number,
                                   .save = access_[static_cast<std::size_t>(worker)].output}));
}

void Scheduler::take_synced(const SyncReply& synced) {
    if (!checkpoint_.point || synced.checkpoint != checkpoint_.number) return;
    const auto waits = [this](const Hand& hand) { return !hand.lost && hand.synced != checkpoint_.number; };
    if (std::any_of(hands_.begin() + 1, hands_.end(), waits)) return;
    const Checkpoint point = std::move(*checkpoint_.point);
    checkpoint_.point.reset();
    if (!staged_ || !point.saved.empty()) checkpoint_.reached(point);
}

void Scheduler::take_saved(std::string_view chunks) {
    for (const SavedChunk& saved : unpack_items<SavedChunk>(chunks, chunks.size() / sizeof(SavedChunk))) {
        Chunk& of = chunk(saved.chunk);
        of.saved = saved.place;
        if (checkpoint_.point)
            checkpoint_.point->saved.push_back({.file = of.file,
                                                .begin = of.reply.first_record,
                                                .end = of.reply.next_record,
                                                .place = saved.place});
    }
}

std::vector<int> Scheduler::alive() const {
    std::vector<int> ranks;
    for (int worker = 1; worker <= workers_; ++worker) {
        if (!hands_[static_cast<std::size_t>(worker)].lost) ranks.push_back(worker);
    }
    return ranks;
}

void Scheduler::lost(int worker) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    if (hand.lost) return;
    hand.lost = true;
    unanswered_ -= hand.unanswered;
    hand.unanswered = 0;
    urgent_[static_cast<std::size_t>(worker)].clear();
    if (alive().empty()) throw std::runtime_error("every worker is lost");
    SchedulerCounts::Loss& loss = counts_.losses.emplace_back(SchedulerCounts::Loss{.worker = worker});
    if (all_done()) return;
    blame(worker);
    for (Chunk& of : chunks_) {
        if (!takes_along(worker, of)) continue;
        if (gathering_.forget(of.id) && of.worker != worker)
            send(of.worker, pack(DiscardTask{.chunk = of.id}));
        if (staged_ && of.id < accept_id_ && plan_.files[of.file].pipe())
            throw std::runtime_error("a worker is lost with records from standard input, which can't be read "
                                     "again; save the input to a file");
        of.stage = Stage::waiting;
        of.known_start = of.known_start || of.id < accept_id_;
        if (of.id < accept_id_) {
            of.begin = of.reply.first_record;
            again_ += of.again ? 0 : 1;
            of.again = true;
        }
        deal_id_ = std::min(deal_id_, of.id);
        ++loss.chunks_again;
    }
    if (staged_) begin_epoch();
    if (checkpoint_.point) take_synced(SyncReply{.checkpoint = checkpoint_.number});
}

/// The chunk must be cleaned again when that worker is lost. In jobs that keep their records its keys are
/// needed even if it is written; what is decided in turn is kept by no one by then.
bool Scheduler::takes_along(int worker, const Chunk& of) const noexcept {
    if (of.empty || of.stage == Stage::waiting) return false;
    if (streaming_ && (of.stage == Stage::writing || of.stage == Stage::done)) return true;
    return of.worker == worker && (of.stage != Stage::done || staged_);
}

/// A chunk that is written, and was cleaned again only for its keys.
void Scheduler::done_again(Chunk& of) {
    of.stage = Stage::done;
    if (streaming_) send(of.worker, pack(DiscardTask{.chunk = of.id}));
}

/// The chunk that it was at may be what killed it: the oldest that it had in hand.
void Scheduler::blame(int worker) {
    Chunk* oldest = nullptr;
    for (Chunk& of : chunks_) {
        if (of.worker != worker || of.stage != Stage::dealt) continue;
        if (oldest == nullptr || of.dealt_at < oldest->dealt_at) oldest = &of;
    }
    if (oldest != nullptr) ++oldest->deaths;
}

void Scheduler::check_crashes() const {
    const core::TallyShape& shape = compiled_.recipes.front().shape();
    const std::uint64_t crashes = totals_.tally[shape.fault(shape.fields, core::Reason::worker_crash)];
    if (crashes <= max_crashes_) return;
    throw std::runtime_error(fmt::format("more than {} records crashed the process that cleaned them, and "
                                         "--max-crashes allows no more; please report this",
                                         max_crashes_));
}

/// A chunk that was accepted before its worker was lost: the same must come out, and it goes on where it was.
void Scheduler::cleaned_again(Chunk& chunk, const CleanReply& cleaned) {
    if (cleaned.needs_more) {
        enlarge_ahead(chunk);
        chunk.stage = Stage::waiting;
        deal_id_ = std::min(deal_id_, chunk.id);
        return;
    }
    const bool same = cleaned.first_record == chunk.reply.first_record &&
                      cleaned.next_record == chunk.reply.next_record &&
                      cleaned.accounts.records() == chunk.reply.accounts.records() &&
                      cleaned.clean.bytes == chunk.reply.clean.bytes;
    if (!same)
        throw std::logic_error("a chunk that was cleaned again gave other records than before; probably an "
                               "input was changed during the run");
    chunk.again = false;
    --again_;
    chunk.stage = Stage::accepted;
    if (staged_) return publish(chunk);
    if (chunk.id >= place_id_) return; // place() goes on with it
    send_write(chunk);
}

void Scheduler::begin_epoch() {
    const std::vector<int> left = alive();
    const std::vector<std::int32_t> ranks(left.begin(), left.end());
    resolution_.begin_epoch(resolution_.epoch() + 1, left);
    publishing_ = 0;
    measure_id_ = 0;
    for (const int worker : left) {
        urgent_[static_cast<std::size_t>(worker)].push_back(
            {.id = 0,
             .head = pack(EpochTask{.epoch = resolution_.epoch()}),
             .body = std::make_shared<const std::string>(pack_items(ranks)),
             .urgent = true});
    }
    for (Chunk& of : chunks_) {
        if (of.empty || of.id >= accept_id_ || of.stage == Stage::waiting || of.stage == Stage::dealt)
            continue;
        gathering_.forget_waiting(of.id);
        of.stage = Stage::accepted;
        publish(of);
    }
}

} // namespace ordermill::app
