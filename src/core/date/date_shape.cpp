#include "core/date/date_shape.hpp"

#include "core/date/date.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

} // namespace

/// Whether the format's numbers and separators are where the text's are; notes where.
bool DateFormats::fits(const Format& format, DateShape& shape, std::size_t size) noexcept {
    // By Step::part: Y m d H M S y.
    constexpr std::array<std::uint8_t, 7> first_digit{0, 4, 6, 8, 10, 12, 2};
    shape.low.fill(DateShape::nowhere);
    shape.high.fill(DateShape::nowhere);
    std::size_t at = 0;
    const auto digit_at = [&](std::size_t place) { return place < size && is_digit(shape.text[place]); };
    for (const Step& step : format.steps) {
        std::size_t count = 0;
        const std::size_t most = step.digits == 4 ? 4 : 2;
        while (count < most && digit_at(at + count)) ++count;
        if (count == 0 || (step.digits != 0 && count < most)) return false;
        for (std::size_t i = 0; i < count; ++i, ++at) {
            const std::size_t digit = first_digit[step.part] + most - count + i;
            (at < 16 ? shape.low : shape.high)[digit] = static_cast<std::uint8_t>(at % 16);
        }
        if (step.separator == 0) continue;
        if (at >= size || shape.text[at] != step.separator) return false;
        ++at;
    }
    return at == size;
}

DateShape DateFormats::shape_of(std::string_view text) const noexcept {
    DateShape shape;
    if (text.size() > DateShape::capacity) return shape;
    std::transform(text.begin(), text.end(), shape.text.begin(),
                   [](char byte) { return is_digit(byte) ? '0' : byte; });
    for (const Format& format : formats_) {
        // A format that isn't plain goes by more than the shape; the ones after it may not be asked.
        if (format.steps.empty()) break;
        if (!fits(format, shape, text.size())) continue;
        shape.short_year = format.short_year;
        shape.readable = true;
        break;
    }
    return shape;
}

} // namespace ordermill::core
