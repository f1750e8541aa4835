#include "fuzz/fuzz.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace ordermill::fuzz {
namespace {

std::map<std::string, std::uint64_t, std::less<>>& counts() {
    static std::map<std::string, std::uint64_t, std::less<>> counts;
    return counts;
}

} // namespace

void note(std::string_view outcome) {
    const auto known = counts().find(outcome);
    if (known == counts().end()) {
        counts().emplace(outcome, 1);
    } else {
        ++known->second;
    }
}

std::uint64_t noted(std::string_view outcome) {
    const auto known = counts().find(outcome);
    return known == counts().end() ? 0 : known->second;
}

void require(bool holds, std::string_view sentence) {
    if (holds) return;
    fmt::print(stderr, "this doesn't hold: {}\n", sentence);
    std::abort();
}

void require_equal(std::string_view got, std::string_view wanted, std::string_view sentence) {
    if (got == wanted) return;
    std::size_t same = 0;
    while (same < got.size() && same < wanted.size() && got[same] == wanted[same]) ++same;
    const std::size_t from = same < 40 ? 0 : same - 40;
    fmt::print(stderr, "{}: they differ from byte {} on\n  got    {:?}\n  wanted {:?}\n", sentence, same,
               got.substr(from, 160), wanted.substr(from, 160));
    std::abort();
}

} // namespace ordermill::fuzz
