#include "core/base/suggest.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using ordermill::core::nearest;

namespace {

/// Optimal string alignment by its definition, from the back.
std::size_t edits(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return a.size() + b.size();
    const auto less = [](std::string_view text, std::size_t n) { return text.substr(0, text.size() - n); };
    std::size_t least = std::min({edits(less(a, 1), b) + 1, edits(a, less(b, 1)) + 1,
                                  edits(less(a, 1), less(b, 1)) + (a.back() == b.back() ? 0 : 1)});
    const bool swapped =
        a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && b.back() == a[a.size() - 2];
    if (swapped) least = std::min(least, edits(less(a, 2), less(b, 2)) + 1);
    return least;
}

} // namespace

TEST_CASE("did you mean", "[suggest]") {
    const std::vector<std::string> words{"required", "repeated_header", "quantity", "min", "max"};
    CHECK(nearest("requird", words) == "required");
    CHECK(nearest("REQUIRED", words) == "required");
    CHECK(nearest("qunatity", words) == "quantity");
    CHECK(nearest("mni", words) == "min");
    CHECK(nearest("mix", words) == "min");
    CHECK(nearest("price", words) == "");
    CHECK(nearest("x", words) == "");
    CHECK(nearest("", words) == "");
    CHECK(nearest("anything", {}) == "");
    const std::vector<std::string> letters{"b"};
    CHECK(nearest("ab", letters) == "b");
    CHECK(nearest("B", letters) == "b");
    CHECK(nearest("x", letters) == "");
    CHECK(nearest("", letters) == "");
}

TEST_CASE("the nearest of random words", "[suggest][property]") {
    std::mt19937_64 random(13);
    const auto word = [&random] {
        std::string text;
        for (std::size_t i = random() % 6; i > 0; --i) text += "abc"[random() % 3];
        return text;
    };
    for (int round = 0; round < 3000; ++round) {
        const std::string wanted = word();
        const std::vector<std::string> words{word(), word(), word()};
        std::string best;
        std::size_t least = std::max<std::size_t>(1, wanted.size() / 3) + 1;
        for (const std::string& one : words) {
            const std::size_t distance = edits(wanted, one);
            if (distance >= least || distance == std::max(wanted.size(), one.size()))
                continue; // nothing shared
            least = distance;
            best = one;
        }
        INFO("round " << round << ": " << wanted << " among " << words[0] << ", " << words[1] << ", "
                      << words[2]);
        REQUIRE(nearest(wanted, words) == best);
    }
}
