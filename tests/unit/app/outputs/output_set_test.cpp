#include "app/outputs/output_set.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <string>

using namespace ordermill;
using app::OutputSet;

namespace {

std::string name_of(std::uint32_t number) { return "sub/" + std::to_string(number) + ".csv"; }

std::size_t open_files() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                                  std::filesystem::directory_iterator()));
}

} // namespace

TEST_CASE("any number of files are written, of which few are open") {
    const test::TemporaryFolder folder;
    OutputSet outputs(folder / "", name_of, {}, 2);
    const std::size_t before = open_files();
    for (std::uint64_t round = 0; round < 3; ++round) {
        for (std::uint32_t number = 0; number < 5; ++number) {
            outputs.write_at(number, round * 2, std::to_string(number) + std::to_string(round));
            CHECK(open_files() <= before + 2);
        }
    }
    outputs.sync();
    outputs.close();
    CHECK(open_files() == before);
    for (std::uint32_t number = 0; number < 5; ++number) {
        const std::string digit = std::to_string(number);
        CHECK(folder.read("sub/." + digit + ".csv.part") == digit + "0" + digit + "1" + digit + "2");
    }
}

TEST_CASE("a file that was closed to make room is synced too") {
    const test::TemporaryFolder folder;
    int opened = 0;
    OutputSet outputs(
        folder / "", name_of, [&opened] { ++opened; }, 1); // twice when a file is opened
    outputs.write_at(0, 0, "a");
    outputs.write_at(1, 0, "b");
    CHECK(opened == 4);
    outputs.sync();
    CHECK(opened == 6); // 0 was opened again
    outputs.sync();
    CHECK(opened == 6);
}

TEST_CASE("what can't be written is an error that names the file") {
    const test::TemporaryFolder folder;
    folder.write("sub", "no folder");
    OutputSet outputs(folder / "", name_of, {});
    CHECK_THROWS_AS(outputs.write_at(7, 0, "x"), io::Error);
}
