// RecordReader's side of PlainRecords.
#include "core/csv/csv.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

/// Slices in which plain records aren't looked for after one in which they were few.
constexpr std::size_t slices_without_plain = 16;

} // namespace

Stops RecordReader::stops_for_next_slice() noexcept {
    if (!plain_wanted_ || columns_ == 0) return Stops::left_out;
    if (stops_known_ && plain_ < others_) slices_left_ = slices_without_plain;
    if (slices_left_ == 0) return Stops::found;
    --slices_left_;
    return Stops::left_out;
}

PlainRecords RecordReader::plain_records(std::size_t limit, std::size_t behind) noexcept {
    PlainRecords plain;
    // The entry before the record's first one must be there: that of the line end before it.
    if (!stops_known_ || cursor_ == 0 || position_ >= slice_end_ || index_.count <= columns_) return plain;
    const auto begin = static_cast<std::uint32_t>(position_ - slice_begin_);
    while (index_.stops[stop_] < begin) ++stop_;
    plain.base_ = bytes_.data() + slice_begin_;
    plain.ends_ = index_.positions.data() + cursor_;
    plain.ends_behind_ = index_.positions.data() + index_.count - columns_;
    while (plain.ends_behind_ > plain.ends_ &&
           slice_begin_ + plain.ends_behind_[columns_ - 1] + behind >= bytes_.size())
        --plain.ends_behind_;
    plain.stop_ = index_.stops.data() + stop_;
    plain.columns_ = columns_;
    plain.limit_ = static_cast<std::uint32_t>(std::min(limit, slice_end_) - slice_begin_);
    plain.longest_ = std::max<std::uint64_t>(dialect_.max_record, 1) - 1; // a line end may take two bytes
    plain.comment_ = dialect_.comment;
    plain.lf_ends_ = dialect_.line_end == LineEnd::any || dialect_.line_end == LineEnd::lf;
    plain.crlf_ends_ = dialect_.line_end == LineEnd::any || dialect_.line_end == LineEnd::crlf;
    return plain;
}

void RecordReader::skip(const PlainRecords& walked) noexcept {
    if (walked.base_ == nullptr) return;
    const auto cursor = static_cast<std::size_t>(walked.ends_ - index_.positions.data());
    plain_ += (cursor - cursor_) / columns_;
    cursor_ = cursor;
    stop_ = static_cast<std::size_t>(walked.stop_ - index_.stops.data());
    position_ = slice_begin_ + walked.begin();
}

std::span<const FieldView> RecordReader::fields_of(PlainFields plain) {
    for (std::size_t column = 0; column < columns_; ++column) {
        const std::string_view text = plain[static_cast<std::ptrdiff_t>(column)];
        fields_[column] = {text.data(), static_cast<std::uint32_t>(text.size()), false, false};
    }
    return {fields_.data(), columns_};
}

} // namespace ordermill::core
