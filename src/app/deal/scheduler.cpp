#include "app/deal/scheduler.hpp"

#include "core/clean/clean.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {
namespace {

/// Chunks that are dealt and not yet written, or accepted: at least four a worker, as each has two in hand
/// and writes between two. What the slowest of thousands holds up is more than that; what a worker keeps
/// meanwhile stays within 256 MiB.
std::uint64_t window_of(const Plan& plan, int workers) {
    constexpr std::uint64_t kept_by_worker = std::uint64_t{256} << 20;
    const std::uint64_t per_worker =
        std::clamp<std::uint64_t>(kept_by_worker / std::max<std::uint64_t>(1, plan.chunk_size), 4, 8);
    return std::max<std::uint64_t>(8, per_worker * static_cast<std::uint64_t>(workers));
}

} // namespace

bool can_stream_duplicates(const Plan& plan, const CompiledPlan& compiled, std::uint64_t workers,
                           std::uint64_t memory) {
    constexpr std::uint64_t times_the_input = 3;
    constexpr std::uint64_t most_workers = 64;
    return compiled.recipes.front().keeps_first_occurrence() && !plan.has_pipe() && workers <= most_workers &&
           plan.known_bytes() / workers * times_the_input <= memory;
}

Scheduler::Scheduler(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe, int workers,
                     std::uint64_t max_crashes)
    : plan_(plan), compiled_(compiled), pipe_(pipe), workers_(workers), max_crashes_(max_crashes),
      window_(window_of(plan, workers)),
      keeping_(compiled.recipes.front().stages() ? Keeping::to_the_end : Keeping::none),
      cutter_(plan, compiled, pipe), chunk_sizes_(plan.chunk_size, plan.fixed_chunks, workers),
      bodies_(plan, cutter_, pipe), line_search_(plan, compiled, cutter_, pipe), borders_(plan),
      placement_(plan), written_(plan, compiled), hands_(workers),
      resolution_(compiled.recipes.front(), workers,
                  [this](int worker, std::string head) { hands_.send(worker, std::move(head)); }),
      access_(static_cast<std::size_t>(workers) + 1), finish_sent_(static_cast<std::size_t>(workers) + 1),
      phases_(static_cast<std::size_t>(workers) + 1), timelines_(static_cast<std::size_t>(workers) + 1) {}

void Scheduler::set_headers(const std::string& clean, const std::string& rejects,
                            const std::string& duplicates) {
    written_.begin(clean, rejects, duplicates);
    placement_.begin({.clean = clean.size(), .rejects = rejects.size(), .duplicates = duplicates.size()});
}

void Scheduler::set_access(std::vector<RankAccess> access, WriteGathered write,
                           std::uint64_t most_under_way) {
    gathering_ = GatherQueue(most_under_way);
    access_ = std::move(access);
    write_gathered_ = std::move(write);
}

void Scheduler::stream_duplicates() {
    keeping_ = Keeping::in_turn;
    // A chunk is under way for longer: cleaned, published, decided, measured, written.
    window_ *= 2;
}

cluster::Dealer Scheduler::dealer(std::function<void()> tick) {
    return {.next = [this](int worker, bool room) { return next(worker, room); },
            .take = [this](int worker, cluster::Reply&& reply) { take(worker, reply); },
            .finished = [this] { return finished(); },
            .tick = std::move(tick),
            .lost = [this](int worker) { lost(worker); },
            .stop = nullptr};
}

std::optional<cluster::Task> Scheduler::next(int worker, bool room) {
    search_further();
    std::optional<cluster::Task> task = hands_.next_urgent(worker);
    if (!task && room && (!stopping_ || rewrites_at_stop())) task = clean_task(worker);
    if (!task && room && !finish_sent_[static_cast<std::size_t>(worker)] &&
        (stopping_ ? settled() : all_done() && make_safe())) {
        finish_sent_[static_cast<std::size_t>(worker)] = finishing_ = true;
        task = cluster::Task{.id = 0, .head = pack(FinishTask{}), .body = nullptr, .urgent = false};
    }
    if (task) hands_.given(worker);
    return task;
}

bool Scheduler::all_done() const noexcept {
    return cutter_.finished() && retire_id_ == chunks_.next() && rewriting_ == 0 &&
           (!keeps() || resolution_.done());
}

bool Scheduler::window_full() const {
    const std::uint64_t oldest = keeping_ == Keeping::to_the_end ? accept_id_ : retire_id_;
    return oldest < chunks_.next() && groups_ - chunks_[oldest].group >= window_;
}

/// One worker with nothing to do: nothing is lost by waiting for a pipe.
bool Scheduler::nobody_works() const noexcept { return workers_ == 1 && hands_.all_answered(); }

