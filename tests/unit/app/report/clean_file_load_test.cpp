#include "app/report/clean_file_load.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace ordermill;
using app::Phases;

namespace {

std::vector<Phases> workers(std::initializer_list<double> seconds) {
    std::vector<Phases> phases(1);
    for (const double at : seconds) phases.emplace_back().at_clean_file = at;
    return phases;
}

} // namespace

TEST_CASE("one file bounds a run when some worker writes to it nearly always") {
    const std::vector<std::string> one_host{"a", "a", "a", "a", "a"};
    struct {
        const char* what;
        std::uint32_t parts;
        std::vector<Phases> phases;
        std::vector<std::string> hosts;
        double seconds;
        double share;
        bool binds;
    } const cases[] = {
        {"four fifths of the time", 1, workers({0.3, 0.2, 0.2, 0.1}), one_host, 1, 0.8, true},
        {"half of the time", 1, workers({0.2, 0.1, 0.1, 0.1}), one_host, 1, 0.5, false},
        {"in parts", 4, workers({0.3, 0.2, 0.2, 0.1}), one_host, 1, 0.8, false},
        {"three workers", 1, workers({0.4, 0.3, 0.2}), one_host, 1, 0.9, false},
        {"two hosts", 1, workers({0.3, 0.2, 0.2, 0.2}), {"a", "a", "a", "a", "b"}, 1, 0.9, false},
        {"no time at all", 1, workers({0.5, 0.4}), one_host, 0, 0, false},
        {"more than all of it", 1, workers({0.9, 0.9, 0.9, 0.9}), one_host, 1, 1, true},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        const app::CleanFileLoad load = app::clean_file_load(one.parts, one.phases, one.hosts, one.seconds);
        CHECK(std::abs(load.share - one.share) < 1e-9);
        CHECK(load.binds == one.binds);
        CHECK(app::in_words(load).empty() != one.binds);
    }
    CHECK(app::in_words({.share = 0.83, .binds = true}).find("83 % of the time") != std::string::npos);
}
