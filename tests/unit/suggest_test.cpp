#include "core/suggest.hpp"

#include "support/catch.hpp"

#include <vector>

using ordermill::core::nearest;

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
}
