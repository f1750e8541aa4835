#include "app/chunks/line_search.hpp"

#include <algorithm>

namespace ordermill::app {
namespace {

constexpr std::uint64_t largest_piece = std::uint64_t{1} << 20;
constexpr int pieces_a_step = 4;

} // namespace

LineSearch::LineSearch(const Plan& plan, const CompiledPlan& compiled, InputCutter& cutter,
                       io::PipeInput& pipe)
    : plan_(plan), compiled_(compiled), cutter_(cutter), pipe_(pipe) {}

void LineSearch::begin(std::uint64_t chunk, std::uint32_t file, std::uint64_t offset) {
    chunk_ = chunk;
    file_ = file;
    const PlannedFile& of = plan_.files[file];
    search_.emplace(compiled_.recipe_of(of).dialect().line_end, offset);
    input_.reset();
    if (!of.pipe()) input_.emplace(reopened(of.path));
}

std::optional<std::uint64_t> LineSearch::step(bool wait) {
    std::optional<std::uint64_t> found;
    for (int i = 0; i < pieces_a_step && !found; ++i) found = look_at_piece(wait && i == 0);
    if (found) {
        search_.reset();
        input_.reset();
    }
    return found;
}

std::optional<std::uint64_t> LineSearch::look_at_piece(bool wait) {
    const std::uint64_t begin = search_->offset();
    const std::uint64_t piece = std::min(plan_.chunk_size, largest_piece);
    if (input_) {
        const std::uint64_t data_end = plan_.files[file_].data_end;
        const std::uint64_t end = std::min(begin + piece, data_end);
        input_->read(begin, end, buffer_);
        return search_->next(buffer_.view(), end == data_end);
    }
    cutter_.pipe_reaches(file_, begin + piece, wait);
    const std::uint64_t known_end = cutter_.pipe_data_end(file_);
    const std::uint64_t end = std::max(begin, std::min(begin + piece, known_end));
    return search_->next(pipe_.view(begin, end), pipe_.ended() && end == known_end);
}

} // namespace ordermill::app
