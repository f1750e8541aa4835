#include "io/output_file.hpp"
#include "support/catch.hpp"
#include "support/output_files.hpp"
#include "support/skip.hpp"
#include "support/temporary.hpp"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
namespace io = ordermill::io;

using ordermill::test::read_file;
using ordermill::test::sentence_of;
using ordermill::test::write_output;

namespace {

using Scratch = ordermill::test::TemporaryFolder;

/// Pages of a file that wait in memory for somebody to begin writing them, by cachestat (Linux 6.5); nothing
/// where it isn't known.
std::optional<std::uint64_t> dirty_pages(const std::string& path) {
    constexpr long cachestat = 451;
    struct Range {
        std::uint64_t offset, length;
    } range{0, 0};
    struct Pages {
        std::uint64_t cached, dirty, being_written, evicted, recently_evicted;
    } pages{};
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool known = ::syscall(cachestat, descriptor, &range, &pages, 0U) == 0;
    ::close(descriptor);
    return known ? std::optional(pages.dirty) : std::nullopt;
}

} // namespace

TEST_CASE("one hand at a time has a file that several write to") {
    const Scratch folder;
    const std::string path = folder / "";
    io::OutputFile one(path, "a.csv");
    auto other = std::make_unique<io::OutputFile>(path, "a.csv");
    io::OutputFile elsewhere(path, "b.csv");
    REQUIRE(one.try_take());
    CHECK_FALSE(other->try_take());
    CHECK(elsewhere.try_take());
    other->write_at(0, "x"); // who doesn't ask isn't kept out
    one.give_back();
    REQUIRE(other->try_take());
    CHECK_FALSE(one.try_take());
    other.reset(); // as when its process dies
    CHECK(one.try_take());
}

TEST_CASE("temporary names are hidden, and beside the final ones", "[output]") {
    CHECK(io::temporary_path("out/x", "clean.csv") == "out/x/.clean.csv.part");
    CHECK(io::temporary_path("out/x", "rejects-raw/a b.csv") == "out/x/rejects-raw/.a b.csv.part");
    CHECK(io::temporary_path("", "orders.csv") == ".orders.csv.part");
    CHECK(io::final_path("out/x/", "clean.csv") == "out/x/clean.csv");
}

TEST_CASE("several processes write one output at disjoint offsets", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("x");
    fs::create_directory(folder);
    constexpr int writers = 4;
    constexpr int pieces = 50;
    constexpr std::size_t piece_length = 1000;
    for (int writer = 0; writer < writers; ++writer) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child != 0) continue;
        int status = 0;
        try {
            io::OutputFile file(folder, "clean.csv");
            for (int piece = pieces - 1; piece >= 0; --piece) {
                const auto position = static_cast<std::size_t>(piece * writers + writer);
                file.write_at(position * piece_length,
                              std::string(piece_length, static_cast<char>('a' + position % 26)));
            }
            file.sync();
            file.close();
        } catch (...) {
            status = 1;
        }
        ::_exit(status);
    }
    for (int writer = 0; writer < writers; ++writer) {
        int status = -1;
        ::wait(&status);
        CHECK(status == 0);
    }
    std::string expected;
    for (std::size_t position = 0; position < writers * pieces; ++position)
        expected.append(piece_length, static_cast<char>('a' + position % 26));
    CHECK(read_file(io::temporary_path(folder, "clean.csv")) == expected);
}

TEST_CASE("an output is opened at the first write, which may be empty", "[output]") {
    const Scratch scratch;
    io::OutputFile file(scratch.path(""), "clean.csv");
    file.sync();
    file.close();
    CHECK_FALSE(fs::exists(file.path()));
    file.write_at(0, "");
    CHECK(fs::file_size(file.path()) == 0);
}