/// Adds the next chunk; false when there is none now.
bool Scheduler::cut_next(int worker) {
    if (window_full() || line_search_.active()) return false;
    Chunk* const added = cut(worker);
    if (added == nullptr) return false;
    added->group = groups_++;
    return true;
}

/// Null when there is none now.
Chunk* Scheduler::cut(int worker) {
    const auto range = cutter_.next(worker, chunk_sizes_, nobody_works());
    if (!range) return nullptr;
    Chunk& added = chunks_.add();
    added.file = range->file;
    added.begin = range->begin;
    added.end = range->end;
    added.known_start = range->known_start;
    added.saved = range->saved;
    added.range_end = range->range_end;
    return &added;
}

/// The oldest chunk that is to be cleaned; null when there is none now.
Chunk* Scheduler::next_waiting(int worker) {
    for (deal_id_ = std::max(deal_id_, chunks_.first());; ++deal_id_) {
        if (stopping_ && deal_id_ >= retire_id_) return nullptr;
        if (deal_id_ == chunks_.next() && !cut_next(worker)) {
            accept_chunks(); // files without any data close here
            if (keeps()) resolve_and_retire();
            return nullptr;
        }
        Chunk& candidate = chunks_[deal_id_];
        if (candidate.stage != Stage::waiting) continue;
        return has_its_bytes(candidate) ? &candidate : nullptr;
    }
}

std::optional<cluster::Task> Scheduler::clean_task(int worker) {
    Chunk* const chunk = next_waiting(worker);
    if (chunk == nullptr) return std::nullopt;
    ++tasks_dealt_;
    give(*chunk, worker);
    cluster::Task task = make_clean_task(*chunk);
    if (!task.body && !stopping_) add_small_files(task, *chunk);
    return task;
}

void Scheduler::give(Chunk& chunk, int worker) {
    chunk.worker = worker;
    chunk.stage = Stage::dealt;
    chunk.dealt_at = tasks_dealt_;
    ++counts_.chunks_dealt;
}

/// False while a chunk that must be cleaned again with more bytes waits for the pipe to bring them.
bool Scheduler::has_its_bytes(const Chunk& chunk) {
    if (chunk.ahead == 0 || chunk.body || !plan_.files[chunk.file].pipe()) return true;
    return cutter_.pipe_reaches(chunk.file, chunk.end + chunk.ahead, nobody_works());
}

cluster::Task Scheduler::make_clean_task(Chunk& chunk) {
    CleanTask head{.file = chunk.file,
                   .chunk = chunk.id,
                   .begin = chunk.begin,
                   .end = chunk.end,
                   .known_start = chunk.known_start,
                   .careful = chunk.deaths > 0,
                   .saved = chunk.saved,
                   .line_end = chunk.line_end};
    cluster::Task task;
    task.id = chunk.id;
    task.body = body_for(chunk, head);
    task.head = pack(head);
    return task;
}

/// What the worker can't read by itself; null when it can.
std::shared_ptr<const std::string> Scheduler::body_for(Chunk& chunk, CleanTask& task) {
    const RankAccess& access = access_[static_cast<std::size_t>(chunk.worker)];
    std::shared_ptr<const std::string> body;
    if (chunk.saved.size > 0) {
        if (!access.output) body = bodies_.saved(chunk);
    } else if (plan_.files[chunk.file].pipe() || !plan_.by_reference || !access.sees(chunk.file)) {
        body = bodies_.input(chunk, task);
    }
    counts_.inline_bytes = bodies_.bytes();
    return body;
}

void Scheduler::take(int worker, const cluster::Reply& reply) {
    if (!hands_.answered(worker)) return;
    switch (kind_of(reply.head)) {
    case TaskKind::clean: take_all_cleaned(worker, reply.head); break;
    case TaskKind::measure: take_measured(unpack<MeasureReply>(reply.head)); break;
    case TaskKind::write: take_all_written(worker, reply); break;
    case TaskKind::publish: take_published(unpack<PublishReply>(reply.head)); break;
    case TaskKind::flush:
    case TaskKind::refer:
    case TaskKind::resolve:
    case TaskKind::apply:
        if (!stopping_) resolution_.take(reply);
        break;
    case TaskKind::epoch:
    case TaskKind::discard: break;
    case TaskKind::sync: take_synced(worker, reply); break;
    case TaskKind::finish: take_finished(worker, reply); break;
    }
    accept_chunks();
    if (keeps() && stopping_) return; // what comes after is done again
    place_chunks();
    retire_chunks();
    if (keeps()) resolve_and_retire();
}

