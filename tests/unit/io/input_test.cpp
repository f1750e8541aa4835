// Inputs: bytes by offset from a file, and in order from a pipe.
#include "io/input.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <string>
#include <unistd.h>

using namespace ordermill;

namespace {

/// A pipe that holds these bytes, and ends.
struct Pipe {
    int ends[2] = {-1, -1};
    explicit Pipe(const std::string& bytes) {
        REQUIRE(::pipe(ends) == 0);
        REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        ::close(ends[1]);
    }
    ~Pipe() { ::close(ends[0]); }
    Pipe(const Pipe&) = delete;
};

} // namespace

TEST_CASE("input: a file that was cut after it was opened is an error, not an end") {
    const test::TemporaryFolder folder;
    folder.write("a.csv", "0123456789");
    const io::InputFile file(folder / "a.csv");
    core::Buffer bytes;
    file.read(2, 10, bytes);
    CHECK(bytes.view() == "23456789");
    std::filesystem::resize_file(folder / "a.csv", 5);
    CHECK_THROWS_AS(file.read(2, 10, bytes), io::Error);
}

TEST_CASE("input: a pipe is seen through a window that only moves forward") {
    const Pipe pipe("0123456789");
    io::PipeInput input(pipe.ends[0]);
    input.fill(4, true);
    REQUIRE(input.end() >= 4);
    CHECK(input.view(0, 4) == "0123");
    input.release(3);
    CHECK(input.begin() == 3);
    input.release(2);
    CHECK(input.begin() == 3);
    input.fill(100, true);
    CHECK(input.ended());
    CHECK(input.end() == 10);
    CHECK(input.view(3, 10) == "3456789");
}

TEST_CASE("input: an empty pipe has ended, also when nobody waits for it") {
    const Pipe pipe("");
    io::PipeInput input(pipe.ends[0]);
    input.fill(1, false);
    CHECK(input.ended());
    CHECK(input.end() == 0);
}
