#include "core/fault.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

using namespace ordermill::core;

TEST_CASE("every reason has a name of its own and a description", "[fault]") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < reason_count; ++i) {
        const std::string_view word = name(static_cast<Reason>(i));
        INFO(word);
        CHECK(names.insert(word).second);
        CHECK(word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos);
        CHECK_FALSE(describe(static_cast<Reason>(i)).empty());
        CHECK(describe(static_cast<Reason>(i)).back() != '.');
    }
    // The names that are promised: DuckDB's, and those at both ends of the table.
    CHECK(name(Reason::missing_columns) == "MISSING_COLUMNS");
    CHECK(name(Reason::too_many_columns) == "TOO_MANY_COLUMNS");
    CHECK(name(Reason::not_a_date) == "NOT_A_DATE");
    CHECK(name(Reason::pattern_mismatch) == "PATTERN_MISMATCH");
    CHECK(name(Reason::rule_broken) == "RULE_BROKEN");
    CHECK(name(Reason::worker_crash) == "WORKER_CRASH");
}
