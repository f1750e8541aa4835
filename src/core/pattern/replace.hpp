#pragma once

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ordermill::core {

enum class Replaced : std::uint8_t { nothing, some, too_long };

namespace replacing {

constexpr int most_groups = 10;
using Groups = std::array<re2::StringPiece, most_groups>;

/// The bytes of the first character of a text that isn't empty.
inline std::size_t character_size(std::string_view text) noexcept {
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    return size;
}

template<class Out>
bool rewrite(std::string_view with, const Groups& groups, Out& out) {
    bool fits = true;
    for (std::size_t i = 0; i < with.size() && fits; ++i) {
        if (with[i] != '\\') {
            fits = out.append(with.substr(i, 1));
        } else if (with[++i] == '\\') {
            fits = out.append("\\");
        } else {
            const auto& group = groups[static_cast<std::size_t>(with[i] - '0')];
            fits = out.append({group.data(), group.size()});
        }
    }
    return fits;
}

} // namespace replacing

/// The semantics of RE2::GlobalReplace, appended to `out`, whose `append` says whether what it is given still
/// fits, and whose `spend` is told how much is done. When nothing matches, or the result doesn't fit, `out`
/// means nothing. A pattern such as `c.*d|c` may look through the whole rest of the text for each match.
template<class Out>
Replaced replace_matches(std::string_view input, const re2::RE2& pattern, std::string_view with, Out& out) {
    using namespace replacing;
    const re2::StringPiece piece(input.data(), input.size());
    const int wanted = std::min(1 + re2::RE2::MaxSubmatch({with.data(), with.size()}), most_groups);
    Groups groups;
    std::size_t at = 0;
    std::size_t last_end = std::string_view::npos;
    bool changed = false;
    while (at <= input.size() &&
           pattern.Match(piece, at, input.size(), re2::RE2::UNANCHORED, groups.data(), wanted)) {
        constexpr std::size_t most_are_not_looked_at = 16;
        out.spend(1 + (input.size() - at) / most_are_not_looked_at);
        const auto begin = static_cast<std::size_t>(groups[0].data() - input.data());
        if (!out.append(input.substr(at, begin - at))) return Replaced::too_long;
        if (begin == last_end && groups[0].empty()) {
            // Nothing matched right behind the last match: one character on.
            if (begin == input.size()) {
                at = begin;
                break;
            }
            const std::size_t size = character_size(input.substr(begin));
            if (!out.append(input.substr(begin, size))) return Replaced::too_long;
            at = begin + size;
            continue;
        }
        if (!rewrite(with, groups, out)) return Replaced::too_long;
        at = last_end = begin + groups[0].size();
        changed = true;
    }
    if (!changed) return Replaced::nothing;
    if (at < input.size() && !out.append(input.substr(at))) return Replaced::too_long;
    return Replaced::some;
}

} // namespace ordermill::core
