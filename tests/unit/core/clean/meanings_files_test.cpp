// The meanings of the job file, one by one, continued from meanings_test.cpp: 7, 8 and 10 to 14, what belongs
// to files, outputs and the job file itself. What takes a whole run is named beside each, with its golden
// case.
#include "app/plan/plan.hpp"
#include "io/input.hpp"
#include "support/catch.hpp"
#include "support/clean_text.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <map>
#include <string>

using namespace ordermill;
using test::clean_text;
using test::Cleaned;
using test::job_error;
using test::outcome;

namespace {

using Files = std::map<std::string, std::string>;

const std::string two_fields = "[fields]\na = text\nb = text\n";

std::uint64_t rows(const core::Accounts& accounts) {
    return accounts.records() + accounts.blank.records + accounts.repeated_header.records +
           accounts.comment.records + accounts.dropped.records;
}

} // namespace

TEST_CASE("7. look-ups have their own dialect, keys of several columns, several typed columns",
          "[meanings]") {
    const std::string job = R"([input]
delimiter = ;
missing = ?
[lookup.menu]
file = menu.csv
delimiter = |
quote = '
encoding = Latin-1
missing = "" -
key = item, size:integer "Größe"
columns = price:decimal, since:date "Seit", label
[fields]
item = text
size = integer
price = decimal := menu.price(item, size) | scale 2
year = integer := year(menu.since(item, size))
label = text := menu.label(item, size)
)";
    const Files files{{"menu.csv", "label|item|Gr\xF6\xDF"
                                   "e|price|Seit\n'K\xE4se|gro\xDF'|Tea|02|1.5|2011-03-01\n-|Tea|1|-|-\n"}};
    CHECK(outcome(job, "item;size\nTea;2\nTea;1\n", files) == "Tea,2,1.50,2011,Käse|groß\nTea,1,,,\n");
}

TEST_CASE("7. no match follows the field's on-fault; a repair just doesn't happen", "[meanings]") {
    const Files files{{"menu.csv", "item,price\nTea,1.5\n"}};
    const std::string lookup = "[lookup.menu]\nfile = menu.csv\nkey = item\ncolumns = price:decimal\n";
    struct Case {
        const char* on_fault;
        const char* outcome;
    };
    const Case cases[] = {
        {"", "!2 NOT_FOUND price\n"},
        {" | else blank", "Rum,\n"},
        {" | else blank flag", "Rum,,price:NOT_FOUND\n"},
        {" | else default 9", "Rum,9\n"},
        {" | else keep flag", "Rum,,price:NOT_FOUND\n"}, // there is no text to keep
    };
    for (const Case& c : cases) {
        INFO(c.on_fault);
        const std::string job =
            lookup + "[fields]\nitem = text\nprice = decimal := menu.price(item)" + c.on_fault + "\n";
        CHECK(outcome(job, "item\nRum\n", files) == c.outcome);
    }
    const std::string repair =
        lookup + "[fields]\nitem = text\nprice = decimal\n[repair]\n1 = price := menu.price(item)\n";
    CHECK(outcome(repair, "item,price\nRum,\nTea,\n", files) == "Rum,\nTea,1.5\n");
    const std::string values = lookup + "[fields]\nitem = enum | values lookup menu | else blank flag\n";
    CHECK(outcome(values, "item\nRum\nTea\n", files) == ",item:NOT_IN_LIST\nTea,\n");
}

TEST_CASE("7. a repeated key is a job error", "[meanings]") {
    const std::string job = "[lookup.m]\nfile = m.csv\nkey = k, l:integer\ncolumns = v\n" + two_fields;
    CHECK(job_error(job, {{"m.csv", "k,l,v\nx,1,a\ny,1,b\nx,01,a\n"}}) ==
          "test.cfg:1:1: look-up m: m.csv has the key \"x, 01\" twice, in lines 2 and 4");
    CHECK(job_error(job, {{"m.csv", "k,l,v\nx,1,a\ny,1,b\nx,2,a\n"}}).empty());
    // The same from a run: golden/refused-look-up-key-twice.
}