TEST_CASE("a subfolder comes with its first file, the output folder doesn't", "[output]") {
    const Scratch scratch;
    write_output(scratch.path(""), "rejects-raw/a.csv", "x");
    CHECK(read_file(scratch.path("rejects-raw/.a.csv.part")) == "x");

    const std::string folder = scratch.path("absent");
    const std::string sentence = sentence_of<io::Error>([&] { write_output(folder, "clean.csv", "x"); });
    CHECK(sentence == "cannot create " + folder + "/.clean.csv.part: No such file or directory");
    CHECK_THROWS_AS(write_output(folder, "rejects-raw/a.csv", "x"), io::Error);
    CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("moving an output hands its file over", "[output]") {
    const Scratch scratch;
    auto first = std::make_optional<io::OutputFile>(scratch.path(""), "a");
    first->write_at(0, "12");
    io::OutputFile second(std::move(*first));
    fs::rename(scratch.path(".a.part"), scratch.path("elsewhere")); // so that opening anew would show
    first.reset();
    second.write_at(2, "34");
    io::OutputFile third(scratch.path(""), "b");
    third = std::move(second);
    third.write_at(4, "56");
    third.close();
    CHECK(read_file(scratch.path("elsewhere")) == "123456");
    CHECK_FALSE(fs::exists(scratch.path(".b.part")));
}

TEST_CASE("a full disk is an error that names the file", "[output]") {
    const Scratch scratch;
    const std::string part = scratch.path(".clean.csv.part");
    fs::create_symlink("/dev/full", part);
    try {
        write_output(scratch.path(""), "clean.csv", "x");
        FAIL("no error");
    } catch (const io::Error& error) {
        CHECK(error.what() == "cannot write " + part + ": No space left on device");
        CHECK(error.code() == std::errc::no_space_on_device);
    }
}

TEST_CASE("a file size limit is met in the middle of a write: what fits is written, the rest is an error",
          "[output]") {
    const Scratch scratch;
    rlimit before = {};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit tiny = before;
    tiny.rlim_cur = 5000;
    ::setrlimit(RLIMIT_FSIZE, &tiny);
    const std::string sentence =
        sentence_of<io::Error>([&] { write_output(scratch.path(""), "clean.csv", std::string(8000, 'x')); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(sentence == "cannot write " + scratch.path(".clean.csv.part") + ": File too large");
    CHECK(fs::file_size(scratch.path(".clean.csv.part")) == 5000);
}

TEST_CASE("write_all goes on when a signal cuts its writes short", "[output]") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::string bytes(300'000, '\0'); // more than a pipe holds
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
    const pid_t reader = ::fork();
    REQUIRE(reader >= 0);
    if (reader == 0) {
        ::close(ends[1]);
        std::string received;
        char buffer[16'384];
        for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
            received.append(buffer, static_cast<std::size_t>(got));
            ::usleep(2000);
        }
        ::_exit(received == bytes ? 0 : 1);
    }
    ::close(ends[0]);

    struct sigaction ignore_alarm = {};
    struct sigaction before = {};
    ignore_alarm.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &ignore_alarm, &before);
    const itimerval often = {{0, 1000}, {0, 1000}};
    const itimerval never = {};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    io::write_all(ends[1], bytes, "standard output");
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    ::close(ends[1]);
    int status = -1;
    ::waitpid(reader, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("write_all says what it couldn't write to", "[output]") {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    const std::string sentence = sentence_of<io::Error>([&] { io::write_all(full, "x", "standard output"); });
    ::close(full);
    CHECK(sentence == "cannot write standard output: No space left on device");
}

TEST_CASE("what was written is on its way to the disk before it is synced") {
    const Scratch scratch;
    io::OutputFile file(scratch / "", "clean.csv");
    const std::string chunk(io::OutputFile::written_behind / 4, 'x');
    for (std::uint64_t i = 0; i < 3; ++i) file.write_at(i * chunk.size(), chunk);
    const std::optional<std::uint64_t> before = dirty_pages(file.path());
    if (!before || *before == 0) {
        ordermill::test::skip(
            "the system doesn't tell which pages wait, or the file system keeps them in memory");
        return;
    }
    file.write_at(3 * chunk.size(), chunk);
    CHECK(dirty_pages(file.path()) == 0);
    file.write_at(4 * chunk.size(), "more");
    file.sync();
    CHECK(dirty_pages(file.path()) == 0);
    file.close();
}

TEST_CASE("a fence that throws keeps a file from being made, and bytes from being written", "[output]") {
    for (const int throws_at : {1, 2}) {
        INFO("call " << throws_at);
        const Scratch folder;
        int calls = 0;
        io::OutputFile file(folder.path(""), "x.csv", [&] {
            if (++calls == throws_at) throw std::runtime_error("fenced off");
        });
        CHECK_THROWS_AS(file.write_at(0, "abc"), std::runtime_error);
        CHECK(calls == throws_at);
        const std::string path = io::temporary_path(folder.path(""), "x.csv");
        CHECK(std::filesystem::exists(path) == (throws_at == 2));
        if (throws_at == 2) CHECK(std::filesystem::file_size(path) == 0);
    }
}
