#include "io/output.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temporary.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
namespace io = ordermill::io;

namespace {

using Scratch = ordermill::test::TemporaryFolder;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

void write_output(const std::string& folder, const std::string& name, const std::string& bytes) {
    io::OutputFile file(folder, name);
    file.write_at(0, bytes);
    file.sync();
    file.close();
}

/// The sentence of the exception of this type that `deed` throws; empty if it throws none.
template<class Exception, class Deed>
std::string sentence_of(Deed&& deed) {
    try {
        deed();
    } catch (const Exception& error) {
        return error.what();
    }
    return {};
}

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

std::vector<std::string> everything_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        names.push_back(entry.path().lexically_relative(folder).string());
    std::sort(names.begin(), names.end());
    return names;
}

using Names = std::vector<std::string>;
const Names all_names = {"clean.csv", "rejects-raw/a.csv", "report.json"};

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
    io::prepare_folder(folder, false, all_names);
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

TEST_CASE("prepare_folder creates parents and removes what an interrupted run left", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("a/b");
    io::prepare_folder(folder, false, all_names);
    CHECK(fs::is_directory(folder));
    for (const std::string& name : all_names) write_output(folder, name, "a longer text of an earlier run");
    write_file(folder + "/.notes.part", "not ours");

    io::prepare_folder(folder, false, all_names);
    CHECK(everything_in(folder) == Names{".notes.part", "rejects-raw"});
}

TEST_CASE("an existing output is replaced only with force", "[output]") {
    const Scratch scratch;
    for (const std::string& name : all_names) {
        INFO(name);
        const std::string folder = scratch.path("of " + fs::path(name).filename().string());
        fs::create_directories(folder + "/rejects-raw");
        write_file(io::final_path(folder, name), "old");
        const std::string sentence =
            sentence_of<io::OutputExists>([&] { io::prepare_folder(folder, false, all_names); });
        CHECK(sentence ==
              io::final_path(folder, name) +
                  " exists already: give --force to replace the file, or choose another --output");
        io::prepare_folder(folder, true, all_names);
        CHECK(read_file(io::final_path(folder, name)) == "old");
    }
}

TEST_CASE("what can never be written is said before work begins", "[output]") {
    const Scratch scratch;
    write_file(scratch.path("file"), "");
    fs::create_directories(scratch.path("x/clean.csv"));
    fs::create_directories(scratch.path("y"));
    write_file(scratch.path("y/rejects-raw"), "");

    const auto compile_plan = [&](const std::string& name) {
        return sentence_of<io::Error>([&] { io::prepare_folder(scratch.path(name), true, all_names); });
    };
    CHECK(compile_plan("file").find("cannot create " + scratch.path("file")) == 0);
    CHECK(compile_plan("file/below").find("cannot create " + scratch.path("file/below")) == 0);
    CHECK(compile_plan("x") == "cannot replace " + scratch.path("x/clean.csv") + ": Is a directory");
    CHECK(compile_plan("y") == "cannot write " + scratch.path("y/rejects-raw/a.csv") + ": Not a directory");
}

TEST_CASE("commit gives all outputs their final names", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("x");
    for (const char* text : {"first", "second"}) {
        io::prepare_folder(folder, true, all_names);
        for (const std::string& name : all_names) write_output(folder, name, text + name);
        io::commit(folder, all_names, "report.json");
        CHECK(everything_in(folder) == Names{"clean.csv", "rejects-raw", "rejects-raw/a.csv", "report.json"});
        for (const std::string& name : all_names)
            CHECK(read_file(io::final_path(folder, name)) == text + name);
    }
}

TEST_CASE("a commit that lacks a file touches nothing", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("x");
    const Names without_mark = {"clean.csv", "rejects-raw/a.csv"};
    io::prepare_folder(folder, false, all_names);
    for (const std::string& name : all_names) {
        fs::create_directories(folder + "/rejects-raw");
        write_file(io::final_path(folder, name), "old");
    }
    for (const std::string& absent : all_names) {
        INFO(absent);
        for (const std::string& name : all_names)
            if (name != absent) write_output(folder, name, "new");
        const std::string sentence =
            sentence_of<io::Error>([&] { io::commit(folder, without_mark, "report.json"); });
        CHECK(sentence ==
              "cannot find " + io::temporary_path(folder, absent) + ": No such file or directory");
        for (const std::string& name : all_names) CHECK(read_file(io::final_path(folder, name)) == "old");
        io::discard(folder, all_names);
    }
}

TEST_CASE("an interrupted commit shows: the mark is missing", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("x");
    io::prepare_folder(folder, false, all_names);
    write_file(folder + "/clean.csv", "old");
    write_file(folder + "/report.json", "old");
    for (const std::string& name : all_names) write_output(folder, name, "new");
    // A folder in the way of the second rename.
    fs::create_directories(folder + "/rejects-raw/a.csv");
    const std::string sentence =
        sentence_of<io::Error>([&] { io::commit(folder, all_names, "report.json"); });
    CHECK(sentence.find("cannot rename " + folder + "/rejects-raw/.a.csv.part to ") == 0);
    CHECK(read_file(folder + "/clean.csv") == "new");
    CHECK_FALSE(fs::exists(folder + "/report.json"));
}

TEST_CASE("discard leaves nothing of this run, and everything else", "[output]") {
    const Scratch scratch;
    const std::string folder = scratch.path("x");
    io::prepare_folder(folder, false, all_names);
    write_file(folder + "/clean.csv", "old");
    for (const std::string& name : all_names) write_output(folder, name, "new");
    io::discard(folder, all_names);
    CHECK(everything_in(folder) == Names{"clean.csv"});
    io::discard(folder, all_names);
    io::discard(scratch.path("absent"), all_names);

    write_output(folder, "rejects-raw/a.csv", "new");
    write_file(folder + "/rejects-raw/b.csv", "old");
    io::discard(folder, all_names);
    CHECK(everything_in(folder) == Names{"clean.csv", "rejects-raw", "rejects-raw/b.csv"});
}

TEST_CASE("write_whole_file writes all or nothing", "[output]") {
    const Scratch scratch;
    const std::string path = scratch.path("report.json");
    io::write_whole_file(path, "a long first version");
    io::write_whole_file(path, "second");
    CHECK(read_file(path) == "second");
    CHECK(everything_in(scratch.path("")) == Names{"report.json"});

    fs::create_directories(scratch.path("folder"));
    CHECK_THROWS_AS(io::write_whole_file(scratch.path("folder"), "x"), io::Error);
    CHECK_THROWS_AS(io::write_whole_file(scratch.path("absent/x"), "x"), io::Error);
    CHECK(everything_in(scratch.path("")) == Names{"folder", "report.json"});
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
