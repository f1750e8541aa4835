#include "app/deal/scheduler.hpp"
#include "app/plan/plan_header.hpp"

#include <algorithm>

/// Scheduler's part that cuts the inputs into chunks.
namespace ordermill::app {

bool Scheduler::window_full() const noexcept {
    return next_id_ - (staged_ && !streaming_ ? accept_id_ : retire_id_) >= window_;
}

void Scheduler::add_chunk(std::uint64_t end) {
    chunks_.push_back({.id = next_id_++,
                       .file = cut_file_,
                       .begin = cut_at_,
                       .end = end,
                       .known_start = cut_at_ == plan_.files[cut_file_].data_begin ||
                                      (next_id_ == 1 && cut_at_ == resumed_at_)});
    if (!plan_.files[cut_file_].pipe()) uncut_ -= end - cut_at_;
    cut_at_ = end;
}

/// Cuts the next chunk off the inputs; false when there is nothing to cut now.
bool Scheduler::cut_next(int worker) {
    if (cut_file_ >= plan_.files.size() || window_full()) return false;
    const PlannedFile& file = plan_.files[cut_file_];
    if (file.pipe()) return cut_pipe();
    const auto saved = saved_.lower_bound({cut_file_, cut_at_});
    const bool before_saved = saved != saved_.end() && saved->second.file == cut_file_;
    if (before_saved && saved->second.begin == cut_at_) {
        add_chunk(saved->second.end);
        chunks_.back().saved = saved->second.place;
        chunks_.back().known_start = true;
    } else {
        std::uint64_t end = std::min(file.data_end, cut_at_ + chunk_sizes_.next(worker, uncut_));
        if (before_saved) end = std::min(end, saved->second.begin);
        if (cut_at_ < end) add_chunk(end);
    }
    if (cut_at_ == file.data_end && ++cut_file_ < plan_.files.size())
        cut_at_ = plan_.files[cut_file_].data_begin;
    return true;
}

/// How far a pipe's data is known to go: to the window's end, without the lines that may be its footer.
std::uint64_t Scheduler::pipe_data_end(std::uint32_t index) const {
    if (cut_file_ > index) return totals_.data_ends[index];
    const PlannedFile& file = plan_.files[index];
    const core::InputSpec& input = compiled_.recipe_of(file).input();
    if (input.footer_lines == 0) return pipe_.end();
    const std::uint64_t begin = std::max(cut_at_, pipe_.begin());
    // One line more while the last one may still be growing.
    const std::uint64_t held = input.footer_lines + (pipe_.ended() ? 0 : 1);
    return begin + footer_begin(pipe_.view(begin, pipe_.end()), held, input.dialect.line_end);
}

bool Scheduler::cut_pipe() {
    const std::uint64_t wanted = cut_at_ + plan_.chunk_size + look_ahead(plan_.chunk_size);
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
bool Scheduler::ready(const Chunk& chunk) {
    if (chunk.ahead == 0 || !plan_.files[chunk.file].pipe()) return true;
    pipe_.fill(chunk.end + chunk.ahead, unanswered_ == 0 && workers_ == 1);
    return pipe_.ended() || pipe_data_end(chunk.file) >= chunk.end + chunk.ahead;
}

/// The window keeps what a chunk that isn't written may need again, and the byte before it; in jobs that keep
/// their records, one that isn't accepted.
void Scheduler::release_pipe() {
    if (borders_.file() >= plan_.files.size() || !plan_.files[borders_.file()].pipe()) return;
    const std::uint64_t oldest = staged_ ? accept_id_ : retire_id_;
    if (oldest < next_id_ && chunk(oldest).file != borders_.file()) return;
    const std::uint64_t needed =
        oldest < next_id_ ? std::min(chunk(oldest).begin, borders_.expected()) : cut_at_;
    if (needed > 0) pipe_.release(needed - 1);
}

} // namespace ordermill::app
