#include "app/dealing.hpp"

#include "app/plan_header.hpp"
#include "app/worker.hpp"
#include "core/batch.hpp"
#include "core/csv.hpp"
#include "io/crc.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {
namespace {

/// The text's length when its chunk begins at line `base`; nothing when that must be counted number by
/// number.
std::optional<std::uint64_t> length_at(const LinedSize& size, std::uint64_t base) {
    if (size.holes == 0) return size.bytes;
    const int digits = core::digit_count(base + size.first_line);
    if (digits != core::digit_count(base + size.last_line)) return std::nullopt;
    return size.bytes + size.holes * static_cast<std::uint64_t>(digits);
}

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

bool can_decide_in_turn(const Plan& plan, const Prepared& prepared, std::uint64_t workers,
                        std::uint64_t memory) {
    constexpr std::uint64_t times_the_input = 3;
    constexpr std::uint64_t most_workers = 64;
    return prepared.recipes.front().first_come() && !plan.has_pipe() && workers <= most_workers &&
           plan.known_bytes() / workers * times_the_input <= memory;
}

Dealing::Dealing(const Plan& plan, const Prepared& prepared, io::PipeInput& pipe, int workers,
                 std::uint64_t max_crashes)
    : plan_(plan), prepared_(prepared), pipe_(pipe), workers_(workers), max_crashes_(max_crashes),
      window_(window_of(plan, workers)), urgent_(static_cast<std::size_t>(workers) + 1),
      staged_(prepared.recipes.front().stages()),
      resolution_(prepared.recipes.front(), workers,
                  [this](int worker, std::string head) { send(worker, std::move(head)); }),
      hands_(static_cast<std::size_t>(workers) + 1), phases_(static_cast<std::size_t>(workers) + 1),
      timelines_(static_cast<std::size_t>(workers) + 1) {
    totals_.files.resize(plan.files.size());
    totals_.data_ends.resize(plan.files.size());
    totals_.tally = core::Tally(prepared.recipes.front().shape());
    if (!plan.files.empty()) {
        cut_at_ = expected_ = retired_.offset = plan.files.front().data_begin;
        line_ = retired_.line = plan.files.front().lines_before;
    }
}

cluster::Dealer Dealing::dealer(std::function<void()> tick) {
    return {.next = [this](int worker, bool room) { return next(worker, room); },
            .take = [this](int worker, cluster::Reply&& reply) { take(worker, reply); },
            .finished = [this] { return finished(); },
            .tick = std::move(tick),
            .lost = [this](int worker) { lost(worker); },
            .stop = nullptr};
}

Dealing::Chunk& Dealing::chunk(std::uint64_t id) { return chunks_.at(id - first_id_); }

bool Dealing::window_full() const noexcept {
    return next_id_ - (staged_ && !in_turn_ ? accept_id_ : retire_id_) >= window_;
}

void Dealing::add_chunk(std::uint64_t end) {
    chunks_.push_back({.id = next_id_++,
                       .file = cut_file_,
                       .begin = cut_at_,
                       .end = end,
                       .known_start = cut_at_ == plan_.files[cut_file_].data_begin ||
                                      (next_id_ == 1 && cut_at_ == resumed_at_)});
    cut_at_ = end;
}

/// Cuts the next chunk off the inputs; false when there is nothing to cut now.
bool Dealing::cut_next() {
    if (cut_file_ >= plan_.files.size() || window_full()) return false;
    const PlannedFile& file = plan_.files[cut_file_];
    if (file.pipe()) return cut_pipe();
    const auto kept = kept_.lower_bound({cut_file_, cut_at_});
    const bool before_kept = kept != kept_.end() && kept->second.file == cut_file_;
    if (before_kept && kept->second.begin == cut_at_) {
        add_chunk(kept->second.end);
        chunks_.back().kept = kept->second.place;
        chunks_.back().known_start = true;
    } else {
        std::uint64_t end = std::min(file.data_end, cut_at_ + plan_.chunk_size);
        if (before_kept) end = std::min(end, kept->second.begin);
        if (cut_at_ < end) add_chunk(end);
    }
    if (cut_at_ == file.data_end && ++cut_file_ < plan_.files.size())
        cut_at_ = plan_.files[cut_file_].data_begin;
    return true;
}

/// How far a pipe's data is known to go: to the window's end, without the lines that may be its footer.
std::uint64_t Dealing::pipe_data_end(std::uint32_t index) const {
    if (cut_file_ > index) return totals_.data_ends[index];
    const PlannedFile& file = plan_.files[index];
    const core::InputSpec& input = prepared_.recipe_of(file).input();
    if (input.footer_lines == 0) return pipe_.end();
    const std::uint64_t begin = std::max(cut_at_, pipe_.begin());
    // One line more while the last one may still be growing.
    const std::uint64_t held = input.footer_lines + (pipe_.ended() ? 0 : 1);
    return begin + footer_begin(pipe_.view(begin, pipe_.end()), held, input.dialect.line_end);
}

bool Dealing::cut_pipe() {
    const std::uint64_t wanted = cut_at_ + plan_.chunk_size + Worker::look_ahead(plan_.chunk_size);
    // One worker with nothing to do: nothing is lost by waiting here.
    const bool wait = unanswered_ == 0 && workers_ == 1;
    pipe_.fill(wanted, wait);
    if (pipe_data_end(cut_file_) < wanted && pipe_.end() >= wanted) { // the footer's lines hold it back
        pipe_.fill(pipe_.end() + plan_.chunk_size, wait);
    }
    const std::uint64_t usable = pipe_data_end(cut_file_);
    if (!pipe_.ended() && usable < wanted) return false;
    const std::uint64_t end = std::min(usable, cut_at_ + plan_.chunk_size);
    if (cut_at_ < end) add_chunk(end);
    if (pipe_.ended() && cut_at_ >= usable) {
        totals_.data_ends[cut_file_] = usable;
        if (++cut_file_ < plan_.files.size()) cut_at_ = plan_.files[cut_file_].data_begin;
    }
    return true;
}

/// False while a chunk that must be cleaned again with more bytes waits for the pipe to bring them.
bool Dealing::ready(const Chunk& chunk) {
    if (chunk.ahead == 0 || !plan_.files[chunk.file].pipe()) return true;
    pipe_.fill(chunk.end + chunk.ahead, unanswered_ == 0 && workers_ == 1);
    return pipe_.ended() || pipe_data_end(chunk.file) >= chunk.end + chunk.ahead;
}

std::optional<cluster::Task> Dealing::next(int worker, bool room) {
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

bool Dealing::all_done() const noexcept {
    return cut_file_ >= plan_.files.size() && retire_id_ == next_id_ && (!staged_ || resolution_.done());
}

std::optional<cluster::Task> Dealing::clean_task(int worker) {
    for (deal_id_ = std::max(deal_id_, first_id_);; ++deal_id_) {
        if (deal_id_ == next_id_) {
            const std::uint64_t before = next_id_;
            while (next_id_ == before && cut_next()) {
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

cluster::Task Dealing::make_clean_task(Chunk& chunk) {
    CleanTask head{.file = chunk.file,
                   .chunk = chunk.id,
                   .begin = chunk.begin,
                   .end = chunk.end,
                   .known_start = chunk.known_start,
                   .careful = chunk.deaths > 0,
                   .kept = chunk.kept};
    cluster::Task task;
    task.id = chunk.id;
    const bool is_kept = chunk.kept.size > 0;
    if (!is_kept && (plan_.files[chunk.file].pipe() || !plan_.by_reference))
        task.body = inline_body(chunk, head);
    task.head = pack(head);
    return task;
}

std::shared_ptr<const std::string> Dealing::inline_body(Chunk& chunk, CleanTask& task) {
    const PlannedFile& file = plan_.files[chunk.file];
    chunk.ahead = chunk.ahead == 0 ? Worker::look_ahead(chunk.end - chunk.begin) : chunk.ahead;
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

void Dealing::take(int worker, const cluster::Reply& reply) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    if (hand.lost) return;
    --unanswered_;
    --hand.unanswered;
    switch (kind_of(reply.head)) {
    case TaskKind::clean: take_cleaned(worker, unpack<CleanReply>(reply.head)); break;
    case TaskKind::measure: take_measured(unpack<MeasureReply>(reply.head)); break;
    case TaskKind::write: {
        const auto written = unpack<WriteReply>(reply.head);
        Chunk& of = chunk(written.chunk);
        of.written = written;
        of.tally = reply.body;
        of.is_written = true;
        if (of.stage == Stage::writing) of.stage = Stage::done;
        break;
    }
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
        take_kept(reply.body);
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

void Dealing::take_cleaned(int worker, const CleanReply& cleaned) {
    Chunk& of = chunk(cleaned.chunk);
    if (of.worker != worker || of.stage != Stage::dealt) throw std::logic_error("a chunk was cleaned twice");
    if (cleaned.kept_gone) {
        of.kept = {};
        of.stage = Stage::waiting;
        deal_id_ = std::min(deal_id_, of.id);
        return;
    }
    counts_.chunks_restored += cleaned.restored ? 1 : 0;
    if (of.id < accept_id_) return cleaned_again(of, cleaned);
    of.reply = cleaned;
    of.stage = Stage::cleaned;
}

void Dealing::take_measured(const MeasureReply& measured) {
    Chunk& of = chunk(measured.chunk);
    // Else asked for before a worker was lost.
    if (of.stage != Stage::measuring || !measured.decided) return;
    if (of.id < place_id_) { // measured, placed, and lost since
        if (of.is_written) return done_again(of);
        of.stage = Stage::writing;
        return send(of.worker, pack(of.write));
    }
    of.clean_bytes = measured.clean_bytes;
    of.rejects_bytes = measured.rejects_bytes;
    of.duplicates_bytes = measured.duplicates_bytes;
    of.reply.raw_bytes = measured.raw_bytes;
    of.duplicates = measured.duplicates;
    of.rejected = measured.rejected;
    counts_.rejected_accepted += measured.rejected.records;
    of.stage = Stage::measured;
}

void Dealing::accept_chunks() {
    while (accept_id_ < next_id_ && accept(chunk(accept_id_))) ++accept_id_;
    // Every chunk of the inputs so far is accepted: the files that are cut to their end are closed.
    if (accept_id_ == next_id_) {
        while (accept_file_ < cut_file_) close_file(accept_file_);
    }
}

/// The chunk's records begin where those before it ended, or it is cleaned again from there.
bool Dealing::accept(Chunk& chunk) {
    if (chunk.stage != Stage::cleaned) return false;
    while (accept_file_ < chunk.file) close_file(accept_file_);
    if (expected_ >= chunk.end) {
        cover(chunk);
        return true;
    }
    const CleanReply& reply = chunk.reply;
    if (reply.first_record != expected_ || reply.needs_more) {
        if (reply.first_record == expected_) chunk.ahead = std::max<std::uint64_t>(chunk.ahead, 4096) * 4;
        redo(chunk, expected_);
        return false;
    }
    chunk.base_line = line_ + 1;
    line_ += reply.accounts.lines;
    expected_ = reply.next_record;
    counts_.bytes_accepted += reply.accounts.bytes();
    counts_.records_accepted += reply.accounts.records();
    counts_.rejected_accepted += reply.accounts.rejected.records;
    if (reply.restored) counts_.bytes_resumed += reply.accounts.bytes();
    chunk.stage = Stage::accepted;
    chunk.turn = turns_++;
    if (staged_) publish(chunk);
    return true;
}

void Dealing::publish(Chunk& chunk) {
    send(chunk.worker, pack(PublishTask{.epoch = resolution_.epoch(),
                                        .file = chunk.file,
                                        .chunk = chunk.id,
                                        .base_line = chunk.base_line,
                                        .in_turn = in_turn_,
                                        .turn = chunk.turn,
                                        .expected_keys = in_turn_ ? expected_keys() : 0}));
    ++publishing_;
}

/// As many as records, if those to come are as long as those so far; and a few more.
std::uint64_t Dealing::expected_keys() const noexcept {
    const auto left = static_cast<std::uint64_t>(
        std::count_if(hands_.begin() + 1, hands_.end(), [](const Hand& hand) { return !hand.lost; }));
    const double records = static_cast<double>(counts_.records_accepted) *
                           static_cast<double>(plan_.known_bytes()) /
                           static_cast<double>(std::max<std::uint64_t>(1, counts_.bytes_accepted));
    return static_cast<std::uint64_t>(1.03 * records) / left;
}

/// When every chunk is published they are resolved, and then measured anew.
void Dealing::resolve() {
    if (in_turn_) measure_published();
    const bool all_published =
        cut_file_ >= plan_.files.size() && accept_id_ == next_id_ && publishing_ == 0 && again_ == 0;
    if (!all_published) return;
    if (!resolution_.started()) resolution_.start();
    if (resolution_.done()) measure_published();
}

/// A few ahead of those that are written, so that not all of them are taken from scratch at once; in order,
/// up to the first that isn't published.
void Dealing::measure_published() {
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

void Dealing::ask_measures(Chunk& chunk) {
    chunk.stage = Stage::measuring;
    send(chunk.worker,
         pack(MeasureTask{.epoch = resolution_.epoch(), .chunk = chunk.id, .base_line = chunk.base_line}));
}

/// The record before the chunk reaches over all of it.
void Dealing::cover(Chunk& chunk) {
    send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.empty = true;
    chunk.stage = Stage::accepted;
}

void Dealing::redo(Chunk& chunk, std::uint64_t begin) {
    send(chunk.worker, pack(DiscardTask{.chunk = chunk.id}));
    chunk.begin = begin;
    chunk.known_start = true;
    chunk.stage = Stage::waiting;
    deal_id_ = std::min(deal_id_, chunk.id);
    ++counts_.chunks_redone;
}

void Dealing::close_file(std::uint32_t file) {
    const PlannedFile& closed = plan_.files[file];
    if (!closed.pipe()) totals_.data_ends[file] = closed.data_end;
    if (expected_ != totals_.data_ends[file]) {
        throw std::logic_error("the records of " + closed.path + " do not add up to its bytes");
    }
    accept_file_ = file + 1;
    if (accept_file_ < plan_.files.size()) {
        expected_ = plan_.files[accept_file_].data_begin;
        line_ = plan_.files[accept_file_].lines_before;
    }
}

/// Offsets in order: a chunk's outputs stand behind those of the chunks before it.
void Dealing::place_chunks() {
    while (place_id_ < accept_id_ && place(chunk(place_id_))) ++place_id_;
}

/// False when its sizes aren't known yet.
bool Dealing::place(Chunk& chunk) {
    if (chunk.empty) {
        chunk.stage = Stage::done;
        return true;
    }
    if (chunk.stage == Stage::accepted && !staged_) {
        const auto clean = length_at(chunk.reply.clean, chunk.base_line);
        const auto rejects = length_at(chunk.reply.rejects, chunk.base_line);
        if (clean && rejects) {
            chunk.clean_bytes = *clean;
            chunk.rejects_bytes = *rejects;
            chunk.stage = Stage::measured;
        } else {
            ask_measures(chunk);
        }
    }
    if (chunk.stage != Stage::measured) return false;
    const bool has_raw = chunk.reply.raw_bytes > 0;
    chunk.write = {.file = chunk.file,
                   .chunk = chunk.id,
                   .base_line = chunk.base_line,
                   .clean_at = placed_.clean,
                   .rejects_at = placed_.rejects,
                   .raw_at = has_raw ? raw_place(chunk.file) : 0,
                   .duplicates_at = placed_.duplicates};
    send(chunk.worker, pack(chunk.write));
    placed_.clean += chunk.clean_bytes;
    placed_.rejects += chunk.rejects_bytes;
    placed_.duplicates += chunk.duplicates_bytes;
    if (has_raw) raw_place(chunk.file) += chunk.reply.raw_bytes;
    chunk.stage = Stage::writing;
    return true;
}

std::uint64_t& Dealing::raw_place(std::uint32_t file) {
    return placed_.raw.try_emplace(file, plan_.files[file].header_bytes.size()).first->second;
}

/// A file's raw rejects begin with its header, as it came.
OutputTotal& Dealing::raw_total(std::uint32_t file) {
    const auto [found, is_new] = totals_.raw.try_emplace(file);
    if (is_new) {
        const std::string& header = plan_.files[file].header_bytes;
        found->second = {.bytes = header.size(), .crc = io::crc32(header)};
    }
    return found->second;
}

/// Jobs that keep their records keep the chunks' entries too: a worker that is lost takes keys of chunks
/// along that are long written.
void Dealing::retire_chunks() {
    while (retire_id_ < next_id_ && chunk(retire_id_).stage == Stage::done) {
        Chunk& done = chunk(retire_id_++);
        if (!done.empty) retire(done);
        done.tally = {};
        if (staged_) continue;
        chunks_.pop_front();
        ++first_id_;
    }
    release_pipe();
}

void Dealing::retire(const Chunk& done) {
    const auto extend = [](OutputTotal& total, std::uint32_t crc, std::uint64_t bytes) {
        if (bytes == 0) return; // combining costs as much as for any other length
        total.crc = io::crc32_combine(total.crc, crc, bytes);
        total.bytes += bytes;
    };
    extend(totals_.clean, done.written.clean_crc, done.clean_bytes);
    extend(totals_.rejects, done.written.rejects_crc, done.rejects_bytes);
    extend(totals_.duplicates, done.written.duplicates_crc, done.duplicates_bytes);
    if (done.reply.raw_bytes > 0) extend(raw_total(done.file), done.written.raw_crc, done.reply.raw_bytes);
    totals_.tally.merge(done.tally);
    check_crashes();
    totals_.records_read += done.reply.accounts.records();
    core::Accounts& accounts = totals_.files[done.file];
    accounts += done.reply.accounts;
    for (const core::Accounts::Share& gone : {done.duplicates, done.rejected}) {
        accounts.clean.records -= gone.records;
        accounts.clean.bytes -= gone.bytes;
    }
    accounts.duplicates += done.duplicates;
    accounts.rejected += done.rejected;
    retired_.file = done.file;
    retired_.offset = done.reply.next_record;
    retired_.line = done.base_line - 1 + done.reply.accounts.lines;
}

/// The window keeps what a chunk that isn't written may need again, and the byte before it; in jobs that keep
/// their records, one that isn't accepted.
void Dealing::release_pipe() {
    if (accept_file_ >= plan_.files.size() || !plan_.files[accept_file_].pipe()) return;
    const std::uint64_t oldest = staged_ ? accept_id_ : retire_id_;
    if (oldest < next_id_ && chunk(oldest).file != accept_file_) return;
    const std::uint64_t needed = oldest < next_id_ ? std::min(chunk(oldest).begin, expected_) : cut_at_;
    if (needed > 0) pipe_.release(needed - 1);
}

void Dealing::send(int worker, std::string head) {
    urgent_[static_cast<std::size_t>(worker)].push_back(
        {.id = 0, .head = std::move(head), .body = nullptr, .urgent = true});
}

bool Dealing::finished() const noexcept {
    return std::all_of(hands_.begin() + 1, hands_.end(),
                       [](const Hand& hand) { return hand.finished || hand.lost; });
}

void Dealing::decide_in_turn() {
    in_turn_ = true;
    // A chunk is under way for longer: cleaned, published, decided, measured, written.
    window_ *= 2;
}

void Dealing::set_headers(const std::string& clean, const std::string& rejects,
                          const std::string& duplicates) {
    totals_.clean = {.bytes = clean.size(), .crc = io::crc32(clean)};
    totals_.rejects = {.bytes = rejects.size(), .crc = io::crc32(rejects)};
    totals_.duplicates = {.bytes = duplicates.size(), .crc = io::crc32(duplicates)};
    placed_ = {.clean = clean.size(), .rejects = rejects.size(), .duplicates = duplicates.size(), .raw = {}};
}

std::optional<double> Dealing::share_done() const noexcept {
    const std::uint64_t all = plan_.known_bytes();
    if (plan_.has_pipe() || all == 0) return std::nullopt;
    return static_cast<double>(counts_.bytes_accepted) / static_cast<double>(all);
}

} // namespace ordermill::app
