#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ordermill::core {

/// A set of the numbers 0 to 31, written as in `7 9-11`.
class SmallNumbers {
  public:
    constexpr SmallNumbers() = default;
    explicit(false) constexpr SmallNumbers(const char* written) {
        const std::string_view ranges(written);
        std::uint32_t first = 0;
        std::uint32_t number = 0;
        bool in_range = false;
        for (std::size_t i = 0; i <= ranges.size() && !ranges.empty(); ++i) {
            const char byte = i < ranges.size() ? ranges[i] : ' ';
            if (byte >= '0' && byte <= '9') {
                number = number * 10 + static_cast<std::uint32_t>(byte - '0');
                continue;
            }
            if (!in_range) first = number;
            in_range = byte == '-';
            for (std::uint32_t n = first; n <= number && !in_range; ++n) bits_ |= std::uint32_t{1} << n;
            number = 0;
        }
    }
    constexpr bool has(std::size_t number) const noexcept {
        return number < 32 && ((bits_ >> number) & 1) != 0;
    }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr SmallNumbers& operator|=(SmallNumbers other) noexcept {
        bits_ |= other.bits_;
        return *this;
    }

  private:
    std::uint32_t bits_ = 0;
};

/// How a country's telephone numbers are written. A national number has no trunk prefix (Berlin is 30...,
/// dialled 030... inside Germany). Freephone and service numbers of other lengths are not among them.
struct NumberPlan {
    std::uint16_t calling_code = 0; ///< 0: none of its own
    std::string_view trunk;         ///< what is dialled before a national number inside the country
    SmallNumbers lengths;           ///< of national numbers, in digits
    SmallNumbers first_digits;      ///< of national numbers
    /// From this length on, a number without the trunk prefix can only be a whole national one, never a local
    /// one whose area code is missing; 0: one can't tell.
    std::uint8_t whole = 0;
};

struct Country {
    std::string_view alpha_2;
    std::string_view alpha_3;
    std::string_view name; ///< in English, as people write it
    NumberPlan plan;
};

/// Other names of one country, joined by `|`.
struct CountryAliases {
    std::string_view alpha_2;
    std::string_view names;
};

/// ISO 3166-1, and XK (Kosovo), by their alpha-2 code.
std::span<const Country> countries() noexcept;
std::span<const CountryAliases> country_aliases() noexcept;

/// Null when there is no such country. `alpha_2` in upper case. No search.
const Country* country_with_code(std::string_view alpha_2) noexcept;

/// The plan shared by all countries of a calling code (lengths and first digits are the union of theirs);
/// null when no country has it. No search.
const NumberPlan* plan_of_calling_code(std::uint32_t calling_code) noexcept;

} // namespace ordermill::core
