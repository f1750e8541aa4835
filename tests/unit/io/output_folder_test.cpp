#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/output_files.hpp"
#include "support/temporary.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
namespace io = ordermill::io;

using ordermill::test::read_file;
using ordermill::test::sentence_of;
using ordermill::test::write_output;

namespace {

using Scratch = ordermill::test::TemporaryFolder;

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
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

TEST_CASE("of a subfolder that isn't there no file is asked for", "[output]") {
    const Scratch scratch;
    const Names names{"clean.csv", "rejects-raw/a.csv", "rejects-raw/b.csv", "parts/1.csv"};
    const std::string folder = scratch.path("x");
    fs::create_directories(folder + "/parts");
    CHECK(io::names_in_folders_there(folder, names) == Names{"clean.csv", "parts/1.csv"});
    fs::create_directories(folder + "/rejects-raw");
    CHECK(io::names_in_folders_there(folder, names) == names);
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
