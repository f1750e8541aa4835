// The part of Scheduler for jobs whose chunks are kept until duplicates and orders are decided.
#include "app/deal/scheduler.hpp"

#include <algorithm>

namespace ordermill::app {

void Scheduler::publish(Chunk& chunk) {
    hands_.send(chunk.worker,
                pack(PublishTask{.epoch = resolution_.epoch(),
                                 .file = chunk.file,
                                 .chunk = chunk.id,
                                 .base_line = chunk.base_line,
                                 .streaming = streams_duplicates(),
                                 .measure = streams_duplicates() && !chunk.is_written && !stopping_,
                                 .turn = chunk.turn,
                                 .expected_keys = streams_duplicates() ? expected_keys() : 0}));
    ++publishing_;
}

void Scheduler::take_published(const PublishReply& published) {
    if (published.epoch != resolution_.epoch()) return;
    chunks_[published.chunk].stage = published.has_measured ? Stage::measuring : Stage::published;
    --publishing_;
    if (published.has_measured) take_measured(published.measured);
}

/// As many as records, if those to come are as long as those so far; and a few more.
std::uint64_t Scheduler::expected_keys() const noexcept {
    const double records = static_cast<double>(counts_.records_accepted) *
                           static_cast<double>(plan_.known_bytes()) /
                           static_cast<double>(std::max<std::uint64_t>(1, counts_.bytes_accepted));
    return static_cast<std::uint64_t>(1.03 * records) / hands_.count_alive();
}

/// When every chunk is published they are resolved, and then measured anew.
void Scheduler::resolve() {
    if (streams_duplicates()) measure_published();
    const bool all_published =
        cutter_.finished() && accept_id_ == chunks_.next() && publishing_ == 0 && again_ == 0;
    if (!all_published) return;
    if (!resolution_.started()) resolution_.start();
    if (resolution_.done()) measure_published();
}

/// A chunk that is written, and was published again only for its keys, is done without another answer that
/// would retire it; and then those behind it may be measured.
void Scheduler::resolve_and_retire() {
    std::uint64_t retired = 0;
    do {
        retired = retire_id_;
        resolve();
        retire_chunks();
    } while (retire_id_ != retired);
}

/// A few ahead of those that are written, so that not all of them are taken from scratch at once; in order,
/// up to the first that isn't published.
void Scheduler::measure_published() {
    for (; measure_id_ < accept_id_ && measure_id_ < retire_id_ + window_; ++measure_id_) {
        Chunk& published = chunks_[measure_id_];
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
    hands_.send(
        chunk.worker,
        pack(MeasureTask{.epoch = resolution_.epoch(), .chunk = chunk.id, .base_line = chunk.base_line}));
}

void Scheduler::take_measured(const MeasureReply& measured) {
    Chunk& of = chunks_[measured.chunk];
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

} // namespace ordermill::app
