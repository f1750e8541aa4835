// Who has an output folder: generations, the count that shows who lives, and the fence.
#include "io/recovery/run_folder.hpp"

#include "support/catch.hpp"
#include "support/processes.hpp"
#include "support/temporary.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Records = std::vector<std::string>;

namespace {

/// A run that recorded these, and died.
void die_after(const std::string& output, const Records& records) {
    test::ChildProcess run([&] {
        io::RunFolder folder(output, 0ms);
        for (const std::string& record : records) folder.record(record);
    });
    REQUIRE(run.ended_well());
}

} // namespace

TEST_CASE("run folder: a first run, and its end") {
    const test::TemporaryFolder scratch;
    CHECK(io::RunFolder::unfinished(scratch / "").empty());
    io::RunFolder folder(scratch / "");
    CHECK(folder.generation() == 1);
    CHECK(folder.mark().size() == 16);
    CHECK(io::RunFolder::is_last(scratch / "", 1, folder.mark()));
    CHECK(!io::RunFolder::is_last(scratch / "", 1, "another mark"));
    CHECK(!io::RunFolder::is_last(scratch / "", 2, folder.mark()));
    folder.record("one");
    folder.record("two");
    CHECK(io::RunFolder::unfinished(scratch / "") == Records{"one", "two"});
    folder.check();
    folder.end();
    CHECK(!fs::exists(io::RunFolder::path_in(scratch / "")));
    CHECK(io::RunFolder::unfinished(scratch / "").empty());
}

TEST_CASE("run folder: what dead runs left, the last one that recorded something") {
    struct Case {
        std::vector<Records> runs;
        Records unfinished;
    };
    const Case cases[] = {
        {{{}}, {}},
        {{{"a", "b"}}, {"a", "b"}},
        {{{"a"}, {"b"}}, {"b"}},
        {{{"a"}, {}}, {"a"}}, // it died before its first record
        {{{"a"}, {}, {}}, {"a"}},
    };
    for (const Case& c : cases) {
        const test::TemporaryFolder scratch;
        for (const Records& records : c.runs) die_after(scratch / "", records);
        CHECK(io::RunFolder::unfinished(scratch / "") == c.unfinished);
        const io::RunFolder next(scratch / "", 0ms);
        CHECK(next.generation() == c.runs.size() + 1);
        CHECK(io::RunFolder::unfinished(scratch / "") == c.unfinished);
    }
}

TEST_CASE("run folder: refused while the owner counts, taken when the count stands still") {
    const test::TemporaryFolder scratch;
    const std::string output = scratch / "";
    {
        const test::ChildProcess living([&] {
            io::RunFolder folder(output);
            for (;;) {
                folder.beat();
                std::this_thread::sleep_for(20ms);
            }
        });
        while (!fs::exists(io::RunFolder::path_in(output) + "/journal-1")) std::this_thread::sleep_for(5ms);
        std::string said;
        try {
            const io::RunFolder second(output);
        } catch (const io::FolderInUse& error) {
            said = error.what();
        }
        CHECK(said.starts_with("another run is writing into "));
        CHECK(said.find("wait for its end, or choose another --output") != std::string::npos);
        CHECK(!fs::exists(io::RunFolder::path_in(output) + "/generation-2"));
    }
    const auto begin = std::chrono::steady_clock::now();
    const io::RunFolder after_its_death(output); // a process of this machine that is gone isn't waited for
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
    CHECK(after_its_death.generation() == 2);
    // This process lives, but it doesn't count on: only patience can tell.
    const auto again = std::chrono::steady_clock::now();
    const io::RunFolder third(output, 200ms);
    CHECK(std::chrono::steady_clock::now() - again >= 200ms);
    CHECK(third.generation() == 3);
}

TEST_CASE("run folder: a run that was replaced writes nothing more") {
    const test::TemporaryFolder scratch;
    io::RunFolder old(scratch / "");
    old.record("old");
    io::RunFolder newer(scratch / "", 0ms);
    CHECK(!io::RunFolder::is_last(scratch / "", 1, old.mark()));
    CHECK(io::RunFolder::is_last(scratch / "", 2, newer.mark()));
    CHECK_THROWS_AS(old.check(), io::Replaced);
    CHECK_THROWS_AS(old.record("late"), io::Replaced);
    std::this_thread::sleep_for(600ms); // it counts at most twice a second
    CHECK_THROWS_AS(old.beat(), io::Replaced);
    CHECK(io::RunFolder::unfinished(scratch / "") == Records{"old"});
    old.leave(); // the newer one's folder isn't its to leave
    CHECK(fs::exists(io::RunFolder::path_in(scratch / "") + "/generation-1"));
    CHECK(fs::exists(io::RunFolder::path_in(scratch / "") + "/journal-1"));
    CHECK(io::RunFolder::is_last(scratch / "", 2, newer.mark()));
    newer.record("new");
    CHECK(io::RunFolder::unfinished(scratch / "") == Records{"new"});
}

TEST_CASE("run folder: left as if it had never been taken") {
    const test::TemporaryFolder scratch;
    io::RunFolder first(scratch / "");
    first.leave();
    CHECK(!fs::exists(io::RunFolder::path_in(scratch / "")));
    die_after(scratch / "", {"a"});
    io::RunFolder second(scratch / "", 0ms);
    CHECK(second.generation() == 2);
    second.leave();
    CHECK(io::RunFolder::unfinished(scratch / "") == Records{"a"});
    CHECK(io::RunFolder(scratch / "", 0ms).generation() == 2);
}

TEST_CASE("run folder: a generation of the same number after a complete run is another one") {
    const test::TemporaryFolder scratch;
    io::RunFolder old(scratch / "");
    fs::remove_all(io::RunFolder::path_in(scratch / ""));
    const io::RunFolder fresh(scratch / "");
    CHECK(fresh.generation() == old.generation());
    CHECK_THROWS_AS(old.check(), io::Replaced);
    fresh.check();
}
