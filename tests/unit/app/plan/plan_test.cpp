// Which files a job reads, and what is said when they aren't as it says.
#include "app/plan/plan.hpp"

#include "app/base/errors.hpp"
#include "app/job/job_file.hpp"
#include "app/plan/plan_header.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <string>
#include <vector>

using namespace ordermill;

namespace {

/// A folder with a job, whose `@` stands for the folder, and two files.
struct Shop {
    test::TemporaryFolder folder;
    app::PlanRequest request;

    explicit Shop(std::string job) {
        for (std::size_t at = 0; (at = job.find('@', at)) != std::string::npos;)
            job.replace(at, 1, folder / "");
        folder.write("job.cfg", job);
        folder.write("a.csv", "id,b\n1,2\n");
        folder.write("b.csv", "id;c\n3;4\n5;6\n");
        request.job_path = folder / "job.cfg";
    }
    app::Plan plan() const {
        io::PipeInput pipe(-1);
        return app::make_plan(request, pipe);
    }
    /// Without the folder's name.
    std::string error() const {
        std::string text = "no error";
        try {
            plan();
        } catch (const std::exception& caught) {
            text = caught.what();
        }
        const std::string prefix = folder / "";
        for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;)
            text.erase(at, prefix.size());
        return text;
    }
    std::string files() const {
        std::string names;
        for (const app::PlannedFile& file : plan().files)
            names += file.path.substr((folder / "").size()) + ' ';
        return names;
    }
};

constexpr const char* semicolons = "delimiter = ;\n[fields]\nid = code\n";

} // namespace

TEST_CASE("a job's files: [input]'s, then the other sections', each once", "[plan]") {
    CHECK(Shop(std::string("[input.x]\nfiles = \"@b.csv\"\n") + semicolons + "[input]\nfiles = \"@a.csv\"\n")
              .files() == "a.csv b.csv ");
    CHECK(Shop(std::string("[input]\nfiles = \"@b.csv\" \"@a.csv\"\n[input.x]\nfiles = \"@b*.csv\"\n") +
               semicolons)
              .files() == "b.csv a.csv ");
    const app::Plan plan = Shop(std::string("[input.x]\nfiles = \"@b.csv\"\n") + semicolons).plan();
    CHECK(plan.file_bytes() == 13);
    CHECK(plan.known_bytes() == 8);
}

TEST_CASE("a file that the job names and that can't be read: where the job names it", "[plan]") {
    const std::string fields = "[fields]\nid = code\n";
    CHECK(Shop("[input]\nfiles = \"@a.csv\" \"@c.csv\"\n" + fields).error() ==
          "job.cfg:2:9: [input] files: cannot read c.csv: No such file or directory");
    CHECK(Shop("[input]\nfiles = \"@a.csv\"\n[input.old]\nfiles = \"@o*.csv\"\n" + fields).error() ==
          "job.cfg:4:9: [input.old] files: no file matches o*.csv");
    const std::string relative = Shop("[input]\nfiles = nowhere/c.csv\n" + fields).error();
    CHECK(relative == "job.cfg:2:9: [input] files: cannot read nowhere/c.csv: No such file or directory "
                      "(relative paths start at the current folder)");
    Shop named("[input]\nfiles = \"@a.csv\"\n" + fields);
    named.request.overrides = {"input.files=\"" + named.folder.path("d.csv") + "\""};
    CHECK(named.error() == "--set input.files: [input] files: cannot read d.csv: No such file or directory");
    named.request.inputs = {named.folder.path("e.csv")};
    CHECK(named.error() == "cannot read e.csv: No such file or directory");
    CHECK_THROWS_AS(named.plan(), io::InputError);
}

TEST_CASE("a column that isn't there: by what the columns were found", "[plan]") {
    CHECK(Shop("[input]\nfiles = \"@b.csv\"\n[fields]\nid = code\n").error() ==
          "job.cfg:4:1: b.csv: there is no column \"id\" (columns found by [input], with delimiter \",\": "
          "'id;c')");
    CHECK(Shop("[input]\nfiles = \"@a.csv\" \"@b.csv\"\n[input.x]\nfiles = \"@b.csv\"\ndelimiter = "
               "tab\n[fields]\nid = "
               "code\n")
              .error() == "job.cfg:7:1: b.csv: there is no column \"id\" (columns found by [input.x], with "
                          "delimiter tab: 'id;c')");
    CHECK(Shop("[input]\nfiles = \"@a.csv\" \"@b.csv\"\n[input.x]\nfiles = \"@a.csv\"\n[fields]\nid = code\n")
              .error() ==
          "job.cfg:6:1: b.csv: there is no column \"id\" (columns found by [input], as no other section's "
          "files "
          "match, with delimiter \",\": 'id;c')");
}