TEST_CASE("7. bytes of a look-up that mean nothing in its encoding are a job error", "[meanings]") {
    const std::string job =
        "[lookup.m]\nfile = m.csv\nencoding = Windows-1252\nkey = k\ncolumns = v\n" + two_fields;
    CHECK(job_error(job, {{"m.csv", "k,v\nx,\x80\n"}}).empty());
    CHECK(job_error(job, {{"m.csv", "k,v\nx,\x80\ny,\x81\n"}}) ==
          "test.cfg:1:1: look-up m: m.csv line 3: bytes that mean nothing in the file's encoding (read with "
          "delimiter \",\", encoding windows-1252)");
    CHECK(job_error(job, {{"m.csv", "k,v,\x81\n"}}) ==
          "test.cfg:1:1: look-up m: m.csv line 1: bytes that mean nothing in the file's encoding (read with "
          "delimiter \",\", encoding windows-1252)");
}

TEST_CASE("7. a look-up's header is found as a file's is", "[meanings]") {
    const std::string job = "[lookup.m]\nfile = m.csv\ncomment = \"#\"\nkey = k\ncolumns = v\n"
                            "[fields]\na = text := m.v(b)\nb = text\n";
    CHECK(outcome(job, "b\nx\n", {{"m.csv", "# prices\n\n k , v \n# one\nx,y\n"}}) == "y,x\n");
    CHECK(job_error(job, {{"m.csv", "k,v,k\nx,y,z\n"}}) ==
          "test.cfg:1:1: look-up m: m.csv has the column \"k\" twice");
    CHECK(job_error(job, {{"m.csv", "k,\"v\"x\n"}}) ==
          "test.cfg:1:1: look-up m: m.csv line 1: something follows a closing quote (read with delimiter "
          "\",\", encoding utf-8)");
    CHECK(job_error(job, {{"m.csv", "# nothing\n\n"}}) == "test.cfg:1:1: look-up m: m.csv is empty");
    CHECK(job_error(job, {{"m.csv", ""}}) == "test.cfg:1:1: look-up m: m.csv is empty");
}

TEST_CASE("7. look-ups are read once, by rank 0: the plan that is broadcast holds them", "[meanings]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg",
                 "[lookup.menu]\nfile = menu.csv\nkey = item\ncolumns = price:decimal\n"
                 "[fields]\nitem = enum | values lookup menu\nprice = decimal := menu.price(item)\n");
    folder.write("menu.csv", "item,price\nTea,1.5\n");
    folder.write("sold.csv", "item\nTea\n");
    app::PlanRequest request;
    request.job_path = folder / "job.cfg";
    request.inputs = {folder / "sold.csv"};
    io::PipeInput pipe(-1);
    const std::string packed = app::make_plan(request, pipe).pack();
    std::filesystem::remove(folder / "menu.csv");
    std::filesystem::remove(folder / "job.cfg");
    CHECK_NOTHROW(app::compile_plan(app::Plan::unpack(packed)));
    // At several ranks: golden/repairs-and-look-ups. Their memory: lookup_test (its bound), explain_test
    // (where it is said).
}

TEST_CASE("8. what is dropped is counted by name and neither clean nor rejected", "[meanings]") {
    const std::string job = "[fields]\na = code | required\nb = integer | required\n"
                            "[drop.sums]\nwhen = a = \"SUM\"\n[drop.old]\nwhen = b < 2000\n";
    const Cleaned cleaned = clean_text(job, "a,b\n1,2001\nSUM,x\n2,1999\nSUM,1\n3,\n");
    CHECK(cleaned.clean == "a,b\n1,2001\n");
    CHECK(cleaned.accounts.dropped.records == 3);
    CHECK(cleaned.accounts.rejected.records == 1);
    CHECK(cleaned.tally[cleaned.shape.dropped(0)] == 2); // the first section that says so
    CHECK(cleaned.tally[cleaned.shape.dropped(1)] == 1);
    // A missing operand does not drop.
    CHECK(outcome("[fields]\na = code\nb = integer\n[drop.old]\nwhen = b < 2000\n", "a,b\n1,\n") == "1,\n");
    // Footers: golden/backslash-preamble-footer, golden/pipe-with-footer.
}

TEST_CASE("8. rows = repeated headers + blank + comments + dropped + records; records = clean + rejected",
          "[meanings]") {
    const std::string csv = "a,b\n1,x\n\n# note\na,b\nSUM,\n,\n2\n a ,b\n3,\"y\nz\"\nSUM,x\n4,5,6\n";
    const Cleaned cleaned =
        clean_text("[input]\ncomment = \"#\"\n" + two_fields + "[drop.s]\nwhen = a = \"SUM\"\n", csv);
    const core::Accounts& accounts = cleaned.accounts;
    CHECK(accounts.clean.records == 2);
    CHECK(accounts.rejected.records == 2);
    CHECK(accounts.blank.records == 2);
    CHECK(accounts.repeated_header.records == 2);
    CHECK(accounts.comment.records == 1);
    CHECK(accounts.dropped.records == 2);
    CHECK(accounts.records() == 4);
    CHECK(rows(accounts) == 11);
    CHECK(accounts.bytes() == csv.size() - std::string("a,b\n").size());
    // Of whole runs: every golden case's result.json; a run whose bytes don't add up fails (chunking_test).
}

