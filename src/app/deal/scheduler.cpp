#include "app/deal/scheduler.hpp"

#include "app/resume/saved_chunks.hpp"
#include "io/crc.hpp"

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

std::vector<study::PhaseBuckets::Bar> unpack_bars(std::string_view bytes) {
    return unpack_items<study::PhaseBuckets::Bar>(bytes, bytes.size() / sizeof(study::PhaseBuckets::Bar));
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
      window_(window_of(plan, workers)), borders_(plan), urgent_(static_cast<std::size_t>(workers) + 1),
      staged_(compiled.recipes.front().stages()),
      resolution_(compiled.recipes.front(), workers,
                  [this](int worker, std::string head) { send(worker, std::move(head)); }),
      hands_(static_cast<std::size_t>(workers) + 1),
      chunk_sizes_(plan.chunk_size, plan.fixed_chunks, workers),
      access_(static_cast<std::size_t>(workers) + 1), placement_(plan),
      phases_(static_cast<std::size_t>(workers) + 1), timelines_(static_cast<std::size_t>(workers) + 1) {
    totals_.files.resize(plan.files.size());
    totals_.data_ends.resize(plan.files.size());
    totals_.tally = core::Tally(compiled.recipes.front().shape());
    if (!plan.files.empty()) {
        cut_at_ = retired_.offset = plan.files.front().data_begin;
        retired_.line = plan.files.front().lines_before;
    }
    uncut_ = plan.known_bytes();
}

cluster::Dealer Scheduler::dealer(std::function<void()> tick) {
    return {.next = [this](int worker, bool room) { return next(worker, room); },
            .take = [this](int worker, cluster::Reply&& reply) { take(worker, reply); },
            .finished = [this] { return finished(); },
            .tick = std::move(tick),
            .lost = [this](int worker) { lost(worker); },
            .stop = nullptr};
}

Scheduler::Chunk& Scheduler::chunk(std::uint64_t id) { return chunks_.at(id - first_id_); }

std::optional<cluster::Task> Scheduler::next(int worker, bool room) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    const auto counted = [&](cluster::Task task) {
        ++unanswered_;
        ++hand.unanswered;
        return task;
    };
    auto& urgent = urgent_[static_cast<std::size_t>(worker)];
    if (!urgent.empty()) {
        cluster::Task task = std::move(urgent.front());
        urgent.pop_front();
        return counted(std::move(task));
    }
    if (!room) return std::nullopt;
    if (!stopping_) {
        if (auto task = clean_task(worker)) return counted(std::move(*task));
    }
    if (hand.finish_sent || !(stopping_ ? settled() : all_done())) return std::nullopt;
    hand.finish_sent = finishing_ = true;
    return counted(cluster::Task{.id = 0, .head = pack(FinishTask{}), .body = nullptr, .urgent = false});
}

bool Scheduler::all_done() const noexcept {
    return cut_file_ >= plan_.files.size() && retire_id_ == next_id_ && (!staged_ || resolution_.done());
}

std::optional<cluster::Task> Scheduler::clean_task(int worker) {
    for (deal_id_ = std::max(deal_id_, first_id_);; ++deal_id_) {
        if (deal_id_ == next_id_) {
            const std::uint64_t before = next_id_;
            while (next_id_ == before && cut_next(worker)) {
            }
            if (next_id_ == before) {
                accept_chunks(); // files without any data close here
                if (staged_) resolve();
                return std::nullopt;
            }
        }
        Chunk& candidate = chunk(deal_id_);
        if (candidate.stage != Stage::waiting) continue;
        if (!ready(candidate)) return std::nullopt;
        candidate.worker = worker;
        candidate.stage = Stage::dealt;
        candidate.dealt_at = ++counts_.chunks_dealt;
        return make_clean_task(candidate);
    }
}

cluster::Task Scheduler::make_clean_task(Chunk& chunk) {
    CleanTask head{.file = chunk.file,
                   .chunk = chunk.id,
                   .begin = chunk.begin,
                   .end = chunk.end,
                   .known_start = chunk.known_start,
                   .careful = chunk.deaths > 0,
                   .saved = chunk.saved};
    cluster::Task task;
    task.id = chunk.id;
    task.body = body_for(chunk, head);
    task.head = pack(head);
    return task;
}

/// What the worker can't read by itself; null when it can.
std::shared_ptr<const std::string> Scheduler::body_for(Chunk& chunk, CleanTask& task) {
    const RankAccess& access = access_[static_cast<std::size_t>(chunk.worker)];
    if (chunk.saved.size > 0) return access.output ? nullptr : saved_body(chunk);
    if (plan_.files[chunk.file].pipe() || !plan_.by_reference || !access.sees(chunk.file))
        return inline_body(chunk, task);
    return nullptr;
}

std::shared_ptr<const std::string> Scheduler::saved_body(const Chunk& chunk) {
    SavedChunks::read(plan_.output, chunk.saved, inline_buffer_);
    counts_.inline_bytes += inline_buffer_.size();
    return std::make_shared<const std::string>(inline_buffer_.view());
}