TEST_CASE("a file without a header: its columns are what most of its records have", "[plan]") {
    struct Case {
        const char* what;
        const char* bytes;
        std::size_t columns; ///< 0: an error
    };
    const Case by_position[] = {
        {"empty", "", 2},
        {"nothing but blank lines", "\n\n", 2},
        {"a faulty first record", "1,\"2\"x,3\n4,5,6\n", 3},
        {"one that never ends", "1,\"2\n4,5,6\n7,8,9\n", 3},
        {"one that is too short", "1\n4,5,6\n7,8,9\n", 3},
        {"nothing but faults", "1,\"2\"x\n", 2},
        {"as many of one as of the other", "1,2,3\n1,2\n", 3},
        {"too few columns", "1\n2\n", 0},
    };
    for (const Case& c : by_position) {
        INFO(c.what);
        Shop shop("[input]\nheader = no\nfiles = \"@x.csv\"\n[fields]\nid = code #2\n");
        shop.folder.write("x.csv", c.bytes);
        if (c.columns == 0) {
            CHECK(shop.error().find("there is no column #2: the file has 1") != std::string::npos);
        } else {
            CHECK(shop.plan().files.front().header.size() == c.columns);
        }
    }
    const Case by_name[] = {
        {"empty", "", 2},
        {"a faulty first record", "1,\"2\"x\n4,5\n", 2},
        {"its only record is too short", "1\n", 2},
        {"some are too short", "1\n1\n1\n1,2\n", 2},
        {"none is right", "1,2,3\n1,2,3\n", 0},
    };
    for (const Case& c : by_name) {
        INFO(c.what);
        Shop shop("[input]\nheader = no\nnames = a, b\nfiles = \"@x.csv\"\n[fields]\nid = code \"b\"\n");
        shop.folder.write("x.csv", c.bytes);
        if (c.columns == 0) {
            CHECK(shop.error() == "x.csv has 3 columns, but `names` in the job lists 2");
        } else {
            CHECK(shop.plan().files.front().header == std::vector<std::string>{"a", "b"});
        }
    }
    // One that doesn't tell has the columns of the others.
    Shop till("[input]\nheader = no\nfiles = \"@x.csv\" \"@y.csv\"\n[fields]\nid = code #2\n");
    till.folder.write("x.csv", "1\n");
    till.folder.write("y.csv", "1,2,3\n");
    CHECK(till.plan().files.front().header.size() == 3);
    // An empty one has the columns of the others: rest = * asks the first file which ones there are.
    Shop shop("[input]\nheader = no\nfiles = \"@x.csv\" \"@y.csv\"\n[fields]\nid = code #2\nrest = *\n");
    shop.folder.write("x.csv", "");
    shop.folder.write("y.csv", "1,2,3\n");
    CHECK(shop.plan().rest == std::vector<std::string>{"1", "3"});
    Shop with_header("[input]\nfiles = \"@x.csv\"\n[fields]\nid = code\n");
    with_header.folder.write("x.csv", "");
    CHECK(with_header.error() == "x.csv is empty and has no header; leave this file out");
}

TEST_CASE("a first line that names the delimiter", "[plan]") {
    struct Case {
        const char* first_line;
        bool taken;
    };
    const Case cases[] = {
        {"sep=;\n", true},         {"SEP=;\r\n", true}, {"\"sep=;\"\n", true}, {"\xEF\xBB\xBFsep=;\n", true},
        {"separator;id\n", false}, {"sep;id\n", false},
    };
    for (const Case& c : cases) {
        INFO(c.first_line);
        Shop shop(std::string("[input]\nfiles = \"@x.csv\"\n") + semicolons);
        shop.folder.write("x.csv", std::string(c.first_line) + "id;c\n3;4\n");
        const app::PlannedFile file = shop.plan().files.front();
        CHECK((file.header == std::vector<std::string>{"id", "c"}) == c.taken);
        CHECK(file.lines_before == (c.taken ? 2 : 1));
        if (c.taken) CHECK(file.data_begin == std::string(c.first_line).size() + 5);
    }
    Shop other("[input]\nfiles = \"@x.csv\"\n[fields]\nid = code\n");
    other.folder.write("x.csv", "sep=;\nid;c\n3;4\n");
    CHECK(other.error() ==
          "x.csv: its first line, sep=, names the delimiter \";\", but the job reads it with "
          "\",\"; write delimiter = \";\" under [input]");
    other.folder.write("x.csv", "sep=\t\nid\tc\n3\t4\n");
    CHECK(other.error().find("names the delimiter tab") != std::string::npos);
    Shop headless("[input]\nheader = no\nfiles = \"@x.csv\"\n[fields]\nid = code #2\n");
    headless.folder.write("x.csv", "sep=,\n1,2\n");
    CHECK(headless.plan().files.front().data_begin == 6);
    headless.folder.write("x.csv", "sep=,");
    CHECK(headless.plan().files.front().data_begin == 5);
    Shop skipped("[input]\npreamble_lines = 1\nfiles = \"@x.csv\"\n[fields]\nid = code\n");
    skipped.folder.write("x.csv", "sep=;\nid,c\n3,4\n"); // the job says how many lines there are before
    CHECK(skipped.plan().files.front().lines_before == 2);
}

