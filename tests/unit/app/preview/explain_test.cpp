// `ordermill explain`: the text of a job that uses everything, and the job file that it prints.
#include "app/preview/explain.hpp"

#include "app/job/job_file.hpp"
#include "app/job/job_print.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <string>
#include <string_view>

using namespace ordermill;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr std::string_view job = R"(max_rejects = 5%
[input]
missing = "" NULL
delimiter = ;
blank = reject
[input.old]
files = old*.csv
header = no
names = Place, ID, Price, Till No
missing = NONE
[lookup.menu]
file = menu.csv
key = item
columns = price:decimal, since:date "Sold Since"
[split.place]
from = "Place"
pattern = (?P<city>[^,]+), (?P<state>[A-Z]{2})
else = flag
[fields]
id = code "Id" or "ID" | required | pattern [0-9]+
item = enum | optional | values lookup menu | else keep flag
price = decimal "Price" | scale 2 | hidden
city = text @city
total = decimal := price * 1.5
note = text #3
rest = * | names snake
[fields.old]
price = decimal "Price" | decimal_comma | scale 2 | hidden
[repair]
1 = price := menu.price(item) when exact
2 = price := 2 when missing
3 = price := 3 when exact when missing
[rules]
cheap = price < 100
local = city != "Rome" | flag
[drop.totals]
when = id = "0"
[duplicates.same]
key = id, city
keep = largest(price), last
missing_equal = no
[output]
clean = sold.csv
provenance = line as source_line
)";

constexpr std::string_view text = R"(Job everything (everything.cfg)

Input
  new.csv   51 B  5 columns  data from line 2 on
  old1.csv  18 B  4 columns  no header            [input.old]
  columns that no field uses, written unchanged in new.csv:
    Till No
  read with     delimiter ";", quote '"', utf-8; blank = reject
  missing is    an empty field, "NULL"
  [input.old]   delimiter ";", quote '"', utf-8; header = no; names = Place, ID, Price, "Till No"; blank = reject
    missing is  an empty field, "NONE"

What happens to each record, in this order
  1. found: blank records are rejected, repeated headers are left out
  2. split: columns into parts
  3. parsed: each field's text is trimmed, compared with the missing words, changed by its steps, and read as its type
  4. repaired: each repair below runs once, in order, if its field has no usable value
  5. settled: `default` fills missing values; then `required` and each field's limits are checked
  6. derived: fields with an expression are computed, each after the fields that it uses
  7. dropped: records for which a condition of a [drop] section holds are left out
  8. checked: the rules on one record
  9. duplicates removed, over all files
  10. written to sold.csv; a rejected record goes to rejects.csv, a row for each fault

Fields, in the output's order
  name   type              from                 on a fault  steps
  id     code              column "Id" or "ID"  reject      required | pattern [0-9]+
  item   enum              column "item"        keep flag   optional | values lookup menu
  price  decimal, scale 2  column "Price"       reject      scale 2 | hidden
  city   text              part @city           reject
  total  decimal, scale 3  := price * 1.5       reject
  note   text              column 3             reject
  and every column that no field uses, unchanged
  in the files of [input.old]:
    price = decimal "Price" | decimal_comma | scale 2 | hidden
  in new.csv:
    split place: column 3 "Place", id: column 1 "Id", item: column 4 "item",
    price: column 2 "Price", note: column 3 "Place"
  in old1.csv:
    split place: column 1 "Place", id: column 2 "ID", item: no column, price: column 3 "Price",
    note: column 3 "Price"

Splits
  place  column "Place"  else blank flag  (?P<city>[^,]+), (?P<state>[A-Z]{2})

Look-ups
  menu  menu.csv  item:text -> price:decimal, since:date  2 rows  64.5 KiB of memory on each rank

Repairs, for a field that has no usable value
  1  price := menu.price(item)  only if the result is exact
  2  price := 2                 only if it is missing
  3  price := 3                 only if it is missing and the result is exact

Drops: a record is left out, and counted under this name, when
  totals  id = "0"

Rules (a rule is not applied if a value that it uses is missing)
  cheap  else reject  price < 100
  local  else flag    city != "Rome"

Duplicates, in this order, among clean records
  same  same id, city  keep largest(price), last  missing values are never the same

Output
  sold.csv in out/everything, 8 columns:
    id, item, city, total, note, till_no, source_line, flags
  written with clean = sold.csv; provenance = line as source_line
  the exit code is 1 if more records are rejected than max_rejects = 5%
)";

struct Shop {
    test::TemporaryFolder folder;
    app::ExplainOptions options;

    explicit Shop(std::string_view job_text = job) {
        folder.write("everything.cfg", job_text);
        folder.write("new.csv", "Id;Price;Place;item;Till No\n1;2.50;Paris, FR;tea;7\n");
        folder.write("old1.csv", "Rome, IT;2;2,50;7\n");
        folder.write("menu.csv", "item,price,Sold Since\ntea,3,2020-01-01\nmilk,1,2021-01-01\n");
        options.request.job_path = folder / "everything.cfg";
        options.request.inputs = {folder / "new.csv", folder / "old1.csv"};
    }
    /// With the names of files as they are in the folder.
    std::string explained() const {
        io::PipeInput pipe(-1);
        std::string shown = app::explain_job(options, pipe);
        const std::string prefix = folder / "";
        for (std::size_t at = 0; (at = shown.find(prefix, at)) != std::string::npos;)
            shown.erase(at, prefix.size());
        return shown;
    }
};

} // namespace

