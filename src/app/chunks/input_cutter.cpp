#include "app/chunks/input_cutter.hpp"

#include "app/plan/plan_header.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {

InputCutter::InputCutter(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe)
    : plan_(plan), compiled_(compiled), pipe_(pipe), uncut_(plan.known_bytes()),
      pipe_ends_(plan.files.size()) {
    if (!plan.files.empty()) at_ = plan.files.front().data_begin;
}

void InputCutter::resume(std::uint32_t file, std::uint64_t offset) {
    file_ = file;
    at_ = offset;
    uncut_ = plan_.known_bytes(file) - (offset - plan_.files[file].data_begin);
    starts_at_record_ = true;
}

void InputCutter::resume(const std::vector<SavedRange>& saved) {
    for (const SavedRange& range : saved) saved_.insert_or_assign({range.file, range.begin}, range);
}

std::optional<CutRange> InputCutter::next(int worker, const ChunkSizes& sizes, bool wait) {
    bool too_little = false;
    while (!finished() && !too_little) {
        const auto range = plan_.files[file_].pipe() ? cut_pipe(wait, too_little) : cut_file(worker, sizes);
        if (range) return range;
    }
    return std::nullopt;
}

/// Nothing for a file without data, which is then behind us.
std::optional<CutRange> InputCutter::cut_file(int worker, const ChunkSizes& sizes) {
    const PlannedFile& file = plan_.files[file_];
    const auto saved = saved_.lower_bound({file_, at_});
    const bool before_saved = saved != saved_.end() && saved->second.file == file_;
    std::optional<CutRange> range;
    if (before_saved && saved->second.begin == at_) {
        range = take(saved->second.end);
        range->saved = saved->second.place;
        range->range_end = saved->second.range_end;
        range->known_start = true;
    } else {
        std::uint64_t end = std::min(file.data_end, at_ + sizes.next(worker, uncut_));
        end = std::min(end, plan_.parts.stripe_end(at_));
        if (before_saved) end = std::min(end, saved->second.begin);
        if (at_ < end) range = take(end);
    }
    if (at_ == file.data_end) next_file();
    return range;
}

std::optional<CutRange> InputCutter::cut_pipe(bool wait, bool& too_little) {
    const std::uint64_t wanted = at_ + plan_.chunk_size + look_ahead(plan_.chunk_size);
    pipe_.fill(wanted, wait);
    if (pipe_data_end(file_) < wanted && pipe_.end() >= wanted) // the footer's lines hold it back
        pipe_.fill(pipe_.end() + plan_.chunk_size, wait);
    const std::uint64_t usable = pipe_data_end(file_);
    if (!pipe_.ended() && usable < wanted) {
        too_little = true;
        return std::nullopt;
    }
    std::optional<CutRange> range;
    const std::uint64_t end = std::min({usable, at_ + plan_.chunk_size, plan_.parts.stripe_end(at_)});
    if (at_ < end) range = take(end);
    if (pipe_.ended() && at_ >= usable) {
        pipe_ends_[file_] = usable;
        next_file();
    }
    return range;
}

CutRange InputCutter::take(std::uint64_t end) {
    const PlannedFile& file = plan_.files[file_];
    const CutRange range{.file = file_,
                         .begin = at_,
                         .end = end,
                         .known_start = at_ == file.data_begin || starts_at_record_,
                         .saved = {},
                         .range_end = end};
    starts_at_record_ = false;
    if (!file.pipe()) uncut_ -= end - at_;
    at_ = end;
    return range;
}

void InputCutter::pass_line(std::uint32_t file, std::uint64_t offset, bool ends) {
    if (file_ != file || at_ > offset) return;
    if (!plan_.files[file].pipe()) uncut_ -= offset - at_;
    at_ = offset;
    starts_at_record_ = ends;
    if (!plan_.files[file].pipe() && at_ == plan_.files[file].data_end) next_file();
}

void InputCutter::next_file() {
    starts_at_record_ = false;
    if (++file_ < plan_.files.size()) at_ = plan_.files[file_].data_begin;
}

std::uint64_t InputCutter::data_end(std::uint32_t file) const {
    return plan_.files[file].pipe() ? pipe_ends_[file] : plan_.files[file].data_end;
}

std::uint64_t InputCutter::pipe_data_end(std::uint32_t index) const {
    if (file_ > index) return pipe_ends_[index];
    return compiled_.recipe_of(plan_.files[index]).input().footer_lines == 0 ? pipe_.end()
                                                                             : pipe_footer_begin(index);
}

/// Where those lines begin that may turn out to be the footer; no line of it is over the length limit, so
/// that a line without an end holds nothing back.
std::uint64_t InputCutter::pipe_footer_begin(std::uint32_t file) const {
    const core::InputSpec& input = compiled_.recipe_of(plan_.files[file]).input();
    // One line more while the last one may still be growing.
    const std::uint64_t held = input.footer_lines + (pipe_.ended() ? 0 : 1);
    constexpr std::uint64_t line_end_before = 2;
    const std::uint64_t most = held * input.dialect.max_record + line_end_before;
    const std::uint64_t data = std::max(at_, pipe_.begin());
    const std::uint64_t begin = std::max(data, pipe_.end() - std::min(most, pipe_.end()));
    const std::size_t found = footer_begin(pipe_.view(begin, pipe_.end()), held, input.dialect.line_end);
    if (found == 0 && begin > data && pipe_.ended())
        throw std::runtime_error("a footer's line in standard input is longer than max_record; make "
                                 "footer_lines smaller or max_record larger");
    return begin + found;
}

bool InputCutter::pipe_reaches(std::uint32_t file, std::uint64_t offset, bool wait) {
    pipe_.fill(offset, wait);
    if (pipe_data_end(file) < offset && pipe_.end() >= offset) // the footer's lines hold it back
        pipe_.fill(pipe_.end() + plan_.chunk_size, wait);
    return pipe_.ended() || pipe_data_end(file) >= offset;
}

} // namespace ordermill::app
