#include "core/batch.hpp"

#include "core/number.hpp"

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

} // namespace ordermill::core