TEST_CASE("a job with everything, its columns found in two kinds of files", "[explain]") {
    // Columns that the paths' lengths decide stand elsewhere here.
    const auto squeezed = [](std::string_view from) {
        std::string to;
        for (const char c : from) {
            if (c != ' ' || to.empty() || to.back() != ' ') to += c;
        }
        return to;
    };
    CHECK(squeezed(Shop().explained()) == squeezed(text));
}

TEST_CASE("without inputs the columns are those that are looked for", "[explain]") {
    Shop shop;
    shop.options.request.inputs.clear();
    const std::string shown = shop.explained();
    INFO(shown);
    CHECK(contains(shown, "  no files: "));
    CHECK(contains(
        shown,
        "  id     code              column \"Id\" or \"ID\"  reject      required | pattern [0-9]+\n"));
    CHECK(contains(shown, "    and every column that no field uses\n"));
}

TEST_CASE("one kind of file gives one column a field", "[explain]") {
    Shop shop;
    shop.options.request.inputs.pop_back();
    shop.options.request.overrides = {"fields.id=code #1"};
    const std::string shown = shop.explained();
    INFO(shown);
    CHECK(contains(shown, "  --set fields.id=code #1\n"));
    CHECK(contains(shown, "  id     code              column 1 \"Id\"     reject\n"));
    CHECK(contains(shown, "  note   text              column 3 \"Place\"  reject\n"));
}

TEST_CASE("columns that no field uses are listed", "[explain]") {
    Shop shop("[input]\ndelimiter = ;\n[fields]\nid = code \"Id\"\n");
    shop.options.request.inputs.pop_back();
    CHECK(contains(shop.explained(), "  columns that no field uses:\n    Price, Place, item, Till No\n"));
}

TEST_CASE("the printed job reads back to the same", "[explain]") {
    Shop shop;
    shop.options.as_job = true;
    shop.options.request.overrides = {"fields.id=code \"Nr\"", "input.delimiter=|"};
    const std::string printed = shop.explained();
    INFO(printed);
    const core::JobSpec spec = app::read_job(printed, "everything.cfg", {});
    CHECK(spec == app::read_job(job, "everything.cfg", shop.options.request.overrides));
    CHECK(app::print_job(spec) == printed);
}

TEST_CASE("a job's files are looked for beside it, those that --set names in the current folder",
          "[explain]") {
    Shop shop;
    shop.folder.write("dear.csv", "item,price,Sold Since\ntea,9,2020-01-01\n");
    const std::string here =
        std::filesystem::relative(shop.folder / "dear.csv", std::filesystem::current_path()).string();
    shop.options.request.overrides = {"lookup.menu.file=" + here};
    CHECK(contains(shop.explained(), "  1 row  "));
    shop.options.as_job = true; // printed so that it means the same wherever it is saved
    io::PipeInput pipe(-1);
    const core::JobSpec spec = app::read_job(app::explain_job(shop.options, pipe), "everything.cfg", {});
    CHECK(std::filesystem::path(spec.lookups[0].file).is_absolute());
    CHECK(std::filesystem::equivalent(spec.lookups[0].file, here));

    shop.options.as_job = false;
    shop.options.request.overrides = {"lookup.menu.file=menu.csv"}; // it is beside the job, not here
    CHECK_THROWS_AS(shop.explained(), app::JobFileError);
}

TEST_CASE("one name can't mean two files", "[explain]") {
    Shop shop;
    shop.options.request.overrides = {"lookup.other.file=menu.csv", "lookup.other.key=item"};
    try {
        shop.explained();
        FAIL("no error");
    } catch (const app::JobFileError& error) {
        CHECK(std::string(error.what()) ==
              "--set lookup.other.file: \"menu.csv\" names two files, one beside the job file "
              "and one in the current folder; "
              "write an absolute path for one of them");
    }
}

TEST_CASE("errors are those of clean", "[explain]") {
    CHECK_THROWS_AS(Shop("[fields]\nid = cod\n").explained(), app::JobFileError);
    CHECK_THROWS_AS(Shop("[fields]\nid = code \"Nr\"\n").explained(), app::JobFileError);
    Shop shop;
    shop.options.request.inputs = {shop.folder / "nothing.csv"};
    CHECK_THROWS_AS(shop.explained(), io::InputError);
}

TEST_CASE("files that the job names needn't be there", "[explain]") {
    Shop shop("[input]\nfiles = far/away/*.csv\n[fields]\nid = code \"Id\"\n");
    shop.options.request.inputs.clear();
    CHECK(contains(shop.explained(), "  no files: "));
}