TEST_CASE("8. a record is blank when every field is empty after trimming", "[meanings]") {
    struct Case {
        const char* record;
        bool blank;
    };
    const Case cases[] = {
        {"", true},        {",", true},      {" ,\t", true},       {"\"\",\"\"", true},
        {"\" \", ", true}, {"   ", true},    {"\xC2\xA0,", true},  {"\"\n\",", true},
        {"0,", false},     {"NA,NA", false}, {"\"\"\"\",", false}, {".,", false},
    };
    for (const Case& c : cases) {
        INFO(c.record);
        const Cleaned cleaned = clean_text("[input]\nmissing = NA\n" + two_fields,
                                           std::string("a,b\n1,2\n") + c.record + "\n3,4\n");
        CHECK((cleaned.accounts.blank.records == 1) == c.blank);
        CHECK(cleaned.accounts.rejected.records == 0);
        CHECK(cleaned.accounts.clean.records == (c.blank ? 2 : 3));
    }
}

// 10. Sections in the listed order over clean records; criteria; missing_equal; what `all` means:
// golden/duplicates-in-order, and against plain loops in duplicates_test and chunking_test.

TEST_CASE("11. hidden fields, rest, delimiter, missing text, provenance columns", "[meanings]") {
    struct Case {
        const char* job;
        const char* clean;
    };
    const Case cases[] = {
        {"[fields]\nb = integer\na = text | hidden\n", "b\n1\n\"\"\n"},
        {"[fields]\nb = integer\nrest = *\n", "b,a,c d\n1,x;y,Z \n,z,\n"},
        {"[fields]\nb = integer\nrest = * | names snake\n", "b,a,c_d\n1,x;y,Z \n,z,\n"},
        {"[output]\ndelimiter = ;\nmissing = NULL\n[fields]\na = text\nb = integer\n",
         "a;b\n\"x;y\";1\nz;NULL\n"},
        {"[output]\nprovenance = file, line\n[fields]\na = text\n",
         "a,file,line\nx;y,test.csv,2\nz,test.csv,3\n"},
        {"[output]\nprovenance = line\n[fields]\na = text\n", "a,line\nx;y,2\nz,3\n"},
        {"[output]\nquoting = all\nprovenance = file, line\nflags = always\nmissing = -\n"
         "[fields]\na = text\nb = integer\nd = date := \"2024-01-31\"\nok = boolean := true\n",
         "\"a\",\"b\",\"d\",\"ok\",\"file\",\"line\",\"flags\"\n"
         "\"x;y\",\"1\",\"2024-01-31\",\"true\",\"test.csv\",\"2\",\"\"\n"
         "\"z\",\"-\",\"2024-01-31\",\"true\",\"test.csv\",\"3\",\"\"\n"},
        {"[output]\nquoting = all\n[fields]\nb = integer\nrest = *\n",
         "\"b\",\"a\",\"c d\"\n\"1\",\"x;y\",\"Z \"\n\"\",\"z\",\"\"\n"},
    };
    for (const Case& c : cases) {
        INFO(c.job);
        CHECK(clean_text(c.job, "a,b,c d\nx;y,1,Z \nz,,\n").clean == c.clean);
    }
    // File names and the other outputs: golden/output-dialect; `rest` in the first file's order:
    // golden/rest-and-provenance.
}

TEST_CASE("11. flags is a list of name:REASON joined by ;", "[meanings]") {
    const std::string job = "[split.s]\nfrom = b\npattern = (?P<p>x)\nelse = flag\n"
                            "[fields]\na = integer | else keep flag\np = text @p | required | else flag\n"
                            "[rules]\nr = missing(a) implies 1 = 2 | flag\n";
    CHECK(outcome(job, "a,b\n1,x\nq,y\n") ==
          "1,x,\nq,,s:SPLIT_MISMATCH;a:NOT_AN_INTEGER;p:REQUIRED;r:RULE_BROKEN\n");
}

