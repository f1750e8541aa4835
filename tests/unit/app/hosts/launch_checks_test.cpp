// Whether a launch can be what was meant, and what is unwise about it.
#include "app/hosts/launch_checks.hpp"

#include "app/base/errors.hpp"
#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace ordermill;

TEST_CASE("a process that finds itself alone, or among others than expected, is refused") {
    struct Case {
        int size;
        std::optional<int> promised; ///< by the launcher
        std::optional<int> expected; ///< by --expect-ranks
        const char* says;            ///< empty: accepted
    };
    const Case cases[] = {
        {1, std::nullopt, std::nullopt, ""},
        {1, 1, std::nullopt, ""},
        {1, 2, std::nullopt, "this process is the only rank, although SLURM_NTASKS=2: "},
        {4, 4, std::nullopt, ""},
        {4, 9, std::nullopt, ""},
        {1, 4, 1, ""},
        {3, 3, 3, ""},
        {1, std::nullopt, 2, "the run has 1 rank, but --expect-ranks is 2"},
        {3, 3, 2, "the run has 3 ranks, but --expect-ranks is 2"},
        {3, 2, 2, "the run has 3 ranks, but --expect-ranks is 2"},
    };
    for (const Case& c : cases) {
        INFO(c.size << " ranks, " << c.promised.value_or(0) << " promised, " << c.expected.value_or(0)
                    << " expected");
        cluster::Launch launch;
        launch.expected = c.promised;
        launch.expected_from = "SLURM_NTASKS";
        std::string said;
        try {
            app::check_launch(launch, c.size, c.expected);
        } catch (const app::UsageError& error) {
            said = error.what();
        }
        CHECK(said.substr(0, std::string(c.says).size()) == c.says);
        CHECK(said.empty() == std::string(c.says).empty());
    }
}

TEST_CASE(
    "warnings: more ranks on a host than its cores, and one more beside rank 0; CPUs that nobody uses") {
    using Names = std::vector<std::string>;
    struct Case {
        Names hosts;            ///< by rank
        std::vector<int> cores; ///< by rank
        int cpus_per_task;
        Names warnings; ///< their beginnings
    };
    const Case cases[] = {
        {{"a"}, {1}, 1, {}},
        {{"a", "a"}, {1, 1}, 1, {}},
        {{"a", "a", "a"},
         {1, 1, 1},
         1,
         {"3 ranks on a, which has 1 core: the ranks share cores; start at most 2 there"}},
        {{"a", "a", "a"}, {2, 2, 2}, 1, {}},
        {{"a", "a", "a", "a"},
         {2, 2, 2, 2},
         1,
         {"4 ranks on a, which has 2 cores: the ranks share cores; start at most 3"}},
        {{"a", "b", "b"}, {2, 2, 2}, 1, {}},
        {{"a", "b", "b", "b"},
         {2, 2, 2, 2},
         1,
         {"3 ranks on b, which has 2 cores: the ranks share cores; start at most 2"}},
        {{"a", "b", "b", "b"}, {2, 1, 3, 1}, 1, {}}, // what one of its ranks may use
        {{"a", "b"}, {1, 0}, 1, {}},                 // a lone rank shares with no other
        {{"b", "a", "a", "b", "b", "b"}, {1, 1, 1, 1, 1, 1}, 1, {"2 ranks on a", "4 ranks on b"}},
        {{"a"}, {4}, 2, {"SLURM_CPUS_PER_TASK=2: a rank uses only one CPU"}},
        {{"a"}, {4}, 1, {}},
    };
    for (const Case& c : cases) {
        cluster::Launch launch;
        launch.cpus_per_task = c.cpus_per_task;
        const Names warnings = app::launch_warnings(launch, c.hosts, c.cores);
        INFO(c.hosts.size() << " ranks, the last on " << c.hosts.back());
        REQUIRE(warnings.size() == c.warnings.size());
        for (std::size_t i = 0; i < warnings.size(); ++i) {
            INFO(warnings[i]);
            CHECK(warnings[i].starts_with(c.warnings[i]));
        }
    }
}

TEST_CASE("what this process may use is there") { CHECK(app::usable_cores() >= 1); }
