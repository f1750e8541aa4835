#include "app/chunks/record_borders.hpp"

#include <stdexcept>

namespace ordermill::app {

RecordBorders::RecordBorders(const Plan& plan) : plan_(plan) { begin_file(); }

void RecordBorders::begin_file() {
    if (file_ >= plan_.files.size()) return;
    expected_ = plan_.files[file_].data_begin;
    lines_ = plan_.files[file_].lines_before;
}

void RecordBorders::resume(std::uint32_t file, std::uint64_t offset, std::uint64_t lines) {
    file_ = file;
    expected_ = offset;
    lines_ = lines;
}

RecordBorders::Finding RecordBorders::examine(std::uint64_t end, const CleanReply& cleaned) const noexcept {
    if (expected_ >= end) return Finding::covered;
    if (cleaned.first_record != expected_) return Finding::wrong_start;
    return cleaned.needs_more ? Finding::needs_more : Finding::right;
}

std::uint64_t RecordBorders::pass(const CleanReply& cleaned) noexcept {
    const std::uint64_t first_line = lines_ + 1;
    lines_ += cleaned.accounts.lines;
    expected_ = cleaned.next_record;
    return first_line;
}

void RecordBorders::close_file(std::uint64_t data_end) {
    if (expected_ != data_end)
        throw std::logic_error("the records of " + plan_.files[file_].path + " do not add up to its bytes");
    ++file_;
    begin_file();
}

} // namespace ordermill::app
