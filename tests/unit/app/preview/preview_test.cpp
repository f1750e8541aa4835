// `ordermill try`: what it shows of a small file, to the byte, and where it stops.
#include "app/preview/preview_text.hpp"

#include "app/job/job_file.hpp"
#include "app/preview/preview.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

using namespace ordermill;

namespace {

constexpr std::string_view shop_job = R"([input]
missing = "" ERROR
comment = "#"
[lookup.menu]
file = menu.csv
key = item
columns = price:decimal
[split.place]
from = "Place"
pattern = (?P<city>[^,]+), (?P<state>[A-Z]{2})
else = flag
[fields]
id = code "Id" | required
item = text "Item" | collapse
quantity = integer "Qty" | required | min 1
price = decimal "Price" | required | scale 2 | round
customer = email "Customer" | lower | else blank flag
phone = phone "Phone" | else keep
vip = boolean "Vip" | default no | hidden
city = text @city
total = decimal := quantity * price
share = decimal := 1 / (quantity - 4) | scale 2 | else blank
[repair]
1 = price := menu.price(item)
[rules]
cheap = total < 100
local = city != "Rome" | flag
[drop.totals]
when = id = "TOTAL"
)";

constexpr std::string_view shop_data = "Id,Item,Qty,Price,Customer,Phone,Vip,Place,Spare\n"
                                       "1,tea,2,4.50,Ann@Example.com,5551234567,yes,\"Paris, FR\",x\n"
                                       "2,green  tea,4,ERROR,carl(at)example.com,ask Bob,,somewhere,x\n"
                                       "# a note\n"
                                       "\n"
                                       "3,tea,,1.005,,,,\"Rome, IT\",x\n"
                                       "TOTAL,,9,99.00,,,,,\n"
                                       "4,tea,50,4.50,,,,,x\n"
                                       "5,tea\n"
                                       "6,te\xC3\xA9,1,1.005,,,no,\"Rome, IT\",\"two\nlines\"\n";

constexpr std::string_view shop_shown = R"(The first records, before -> after
  ~ the same value in another form   + filled, computed or rounded   ! faulty, but not rejected
  = derived, or part of a split

line 2: clean
    id:        '1'
    item:      'tea'
    quantity:  '2'
    price:     '4.50'
  ~ customer:  'Ann@Example.com' -> 'ann@example.com'
    phone:     '5551234567'
  ~ vip:       'yes' -> 'true'
  = city:      'Paris'
  = total:     '9.00'
  = share:     '-0.50'

line 3: clean
    id:        '2'
  ~ item:      'green  tea' -> 'green tea'
    quantity:  '4'
  + price:     'ERROR' -> '3.00'            repair 1, filled
  ! customer:  'carl(at)example.com' -> ''  NOT_AN_EMAIL, blanked, flagged
  ! phone:     'ask Bob'                    NOT_A_PHONE, kept
  + vip:       '' -> 'false'                missing, set to default
  = city:      ''
  = total:     '12.00'
  ! share:     ''                           DIVIDED_BY_ZERO, blanked
  ! split place: SPLIT_MISMATCH, blanked, flagged
    rule local: an operand is missing, not applied

line 4: a comment, left out

line 5: blank, left out

line 6: rejected
    REQUIRED  quantity: a value is required
    record    '3,tea,,1.005,,,,"Rome, IT",x'

line 7: dropped by totals
    record  'TOTAL,,9,99.00,,,,,'

Each fault, with its first example
  MISSING_COLUMNS  record          rejected          1  line 9   '5,tea'
  SPLIT_MISMATCH   split place     blanked, flagged  1  line 3   'somewhere'
  REQUIRED         field quantity  rejected          1  line 6   ''
  NOT_AN_EMAIL     field customer  blanked, flagged  1  line 3   'carl(at)example.com'
  NOT_A_PHONE      field phone     kept              1  line 3   'ask Bob'
  DIVIDED_BY_ZERO  field share     blanked           1  line 3   quantity = '4'
  RULE_BROKEN      rule cheap      rejected          1  line 8   total = '225.00'
  RULE_BROKEN      rule local      flagged           1  line 10  city = 'Rome'

Every other change, with its first example
  repair 1               field price  filled          1  line 3   'ERROR'
  too many digits        field price  rounded         1  line 10  '1.005'
  missing                field vip    set to default  1  line 3   ''
  drop totals            record       dropped         1  line 7   'TOTAL,,9,99.00,,,,,'
  an operand is missing  rule local   not applied     1  line 3   city = ''

The whole input was read, 248 B
  records               6
    clean               3
    rejected            3
  dropped               1
  blank lines left out  1
  comments left out     1
)";

struct Shop {
    test::TemporaryFolder folder;
    app::PreviewOptions options;