void Scheduler::take_all_cleaned(int worker, std::string_view replies) {
    for (const CleanReply& cleaned : unpack_items<CleanReply>(replies, replies.size() / sizeof(CleanReply)))
        take_cleaned(worker, cleaned);
}

void Scheduler::take_cleaned(int worker, const CleanReply& cleaned) {
    Chunk& of = chunks_[cleaned.chunk];
    if (of.worker != worker || of.stage != Stage::dealt) throw std::logic_error("a chunk was cleaned twice");
    if (cleaned.saved_gone) {
        of.saved = {};
        of.end = of.range_end;
        return clean_later(of);
    }
    if (cleaned.restored) {
        ++counts_.chunks_restored;
    } else {
        chunk_sizes_.add_cleaned(worker, of.end - of.begin);
    }
    if (of.id < accept_id_) return cleaned_again(of, cleaned);
    of.reply = cleaned;
    of.stage = Stage::cleaned;
}

/// By any worker; one without a record's begin by none.
void Scheduler::clean_later(Chunk& chunk) {
    if (chunk.within_line) {
        chunk.worker = 0;
        chunk.reply = {.chunk = chunk.id, .first_record = core::Batch::none};
        chunk.stage = Stage::cleaned;
        return;
    }
    chunk.stage = Stage::waiting;
    deal_id_ = std::min(deal_id_, chunk.id);
}

void Scheduler::accept_chunks() {
    while (accept_id_ < chunks_.next() && accept(chunks_[accept_id_])) ++accept_id_;
    // Every chunk of the inputs so far is accepted: the files that are cut to their end are closed.
    if (accept_id_ == chunks_.next()) {
        while (borders_.file() < cutter_.file()) close_file();
    }
}

/// The chunk's records begin where those before it ended, or it is cleaned again from there.
bool Scheduler::accept(Chunk& chunk) {
    if (chunk.stage != Stage::cleaned) return false;
    while (borders_.file() < chunk.file) close_file();
    const CleanReply& reply = chunk.reply;
    switch (borders_.examine(chunk.end, reply)) {
    case RecordBorders::Finding::right: break;
    case RecordBorders::Finding::covered: cover(chunk); return true;
    case RecordBorders::Finding::needs_more:
        redo(chunk, borders_.expected());
        if (reply.line_goes_on != core::Batch::none)
            search_line_end(chunk, reply.line_goes_on);
        else
            chunk.read_further(most_bytes_behind(chunk));
        return false;
    case RecordBorders::Finding::wrong_start: redo(chunk, borders_.expected()); return false;
    }
    chunk.base_line = borders_.pass(reply);
    counts_.bytes_accepted += reply.accounts.bytes();
    counts_.records_accepted += reply.accounts.records();
    counts_.rejected_accepted += reply.accounts.rejected.records;
    if (reply.restored) counts_.bytes_resumed += reply.accounts.bytes();
    chunk.stage = Stage::accepted;
    chunk.turn = turns_++;
    if (keeps()) {
        chunk.body = nullptr; // a pipe's records can't be cleaned again
        publish(chunk);
    }
    return true;
}

/// The record before the chunk reaches over all of it.
void Scheduler::cover(Chunk& chunk) {
    if (chunk.worker > 0) hands_.send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.empty = true;
    chunk.stage = Stage::accepted;
}

void Scheduler::redo(Chunk& chunk, std::uint64_t begin) {
    hands_.send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.begin = begin;
    chunk.known_start = true;
    clean_later(chunk);
    ++counts_.chunks_redone;
}

void Scheduler::close_file() {
    const std::uint32_t file = borders_.file();
    written_.close_file(file, cutter_.data_end(file));
    borders_.close_file(cutter_.data_end(file));
}

/// The window keeps what a chunk that isn't written may need again, and the byte before it; in jobs that keep
/// their records, one that isn't accepted.
void Scheduler::release_pipe() {
    const std::uint32_t file = borders_.file();
    if (file >= plan_.files.size() || !plan_.files[file].pipe()) return;
    std::uint64_t oldest = keeps() ? accept_id_ : retire_id_;
    if (oldest < chunks_.next() && chunks_[oldest].file != file) return;
    while (oldest < chunks_.next() && (chunks_[oldest].body || chunks_[oldest].within_line)) ++oldest;
    const std::uint64_t needed =
        oldest < chunks_.next() ? std::min(chunks_[oldest].begin, cutter_.offset()) : cutter_.offset();
    if (needed > 0) pipe_.release(needed - 1);
}

std::optional<double> Scheduler::share_done() const noexcept {
    const std::uint64_t all = plan_.known_bytes();
    if (plan_.has_pipe() || all == 0) return std::nullopt;
    return static_cast<double>(counts_.bytes_accepted) / static_cast<double>(all);
}

} // namespace ordermill::app