TEST_CASE("names are listed as far as they fit", "[plan]") {
    const std::string forty(40, 'x');
    const std::string long_one(200, 'y');
    struct Case {
        std::vector<std::string> names;
        std::string text;
    };
    const Case cases[] = {
        {{}, ""},
        {{"a", "b c"}, "'a', 'b c'"},
        {{forty, forty, forty, "z"}, "'" + forty + "', '" + forty + "' and 2 more"},
        {{long_one, "z"}, "'" + std::string(100, 'y') + "...' and 1 more"},
        {{"z", long_one}, "'z' and 1 more"},
    };
    for (const Case& c : cases) CHECK(app::shortened(c.names) == c.text);
}

TEST_CASE("chunks grow with the input, and with very many workers") {
    constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB, TiB = 1024 * GiB;
    struct Row {
        std::uint64_t bytes;
        int workers;
        std::uint64_t expected;
    };
    for (const auto& [bytes, workers, expected] : {
             Row{0, 1, MiB},
             Row{300 * MiB, 0, MiB}, // as one
             Row{300 * MiB, 2, MiB},
             Row{32 * GiB, 2, 4 * MiB},
             Row{TiB, 2, 8 * MiB},
             Row{TiB, 1'000, 8 * MiB},
             Row{10 * TiB, 4'096, 32 * MiB},
             Row{64 * GiB, 4'096, 8 * MiB}, // by the input's size: 16 chunks for each would be smaller
             Row{TiB, 4'096, 16 * MiB},     // 16 chunks for each of them
             Row{8 * GiB, 4'096, MiB},
         }) {
        INFO(bytes << " bytes, " << workers << " workers");
        CHECK(app::automatic_chunk_size(bytes, workers) == expected);
    }
}

// For studies: what grows with the workers, and what each of some processes gets alone.
TEST_CASE("copies of the inputs are numbered, and have outputs of their own", "[plan]") {
    Shop shop("[fields]\nid = code\n");
    shop.folder.write("c.csv", "id\n1\n");
    shop.request.inputs = {shop.folder / "a.csv", shop.folder / "c.csv"};
    shop.request.copies = 3;
    const app::Plan plan = shop.plan();
    std::vector<std::uint64_t> copies;
    std::vector<std::string> raw;
    for (const app::PlannedFile& file : plan.files) {
        copies.push_back(file.copy);
        raw.push_back(file.raw_name);
    }
    CHECK(copies == std::vector<std::uint64_t>{0, 0, 1, 1, 2, 2});
    CHECK(raw == std::vector<std::string>{"a.csv", "c.csv", "2-a.csv", "2-c.csv", "3-a.csv", "3-c.csv"});
    CHECK(app::Plan::unpack(plan.pack()).files[4].copy == 2);
}

TEST_CASE("shares of an input come one after the other, and begin with records", "[plan]") {
    std::string text = "id,note\n";
    for (int i = 0; i < 500; ++i) text += std::to_string(i) + (i % 7 == 0 ? ",\"two\nlines\"\n" : ",one\n");
    Shop shop("[fields]\nid = code\nnote = text\n");
    shop.folder.write("c.csv", text);
    shop.request.inputs = {shop.folder / "c.csv"};
    const app::PlannedFile whole = shop.plan().files.front();
    for (const int of : {1, 2, 3, 7}) {
        INFO(of << " shares");
        std::uint64_t end = whole.data_begin;
        for (int index = 0; index < of; ++index) {
            shop.request.share = {.index = index, .of = of};
            const app::PlannedFile file = shop.plan().files.front();
            CHECK(file.data_begin == end);
            CHECK(file.data_end > file.data_begin);
            CHECK(text[file.data_begin - 1] == '\n');
            CHECK(text.substr(file.data_begin, 6) != "lines\"");
            end = file.data_end;
        }
        CHECK(end == text.size());
    }
}