std::shared_ptr<const std::string> Scheduler::inline_body(Chunk& chunk, CleanTask& task) {
    const PlannedFile& file = plan_.files[chunk.file];
    chunk.ahead = chunk.ahead == 0 ? look_ahead(chunk.end - chunk.begin) : chunk.ahead;
    task.body_base = chunk.known_start ? chunk.begin : chunk.begin - 1;
    std::shared_ptr<const std::string> body;
    if (file.pipe()) {
        const std::uint64_t known_end = pipe_data_end(chunk.file);
        const std::uint64_t end = std::min(chunk.end + chunk.ahead, std::max(known_end, chunk.end));
        task.body_at_end = pipe_.ended() && end == known_end;
        body = std::make_shared<const std::string>(pipe_.view(task.body_base, end));
    } else {
        if (!inline_file_ || inline_file_index_ != chunk.file) {
            inline_file_.emplace(file.path);
            inline_file_index_ = chunk.file;
        }
        const std::uint64_t end = std::min(chunk.end + chunk.ahead, file.data_end);
        task.body_at_end = end == file.data_end;
        inline_file_->read(task.body_base, end, inline_buffer_);
        body = std::make_shared<const std::string>(inline_buffer_.view());
    }
    counts_.inline_bytes += body->size();
    return body;
}

void Scheduler::take(int worker, const cluster::Reply& reply) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    if (hand.lost) return;
    --unanswered_;
    --hand.unanswered;
    switch (kind_of(reply.head)) {
    case TaskKind::clean: take_cleaned(worker, unpack<CleanReply>(reply.head)); break;
    case TaskKind::measure: take_measured(unpack<MeasureReply>(reply.head)); break;
    case TaskKind::write: take_written(reply); break;
    case TaskKind::publish: {
        const auto published = unpack<PublishReply>(reply.head);
        if (published.epoch != resolution_.epoch()) break;
        chunk(published.chunk).stage = Stage::published;
        --publishing_;
        break;
    }
    case TaskKind::flush:
    case TaskKind::refer:
    case TaskKind::resolve:
    case TaskKind::apply:
        if (!stopping_) resolution_.take(reply);
        break;
    case TaskKind::epoch:
    case TaskKind::discard: break;
    case TaskKind::sync: {
        hand.synced = unpack<SyncReply>(reply.head).checkpoint;
        take_saved(reply.body);
        take_synced(unpack<SyncReply>(reply.head));
        break;
    }
    case TaskKind::finish:
        phases_[static_cast<std::size_t>(worker)] = unpack<FinishReply>(reply.head).phases;
        timelines_[static_cast<std::size_t>(worker)] = unpack_bars(reply.body);
        hand.finished = true;
        break;
    }
    accept_chunks();
    if (staged_ && stopping_) return; // what comes after is done again
    place_chunks();
    retire_chunks();
    if (staged_) resolve();
}

void Scheduler::take_cleaned(int worker, const CleanReply& cleaned) {
    Chunk& of = chunk(cleaned.chunk);
    if (of.worker != worker || of.stage != Stage::dealt) throw std::logic_error("a chunk was cleaned twice");
    if (cleaned.saved_gone) {
        of.saved = {};
        of.stage = Stage::waiting;
        deal_id_ = std::min(deal_id_, of.id);
        return;
    }
    counts_.chunks_restored += cleaned.restored ? 1 : 0;
    if (!cleaned.restored) {
        chunk_sizes_.add_cleaned(worker, of.end - of.begin);
    }
    if (of.id < accept_id_) return cleaned_again(of, cleaned);
    of.reply = cleaned;
    of.stage = Stage::cleaned;
}

void Scheduler::take_measured(const MeasureReply& measured) {
    Chunk& of = chunk(measured.chunk);
    // Else asked for before a worker was lost.
    if (of.stage != Stage::measuring || !measured.decided) return;
    if (of.id < place_id_) { // measured, placed, and lost since
        if (of.is_written) return done_again(of);
        return send_write(of);
    }
    of.sizes = {.clean = measured.clean_bytes,
                .rejects = measured.rejects_bytes,
                .raw = measured.raw_bytes,
                .duplicates = measured.duplicates_bytes};
    of.duplicates = measured.duplicates;
    of.rejected = measured.rejected;
    counts_.rejected_accepted += measured.rejected.records;
    of.stage = Stage::measured;
}

void Scheduler::accept_chunks() {
    while (accept_id_ < next_id_ && accept(chunk(accept_id_))) ++accept_id_;
    // Every chunk of the inputs so far is accepted: the files that are cut to their end are closed.
    if (accept_id_ == next_id_) {
        while (borders_.file() < cut_file_) close_file();
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
    case RecordBorders::Finding::needs_more: enlarge_ahead(chunk); [[fallthrough]];
    case RecordBorders::Finding::wrong_start: redo(chunk, borders_.expected()); return false;
    }
    chunk.base_line = borders_.pass(reply);
    counts_.bytes_accepted += reply.accounts.bytes();
    counts_.records_accepted += reply.accounts.records();
    counts_.rejected_accepted += reply.accounts.rejected.records;
    if (reply.restored) counts_.bytes_resumed += reply.accounts.bytes();
    chunk.stage = Stage::accepted;
    chunk.turn = turns_++;
    if (staged_) publish(chunk);
    return true;
}

