#include "core/clean/batch.hpp"

#include "core/number/number.hpp"

#include <cstring>

namespace ordermill::core {

int digit_count(std::uint64_t number) noexcept {
    int digits = 1;
    while (number >= 10) {
        number /= 10;
        ++digits;
    }
    return digits;
}

std::uint64_t LinedText::size(std::uint64_t base) const noexcept {
    std::uint64_t total = bytes.size();
    if (holes_.empty()) return total;
    const auto shortest = static_cast<std::uint64_t>(digit_count(base + first_line()));
    if (digit_count(base + last_line()) == static_cast<int>(shortest))
        return total + shortest * holes_.size();
    for (const Hole& hole : holes_) total += static_cast<std::uint64_t>(digit_count(base + hole.line));
    return total;
}

void LinedText::erase(std::span<const Range> ranges) noexcept {
    if (ranges.empty()) return;
    std::size_t kept_end = ranges.front().begin;
    std::size_t hole = 0;
    std::size_t kept_holes = 0;
    std::size_t removed = 0;
    // A hole at a range's end stands before the next row's text, one at its begin too: rows end with their
    // line end.
    const auto keep_holes_below = [&](std::size_t limit) {
        for (; hole < holes_.size() && holes_[hole].offset < limit; ++hole) {
            holes_[kept_holes++] = {holes_[hole].offset - removed, holes_[hole].line};
        }
    };
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        keep_holes_below(ranges[i].begin);
        while (hole < holes_.size() && holes_[hole].offset < ranges[i].end) ++hole;
        removed += ranges[i].end - ranges[i].begin;
        const std::size_t next = i + 1 < ranges.size() ? ranges[i + 1].begin : bytes.size();
        std::memmove(bytes.data() + kept_end, bytes.data() + ranges[i].end, next - ranges[i].end);
        kept_end += next - ranges[i].end;
    }
    keep_holes_below(SIZE_MAX);
    holes_.resize(kept_holes);
    bytes.set_end(bytes.data() + kept_end);
}

void LinedText::edit(std::span<const Edit> edits) {
    if (edits.empty()) return;
    Buffer edited;
    edited.ensure(bytes.size());
    std::vector<Hole> holes;
    std::size_t copied = 0;
    std::size_t hole = 0;
    const auto copy_to = [&](std::size_t end) {
        for (; hole < holes_.size() && (holes_[hole].offset < end || end == bytes.size()); ++hole)
            holes.push_back({edited.size() + holes_[hole].offset - copied, holes_[hole].line});
        edited.append(bytes.view().substr(copied, end - copied));
        copied = end;
    };
    for (const Edit& edit : edits) {
        if (edit.begin > copied) copy_to(edit.begin);
        while (hole < holes_.size() && holes_[hole].offset < edit.end) ++hole;
        if (edit.line_at != Edit::nowhere) holes.push_back({edited.size() + edit.line_at, edit.line});
        edited.append(edit.text);
        copied = edit.end;
    }
    copy_to(bytes.size());
    bytes = std::move(edited);
    holes_ = std::move(holes);
}

std::string_view LinedText::render(std::uint64_t base, Buffer& out) const {
    if (holes_.empty()) return bytes.view();
    out.clear();
    out.ensure(bytes.size() + holes_.size() * 20);
    std::size_t copied = 0;
    for (const Hole& hole : holes_) {
        out.append(bytes.view().substr(copied, hole.offset - copied));
        copied = hole.offset;
        out.set_end(write_integer(out.end(), static_cast<std::int64_t>(base + hole.line)));
    }
    out.append(bytes.view().substr(copied));
    return out.view();
}

namespace {

/// splitmix64 (G. L. Steele and others, OOPSLA 2014): any two inputs give outputs that differ.
std::uint64_t mixed(std::uint64_t x) noexcept {
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

} // namespace

void Batch::separate(std::uint64_t copy) noexcept {
    const Key mask{mixed(2 * copy), mixed(2 * copy + 1)};
    const auto change = [&mask](Key& key) {
        if (key == no_key) return; // belongs to nobody, in any copy
        key.low ^= mask.low;
        key.high ^= mask.high;
    };
    for (Key& key : keys) change(key);
    for (Key& key : orders.keys) change(key);
    for (Key& key : orders.lost) change(key);
    for (OrderRows::Reference& reference : orders.references) change(reference.wanted);
}

} // namespace ordermill::core