TEST_CASE("11. raw_record: bytes that aren't UTF-8, and NUL, as \\xNN, a backslash doubled", "[meanings]") {
    const std::string csv("a,b\n\0\\,\xC3\xA9\xFF\n", 11);
    const Cleaned cleaned = clean_text(two_fields, csv);
    REQUIRE(test::reject_rows(cleaned.rejects).size() == 1);
    CHECK(test::reject_rows(cleaned.rejects)[0][7] == "\\x00\\\\,\xC3\xA9\\xFF");
    CHECK(cleaned.raw == csv.substr(4)); // and rejects-raw has them byte for byte
    // rejects-raw/FILE with the original header, ready to be run again: golden/broken-bytes,
    // end_to_end.command_line.
}

TEST_CASE("11. rejected records and faults are counted separately", "[meanings]") {
    const Cleaned cleaned = clean_text("[fields]\na = integer\nb = integer\n", "a,b\nx,y\n1,z\n1,2\n");
    CHECK(cleaned.accounts.rejected.records == 2);
    CHECK(test::reject_rows(cleaned.rejects).size() == 3);
    CHECK(cleaned.tally[cleaned.shape.fault(0, core::Reason::not_an_integer)] == 1);
    CHECK(cleaned.tally[cleaned.shape.fault(1, core::Reason::not_an_integer)] == 2);
}

TEST_CASE("12. headers: trimmed, any case by choice, alternatives, positions, equal names", "[meanings]") {
    struct Case {
        const char* sentence;
        const char* job;
        const char* header;
        const char* result; ///< the clean rows for the record 1,2,3, or a part of the error
    };
    const Case cases[] = {
        {"names match after trimming", "[fields]\nx = code \"Order ID\"\n", " Order ID ,b,c", "1\n"},
        {"case matters", "[fields]\nx = code \"order id\"\n", "Order ID,b,c",
         "there is no column \"order id\""},
        {"unless it doesn't", "[input]\nheader_any_case = yes\n[fields]\nx = code \"order id\"\n",
         "Order ID,b,c", "1\n"},
        {"the first alternative that the file has", "[fields]\nx = code \"id\" or \"order\" or \"no\"\n",
         "no,order,c", "2\n"},
        {"none of them", "[fields]\nx = code \"id\" or \"nr\"\n", "a,b,c",
         "there is no column \"id\" or \"nr\""},
        {"two equal names are an error", "[fields]\nx = code \"a\"\n", "a,b,a",
         "the header has the column \"a\" twice (columns 1 and 3)"},
        {"equal but for white space", "[fields]\nx = code \"a\"\n", "a,b, a",
         "the header has the column \"a\" twice (columns 1 and 3)"},
        {"equal but for case", "[input]\nheader_any_case = yes\n[fields]\nx = code \"a\"\n", "a,b,A",
         "the header has the column \"a\" twice"},
        {"unless addressed by position", "[fields]\nx = code #3\n", "a,b,a", "3\n"},
        {"or asked for by nothing", "[fields]\nx = code \"b\"\n", "a,b,a", "2\n"},
        {"a position that isn't there", "[fields]\nx = code #4\n", "a,b,a",
         "there is no column #4: the file has 3"},
        {"optional", "[fields]\nx = code \"id\" | optional\ny = code \"a\"\n", "a,b,c", ",1\n"},
    };
    for (const Case& c : cases) {
        INFO(c.sentence);
        std::string result;
        try {
            result = outcome(c.job, std::string(c.header) + "\n1,2,3\n");
            CHECK(result == c.result);
        } catch (const app::JobFileError& error) {
            INFO(error.what());
            CHECK(std::string(error.what()).find(c.result) != std::string::npos);
        }
    }
}

TEST_CASE("13. quotes, and rows of a wrong number of fields", "[meanings]") {
    const std::string job = "[input]\nquotes = ";
    struct Case {
        const char* sentence;
        const char* record;
        const char* strict;
        const char* lenient;
    };
    const Case cases[] = {
        {"a quote inside an unquoted field is data", "5\" nail,b", "\"5\"\" nail\",b\n",
         "\"5\"\" nail\",b\n"},
        {"also at its end", "a\",b", "\"a\"\"\",b\n", "\"a\"\"\",b\n"},
        {"also behind a space", "x \"a\",b", "\"x \"\"a\"\"\",b\n", "\"x \"\"a\"\"\",b\n"},
        {"what follows a closing quote is data, and a fault unless lenient", "\"a\"x,b", "!2 STRAY_QUOTE\n",
         "ax,b\n"},
        {"a space, too", "\"x\" ,b", "!2 STRAY_QUOTE\n", "x,b\n"},
        {"a doubled quote is a quote", "\"a\"\"x\",b", "\"a\"\"x\",b\n", "\"a\"\"x\",b\n"},
        {"too few fields", "a", "!2 MISSING_COLUMNS\n", "!2 MISSING_COLUMNS\n"},
        {"too many", "a,b,c", "!2 TOO_MANY_COLUMNS\n", "!2 TOO_MANY_COLUMNS\n"},
        {"no other separator is guessed", "a;b", "!2 MISSING_COLUMNS\n", "!2 MISSING_COLUMNS\n"},
        {"too many, though the last is empty", "a,b,", "!2 TOO_MANY_COLUMNS\n", "!2 TOO_MANY_COLUMNS\n"},
    };
    for (const Case& c : cases) {
        INFO(c.sentence);
        const std::string csv = std::string("a,b\n") + c.record + "\n";
        CHECK(outcome(job + "strict\n" + two_fields, csv) == c.strict);
        CHECK(outcome(job + "lenient\n" + two_fields, csv) == c.lenient);
    }
    // All of Pollock's files: end_to_end.real_data.
}

