#include "study/page/units.hpp"

#include <fmt/format.h>

#include <cmath>

namespace ordermill::study {
namespace {

/// Three digits that count, without an exponent.
std::string three_digits(double number) {
    const double size = std::abs(number);
    if (size >= 99.95) return fmt::format("{:.0f}", number);
    return size >= 9.995 ? fmt::format("{:.1f}", number) : fmt::format("{:.2f}", number);
}

std::string binary_text(double bytes) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    while (bytes >= 1023.5 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", bytes) : three_digits(bytes), units[unit]);
}

} // namespace

std::string seconds_text(double seconds) {
    if (seconds == 0) return "0 s";
    if (seconds < 0.9995e-3) return three_digits(seconds * 1e6) + " us";
    if (seconds < 0.9995) return three_digits(seconds * 1e3) + " ms";
    return three_digits(seconds) + " s";
}

std::string bytes_text(std::uint64_t bytes) { return binary_text(static_cast<double>(bytes)); }
std::string byte_rate_text(double bytes_per_second) { return binary_text(bytes_per_second) + "/s"; }

std::string quantity_text(double quantity) {
    if (quantity >= 999.5e9) return three_digits(quantity / 1e12) + " T";
    if (quantity >= 999.5e6) return three_digits(quantity / 1e9) + " G";
    if (quantity >= 999.5e3) return three_digits(quantity / 1e6) + " M";
    if (quantity >= 999.5) {
        const auto whole = static_cast<long>(std::lround(quantity));
        return fmt::format("{},{:03}", whole / 1000, whole % 1000);
    }
    return quantity == std::floor(quantity) ? fmt::format("{:.0f}", quantity) : three_digits(quantity);
}

} // namespace ordermill::study