void Scheduler::publish(Chunk& chunk) {
    send(chunk.worker, pack(PublishTask{.epoch = resolution_.epoch(),
                                        .file = chunk.file,
                                        .chunk = chunk.id,
                                        .base_line = chunk.base_line,
                                        .streaming = streaming_,
                                        .turn = chunk.turn,
                                        .expected_keys = streaming_ ? expected_keys() : 0}));
    ++publishing_;
}

/// As many as records, if those to come are as long as those so far; and a few more.
std::uint64_t Scheduler::expected_keys() const noexcept {
    const auto left = static_cast<std::uint64_t>(
        std::count_if(hands_.begin() + 1, hands_.end(), [](const Hand& hand) { return !hand.lost; }));
    const double records = static_cast<double>(counts_.records_accepted) *
                           static_cast<double>(plan_.known_bytes()) /
                           static_cast<double>(std::max<std::uint64_t>(1, counts_.bytes_accepted));
    return static_cast<std::uint64_t>(1.03 * records) / left;
}

/// When every chunk is published they are resolved, and then measured anew.
void Scheduler::resolve() {
    if (streaming_) measure_published();
    const bool all_published =
        cut_file_ >= plan_.files.size() && accept_id_ == next_id_ && publishing_ == 0 && again_ == 0;
    if (!all_published) return;
    if (!resolution_.started()) resolution_.start();
    if (resolution_.done()) measure_published();
}

/// A few ahead of those that are written, so that not all of them are taken from scratch at once; in order,
/// up to the first that isn't published.
void Scheduler::measure_published() {
    for (; measure_id_ < accept_id_ && measure_id_ < retire_id_ + window_; ++measure_id_) {
        Chunk& published = chunk(measure_id_);
        if (!published.empty && published.stage < Stage::published) return;
        if (published.stage != Stage::published) continue;
        if (published.is_written) {
            done_again(published);
            continue;
        }
        ask_measures(published);
    }
}

void Scheduler::ask_measures(Chunk& chunk) {
    chunk.stage = Stage::measuring;
    send(chunk.worker,
         pack(MeasureTask{.epoch = resolution_.epoch(), .chunk = chunk.id, .base_line = chunk.base_line}));
}

/// The record before the chunk reaches over all of it.
void Scheduler::cover(Chunk& chunk) {
    send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.empty = true;
    chunk.stage = Stage::accepted;
}

/// Its last record is longer than what was read behind its end.
void Scheduler::enlarge_ahead(Chunk& chunk) { chunk.ahead = std::max<std::uint64_t>(chunk.ahead, 4096) * 4; }

void Scheduler::redo(Chunk& chunk, std::uint64_t begin) {
    send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.begin = begin;
    chunk.known_start = true;
    chunk.stage = Stage::waiting;
    deal_id_ = std::min(deal_id_, chunk.id);
    ++counts_.chunks_redone;
}

void Scheduler::close_file() {
    const std::uint32_t file = borders_.file();
    if (!plan_.files[file].pipe()) totals_.data_ends[file] = plan_.files[file].data_end;
    borders_.close_file(totals_.data_ends[file]);
}

void Scheduler::send(int worker, std::string head) {
    urgent_[static_cast<std::size_t>(worker)].push_back(
        {.id = 0, .head = std::move(head), .body = nullptr, .urgent = true});
}

bool Scheduler::finished() const noexcept {
    return std::all_of(hands_.begin() + 1, hands_.end(),
                       [](const Hand& hand) { return hand.finished || hand.lost; });
}

void Scheduler::set_access(std::vector<RankAccess> access, WriteGathered write,
                           std::uint64_t most_under_way) {
    gathering_ = GatherQueue(most_under_way);
    access_ = std::move(access);
    write_gathered_ = std::move(write);
}

void Scheduler::stream_duplicates() {
    streaming_ = true;
    // A chunk is under way for longer: cleaned, published, decided, measured, written.
    window_ *= 2;
}

void Scheduler::set_headers(const std::string& clean, const std::string& rejects,
                            const std::string& duplicates) {
    totals_.clean = {.bytes = clean.size(), .crc = io::crc32(clean)};
    totals_.rejects = {.bytes = rejects.size(), .crc = io::crc32(rejects)};
    totals_.duplicates = {.bytes = duplicates.size(), .crc = io::crc32(duplicates)};
    placement_.begin({.clean = clean.size(), .rejects = rejects.size(), .duplicates = duplicates.size()});
}

std::optional<double> Scheduler::share_done() const noexcept {
    const std::uint64_t all = plan_.known_bytes();
    if (plan_.has_pipe() || all == 0) return std::nullopt;
    return static_cast<double>(counts_.bytes_accepted) / static_cast<double>(all);
}

} // namespace ordermill::app