TEST_CASE("14. quoted values keep #, | and the spaces at their ends", "[meanings]") {
    CHECK(outcome("[fields]\na = text | default \" #1 | x \" # not this\nb = text \"b\"\n", "a,b\n,1\n") ==
          " #1 | x ,1\n");
    CHECK(outcome("[fields]\na = text | default a#1\nb = text\n", "a,b\n,1\n") == "a#1,1\n");
    CHECK(outcome("[output]\nmissing = \" # \"\n" + two_fields, "a,b\n,1\n") == " # ,1\n");
    CHECK(outcome("[fields]\na = text := concat('#', \" | \", b) # not this\nb = text\n", "a,b\n,1\n") ==
          "# | 1,1\n");
}

TEST_CASE("14. every error has file, line and column", "[meanings]") {
    struct Case {
        const char* job;
        const char* place;
    };
    const Case cases[] = {
        {"[fields]\na = txt\n", "test.cfg:2:5: "},
        {"[fields]\na = text | requird\n", "test.cfg:2:12: "},
        {"[fields\n", "test.cfg:1:"},
        {"[input]\n  delimitr = ;\n[fields]\na = text\n", "test.cfg:2:3: "},
        {"[input]\ndelimiter = ;;\n[fields]\na = text\n", "test.cfg:2:13: "},
        {"[fields]\na = text\n[fields]\nb = text\n", "test.cfg:3:"},
        {"[fields]\na = text\na = text\n", "test.cfg:3:1: "},
        {"[fields]\na = integer\nd = integer := a + nothing\n", "test.cfg:3:20: "},
        {"[fields]\na = integer\nd = integer := a + \"x\"\n", "test.cfg:3:"},
        {"[fields]\na = integer\n[rules]\nr = a +\n", "test.cfg:4:"},
        {"[fields]\na = code | pattern (\n", "test.cfg:2:20: "},
        {"[fields]\na = text | replace \"\\C\" x\n", "test.cfg:2:21: "}, // a byte is no character
        {"[fields]\na = text @p\n[split.s]\nfrom = a\npattern = (?P<p>\\C).*\n", "test.cfg:5:11: "},
        {"[fields]\na = text := replace(b, \"\\C$\", \"\")\nb = text\n", "test.cfg:2:25: "},
        {"[fields]\na = integer | min x\n", "test.cfg:2:19: "},
        {"[fields]\na = integer | default x\n", "test.cfg:2:23: "},
        {"[fields]\na = date | format \"%Q\"\n", "test.cfg:2:"},
        {"[fields]\na = enum | values lookup menu\n", "test.cfg:2:"},
        {"[fields]\nc = text\n", "test.cfg:2:1: "}, // the file has no such column
        {"[fields]\na = text @p\n", "test.cfg:2:"},
        {"[fields]\na = text\n[split.s]\nfrom = z\npattern = (?P<p>.)\n", "test.cfg:3:"},
        {"[fields]\na = text\n[split.s]\nfrom = a\npattern = (?P<p>\n", "test.cfg:5:11: "},
        {"[fields]\na = text\n[repair]\n1 = b := a\n", "test.cfg:4:5: "},
        {"[fields]\na = text\n[duplicates.d]\nkey = b\n", "test.cfg:4:7: "},
    };
    for (const Case& c : cases) {
        const std::string error = job_error(c.job);
        INFO(c.job << error);
        CHECK(error.starts_with(c.place));
        CHECK(error.size() > std::string(c.place).size() + 10);
    }
}
