#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <iterator>

namespace ordermill::core {
namespace {

/// Three digits that count, without an exponent.
std::string three_digits(double number) {
    const double size = std::abs(number);
    if (size >= 99.95) return fmt::format("{:.0f}", number);
    return size >= 9.995 ? fmt::format("{:.1f}", number) : fmt::format("{:.2f}", number);
}

std::string one_decimal(double number) { return fmt::format("{:.1f}", number); }

/// From `limit` on the next unit is taken.
std::string binary_text(double bytes, double limit, std::string (*write)(double)) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    while (bytes >= limit && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", bytes) : write(bytes), units[unit]);
}

std::string three_digit_bytes(double bytes) { return binary_text(bytes, 1023.5, three_digits); }

} // namespace

std::string human_bytes(std::uint64_t bytes) {
    return binary_text(static_cast<double>(bytes), 1024, one_decimal);
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string seconds_text(double seconds) {
    if (seconds == 0) return "0 s";
    if (seconds < 0.9995e-3) return three_digits(seconds * 1e6) + " us";
    if (seconds < 0.9995) return three_digits(seconds * 1e3) + " ms";
    return three_digits(seconds) + " s";
}

std::string bytes_text(std::uint64_t bytes) { return three_digit_bytes(static_cast<double>(bytes)); }
std::string byte_rate_text(double bytes_per_second) { return three_digit_bytes(bytes_per_second) + "/s"; }

std::string quantity_text(double quantity) {
    if (quantity >= 999.5e9) return three_digits(quantity / 1e12) + " T";
    if (quantity >= 999.5e6) return three_digits(quantity / 1e9) + " G";
    if (quantity >= 999.5e3) return three_digits(quantity / 1e6) + " M";
    if (quantity >= 999.5) return grouped(static_cast<std::uint64_t>(std::llround(quantity)));
    return quantity == std::floor(quantity) ? fmt::format("{:.0f}", quantity) : three_digits(quantity);
}

} // namespace ordermill::core
