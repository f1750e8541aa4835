#pragma once

#include <cstdint>
#include <string_view>

namespace ordermill::core {

/// What is needed to name a country and to read its phone numbers. Lengths are of the national significant
/// number (ITU-T E.164, without trunk prefix).
struct Country {
    std::string_view code; ///< ISO 3166-1 alpha-2
    std::string_view alpha3;
    std::string_view name; ///< English short name
    std::uint16_t calling; ///< 0: no phone numbers known
    char trunk;            ///< the digit dialled before a national number; 0: none
    std::uint8_t shortest;
    std::uint8_t longest;
};

/// By alpha-2 code (upper case); null when unknown.
const Country* country_by_code(std::string_view code) noexcept;
/// By code, alpha-3 code, English name or alias, ASCII letters in any case; null when unknown.
const Country* country_by_name(std::string_view name) noexcept;

} // namespace ordermill::core