    explicit Shop(std::string_view data = shop_data, std::string_view job = shop_job) {
        folder.write("shop.cfg", job);
        folder.write("shop.csv", data);
        folder.write("menu.csv", "item,price\ngreen tea,3\n");
        options.request.job_path = folder / "shop.cfg";
        options.request.inputs = {folder / "shop.csv"};
    }
    std::string shown() const {
        io::PipeInput pipe(-1);
        return app::preview_job(options, pipe);
    }
};

/// As a pipe: the file is standard input.
std::string shown_from_pipe(const Shop& shop) {
    const int descriptor = ::open((shop.folder / "shop.csv").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    io::PipeInput pipe(descriptor);
    app::PreviewOptions options = shop.options;
    options.request.inputs = {"-"};
    const std::string shown = app::preview_job(options, pipe);
    ::close(descriptor);
    return shown;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr std::string_view plain_job = "[fields]\nx = integer\ny = text\n";

} // namespace

TEST_CASE("a small file is shown to the byte", "[try]") {
    Shop shop;
    shop.options.records = 4;
    CHECK(shop.shown() == shop_shown);
    CHECK(shown_from_pipe(shop) == shop_shown);
}

TEST_CASE("examples are found behind what is shown, wherever slices end", "[try]") {
    std::string data = "x,y\n";
    while (data.size() < 700'000) data += "1,\"a\nb\"\n";
    const auto line = std::count(data.begin(), data.end(), '\n') + 1;
    data += "one,late\n";
    for (int i = 0; i < 1000; ++i) data += "two,later\n";
    const Shop shop(data, plain_job);
    const std::string shown = shop.shown();
    CHECK(contains(shown, fmt::format("rejected  1,001  line {}  'one'\n", line)));
    CHECK(contains(shown, "The whole input was read"));
}

TEST_CASE("no more is looked at than allowed, and that is said", "[try]") {
    std::string data = "x,y\n";
    for (int i = 0; i < 100'000; ++i) data += "1,ab\n";
    data += "one,unseen\n";
    Shop shop(data, plain_job);
    shop.options.records = 1;
    shop.options.bytes = 50'000;
    for (const std::string& shown : {shop.shown(), shown_from_pipe(shop)}) {
        INFO(shown);
        CHECK(contains(shown, "\nNo faults\n"));
        CHECK(contains(shown, "Only the first 48.8 KiB"));
        CHECK(contains(shown, "records     10,000\n"));
        CHECK(contains(shown, "line 2: clean"));
        CHECK_FALSE(contains(shown, "line 3: clean"));
    }
}

TEST_CASE("a record larger than the look-ahead, and footer lines", "[try]") {
    const std::string large(200'000, 'x');
    const std::string data = "x,y\n1," + large + "\ntwo,b\nTotal 3\nPage 1\n";
    Shop shop(data, "[input]\nfooter_lines = 2\n" + std::string(plain_job));
    for (const std::string& shown : {shop.shown(), shown_from_pipe(shop)}) {
        INFO(shown);
        CHECK(contains(shown, "records     2\n"));
        CHECK(contains(shown, "NOT_AN_INTEGER  field x  rejected  1  line 3  'two'\n"));
    }
}

TEST_CASE("several files, each with its own section", "[try]") {
    Shop shop("x,y\n1.5,a\n", "[fields]\nx = decimal | scale 1\ny = text\n[input.comma]\nfiles = comma*.csv\n"
                              "delimiter = ;\n[fields.comma]\nx = decimal | decimal_comma | scale 1\n");
    shop.folder.write("comma.csv", "x;y\n2,5;b\n3.5;c\n");
    shop.options.request.inputs.push_back(shop.folder / "comma.csv");
    const std::string shown = shop.shown();
    INFO(shown);
    CHECK(contains(shown, "shop.csv:2: clean\n    x:  '1.5'\n"));
    CHECK(contains(shown, "comma.csv:2: clean\n  ~ x:  '2,5' -> '2.5'\n"));
    CHECK(contains(shown, "comma.csv:3: rejected\n    NOT_A_NUMBER  x: \"3.5\": "));
}

TEST_CASE("other encodings and carried columns", "[try]") {
    Shop shop("x,Name\n1,K\x84se\n",
              "[input]\nencoding = cp437\n[fields]\nname = text \"Name\" | upper\nrest = *\n");
    CHECK(contains(shop.shown(), "  ~ name:  'K\xC3\xA4se' -> 'K\xC3\x84SE'\n"));
}

TEST_CASE("errors are those of clean", "[try]") {
    Shop shop;
    shop.options.request.overrides = {"fields.id=code \"Nr\""};
    CHECK_THROWS_AS(shop.shown(), app::JobFileError);
    Shop empty;
    empty.options.request.inputs = {empty.folder / "nothing.csv"};
    CHECK_THROWS_AS(empty.shown(), io::InputError);
}
