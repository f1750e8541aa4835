#include "core/countries.hpp"

#include <algorithm>
#include <array>

namespace ordermill::core {
namespace {

// Numbering plans: ITU-T national numbering plans; where a country's plan isn't closed, the bounds in use.
constexpr std::array countries{
    Country{"AE", "ARE", "United Arab Emirates", 971, '0', 8, 9},
    Country{"AR", "ARG", "Argentina", 54, '0', 10, 11},
    Country{"AT", "AUT", "Austria", 43, '0', 4, 13},
    Country{"AU", "AUS", "Australia", 61, '0', 9, 9},
    Country{"BE", "BEL", "Belgium", 32, '0', 8, 9},
    Country{"BG", "BGR", "Bulgaria", 359, '0', 7, 9},
    Country{"BH", "BHR", "Bahrain", 973, 0, 8, 8},
    Country{"BR", "BRA", "Brazil", 55, '0', 10, 11},
    Country{"CA", "CAN", "Canada", 1, '1', 10, 10},
    Country{"CH", "CHE", "Switzerland", 41, '0', 9, 9},
    Country{"CL", "CHL", "Chile", 56, 0, 9, 9},
    Country{"CN", "CHN", "China", 86, '0', 9, 11},
    Country{"CO", "COL", "Colombia", 57, 0, 8, 10},
    Country{"CY", "CYP", "Cyprus", 357, 0, 8, 8},
    Country{"CZ", "CZE", "Czechia", 420, 0, 9, 9},
    Country{"DE", "DEU", "Germany", 49, '0', 6, 13},
    Country{"DK", "DNK", "Denmark", 45, 0, 8, 8},
    Country{"EE", "EST", "Estonia", 372, 0, 7, 8},
    Country{"EG", "EGY", "Egypt", 20, '0', 8, 10},
    Country{"ES", "ESP", "Spain", 34, 0, 9, 9},
    Country{"FI", "FIN", "Finland", 358, '0', 5, 12},
    Country{"FR", "FRA", "France", 33, '0', 9, 9},
    Country{"GB", "GBR", "United Kingdom", 44, '0', 9, 10},
    Country{"GR", "GRC", "Greece", 30, 0, 10, 10},
    Country{"HK", "HKG", "Hong Kong", 852, 0, 8, 8},
    Country{"HR", "HRV", "Croatia", 385, '0', 8, 9},
    Country{"HU", "HUN", "Hungary", 36, 0, 8, 9},
    Country{"ID", "IDN", "Indonesia", 62, '0', 8, 12},
    Country{"IE", "IRL", "Ireland", 353, '0', 7, 9},
    Country{"IL", "ISR", "Israel", 972, '0', 8, 9},
    Country{"IN", "IND", "India", 91, '0', 10, 10},
    Country{"IS", "ISL", "Iceland", 354, 0, 7, 7},
    Country{"IT", "ITA", "Italy", 39, 0, 6, 11},
    Country{"JP", "JPN", "Japan", 81, '0', 9, 10},
    Country{"KR", "KOR", "South Korea", 82, '0', 8, 10},
    Country{"LB", "LBN", "Lebanon", 961, '0', 7, 8},
    Country{"LT", "LTU", "Lithuania", 370, 0, 8, 8},
    Country{"LU", "LUX", "Luxembourg", 352, 0, 6, 11},
    Country{"LV", "LVA", "Latvia", 371, 0, 8, 8},
    Country{"MA", "MAR", "Morocco", 212, '0', 9, 9},
    Country{"MT", "MLT", "Malta", 356, 0, 8, 8},
    Country{"MX", "MEX", "Mexico", 52, 0, 10, 10},
    Country{"MY", "MYS", "Malaysia", 60, '0', 8, 10},
    Country{"NG", "NGA", "Nigeria", 234, '0', 8, 10},
    Country{"NL", "NLD", "Netherlands", 31, '0', 9, 9},
    Country{"NO", "NOR", "Norway", 47, 0, 8, 8},
    Country{"NZ", "NZL", "New Zealand", 64, '0', 8, 10},
    Country{"PE", "PER", "Peru", 51, '0', 8, 9},
    Country{"PH", "PHL", "Philippines", 63, '0', 8, 10},
    Country{"PK", "PAK", "Pakistan", 92, '0', 9, 10},
    Country{"PL", "POL", "Poland", 48, 0, 9, 9},
    Country{"PT", "PRT", "Portugal", 351, 0, 9, 9},
    Country{"RO", "ROU", "Romania", 40, '0', 9, 9},
    Country{"RS", "SRB", "Serbia", 381, '0', 8, 9},
    Country{"RU", "RUS", "Russia", 7, '8', 10, 10},
    Country{"SA", "SAU", "Saudi Arabia", 966, '0', 9, 9},
    Country{"SE", "SWE", "Sweden", 46, '0', 7, 9},
    Country{"SG", "SGP", "Singapore", 65, 0, 8, 8},
    Country{"SI", "SVN", "Slovenia", 386, '0', 8, 8},
    Country{"SK", "SVK", "Slovakia", 421, '0', 9, 9},
    Country{"TH", "THA", "Thailand", 66, '0', 8, 9},
    Country{"TR", "TUR", "Turkey", 90, '0', 10, 10},
    Country{"TW", "TWN", "Taiwan", 886, '0', 8, 9},
    Country{"UA", "UKR", "Ukraine", 380, '0', 9, 9},
    Country{"US", "USA", "United States", 1, '1', 10, 10},
    Country{"VN", "VNM", "Vietnam", 84, '0', 9, 10},
    Country{"ZA", "ZAF", "South Africa", 27, '0', 9, 9},
};
static_assert(std::is_sorted(countries.begin(), countries.end(),
                             [](const Country& a, const Country& b) { return a.code < b.code; }));

struct Alias {
    std::string_view name; ///< lower case
    std::string_view code;
};
constexpr std::array aliases{
    Alias{"u.s.a.", "US"},
    Alias{"u.s.", "US"},
    Alias{"united states of america", "US"},
    Alias{"america", "US"},
    Alias{"uk", "GB"},
    Alias{"u.k.", "GB"},
    Alias{"great britain", "GB"},
    Alias{"england", "GB"},
    Alias{"scotland", "GB"},
    Alias{"wales", "GB"},
    Alias{"northern ireland", "GB"},
    Alias{"eire", "IE"},
    Alias{"deutschland", "DE"},
    Alias{"holland", "NL"},
    Alias{"the netherlands", "NL"},
    Alias{"nederland", "NL"},
    Alias{"espana", "ES"},
    Alias{"italia", "IT"},
    Alias{"rsa", "ZA"},
    Alias{"czech republic", "CZ"},
    Alias{"russian federation", "RU"},
    Alias{"korea", "KR"},
    Alias{"republic of korea", "KR"},
    Alias{"uae", "AE"},
    Alias{"suisse", "CH"},
    Alias{"schweiz", "CH"},
    Alias{"norge", "NO"},
    Alias{"sverige", "SE"},
    Alias{"danmark", "DK"},
    Alias{"suomi", "FI"},
    Alias{"brasil", "BR"},
    Alias{"turkiye", "TR"},
    Alias{"viet nam", "VN"},
};

bool same(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
    };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

} // namespace

const Country* country_by_code(std::string_view code) noexcept {
    const auto found = std::lower_bound(
        countries.begin(), countries.end(), code,
        [](const Country& country, std::string_view wanted) { return country.code < wanted; });
    return found != countries.end() && found->code == code ? &*found : nullptr;
}

const Country* country_by_name(std::string_view name) noexcept {
    for (const Country& country : countries) {
        if (same(country.name, name) || same(country.code, name) || same(country.alpha3, name))
            return &country;
    }
    for (const Alias& alias : aliases) {
        if (same(alias.name, name)) return country_by_code(alias.code);
    }
    return nullptr;
}

} // namespace ordermill::core
