#include "system/descriptor.hpp"

#include "support/catch.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

using ordermill::system::Descriptor;
using ordermill::system::write_all;
using ordermill::system::write_all_at;

namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }

Descriptor open_null() { return Descriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC)); }

} // namespace

TEST_CASE("a descriptor is closed by its last owner, once") {
    CHECK_FALSE(Descriptor());
    int number = -1;
    {
        Descriptor first = open_null();
        REQUIRE(first);
        number = first.number();
        const Descriptor second = std::move(first);
        CHECK_FALSE(first); // NOLINT: what is left of it is what is tested
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));

    Descriptor replaced = open_null();
    number = replaced.number();
    replaced = Descriptor();
    CHECK_FALSE(replaced);
    CHECK_FALSE(is_open(number));

    Descriptor given = open_null();
    const Descriptor other(given.release());
    CHECK_FALSE(given);
    CHECK(is_open(other.number()));
}

TEST_CASE("whole texts are written, or the errno says why not") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const Descriptor reader(ends[0]);
    const Descriptor writer(ends[1]);
    CHECK(write_all(writer.number(), "abc") == 0);
    CHECK(write_all(writer.number(), "") == 0);
    std::array<char, 8> read{};
    CHECK(::read(reader.number(), read.data(), read.size()) == 3);
    CHECK(std::string(read.data(), 3) == "abc");
    CHECK(write_all_at(writer.number(), "abc", 0) == ESPIPE);
    CHECK(write_all(reader.number(), "abc") == EBADF);
    CHECK(write_all(-1, "abc") == EBADF);
    const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    if (full) CHECK(write_all(full.number(), "abc") == ENOSPC);
}
