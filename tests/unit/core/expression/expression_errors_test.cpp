#include "support/catch.hpp"
#include "support/expressions.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace ordermill::testing::expressions;

TEST_CASE("expression: what can't be meant is said at its place", "[expression]") {
    struct Wrong {
        const char* source;
        std::uint32_t column; ///< from 1
        const char* part;     ///< of the sentence
        Target target = {};
    };
    const Target number_wanted{.kind = Kind::number};
    const std::vector<Wrong> rows = {
        // characters
        {"quantity == 1", 10, "use ="},
        {"quantity <> 1", 10, "use !="},
        {"paid && paid", 6, "use and"},
        {"paid || paid", 6, "use or"},
        {"!paid", 1, "use not"},
        {"quantity % 2", 10, "unexpected \"%\""},
        {"item = \"Coffee", 8, "no closing \""},
        {"item = 'Coffee\"", 8, "no closing '"},
        {"1. + 2", 2, "a digit must follow"},
        {".5 + 2", 1, "a number begins with a digit"},
        {"2quantity", 1, "\"2quantity\" is neither"},
        {"quantity \u00d7 2", 10, "unexpected \"\u00d7\""},
        {"0.1234567890", 1, "more than 9 digits"},
        {"9223372036854775808", 1, "the number 9223372036854775808 is too large"},
        // grammar
        {"", 1, "found the end of the expression"},
        {"   ", 4, "found the end of the expression"},
        {"quantity +", 11, "found the end of the expression"},
        {"(quantity", 10, "expected \")\""},
        {"quantity)", 9, "unexpected \")\""},
        {"quantity price", 10, "expected an operator, found \"price\""},
        {"paid AND paid", 6, "did you mean \"and\""},
        {"paid implis paid", 6, "did you mean \"implies\""},
        {"1 < quantity < 3", 14, "can't be chained"},
        {"quantity in 1", 13, "expected \"(\""},
        {"quantity in ()", 10, "is empty"},
        {"quantity not in (1)", 10, "not x in"},
        {"and paid", 1, "expected a value, found \"and\""},
        {"abs(quantity", 13, "or \",\" in abs(...)"},
        {"round(price,)", 13, "expected a value, found \")\""},
        {"menu.", 6, "expected a column"},
        {"menu.price", 11, "expected \"(\""},
        // names
        {"quantty * 2", 1, "there is no field \"quantty\"; did you mean \"quantity\"?"},
        {"1 + Quantity", 5, "did you mean \"quantity\"?"},
        {"TRUE", 1, "did you mean \"true\"?"},
        {"rond(price)", 1, "there is no function \"rond\"; did you mean \"round\"?"},
        {"1 + Round(price)", 5, "did you mean \"round\"?"},
        {"meny.price(item)", 1, "there is no look-up \"meny\"; did you mean \"menu\"?"},
        {"1 + menu.prise(item)", 10, "has no column \"prise\"; did you mean \"price\"?"},
        {"menu.price(item, item)", 1, "1 column, not 2"},
        {"round(price, 1, 2)", 1, "round takes 1 or 2 arguments, not 3"},
        {"abs()", 1, "abs takes 1 argument, not 0"},
        {"if(paid, 1)", 1, "if takes 3 arguments, not 2"},
        {"concat()", 1, "concat takes 1 to "},
        // kinds
        {"quantity = \"5\"", 12, "use number(\"5\") or text(quantity)"},
        {"digits < 5", 10, "use number(digits) or text(5)"},
        {"quantity in (1, \"2\")", 17, "use number(\"2\")"},
        {"item in (\"a\", 2)", 15, "use number(item) or text(2)"},
        {"item + invoice", 6, "concat"},
        {"quantity + digits", 12, "use number(digits)"},
        {"quantity * (paid)", 12, "true or false"},
        {"-item", 2, "- takes numbers, but item is a text; use number(item)"},
        {"ordered - ordered", 1, "days_between"},
        {"ordered + 30", 1, "+ takes numbers, but ordered is a date"},
        {"ordered = item", 11, "use text(ordered)"},
        {"ordered = 5", 11, "ordered is a date and 5 is a number"},
        {"paid < cancelled", 6, "no order"},
        {"paid = 1", 8, "must be of one kind"},
        {"quantity and paid", 1, "and takes conditions, but quantity is a number"},
        {"paid implies item", 14, "implies takes conditions"},
        {"not quantity", 5, "not takes conditions"},
        {"if(quantity, 1, 2)", 4, "the condition of if"},
        {"if(paid, 1, \"2\")", 13, "the values of if"},
        {"coalesce(1, 2, item)", 16, "the values of coalesce"},
        {"upper(quantity)", 7, "use text(quantity)"},
        {"concat(item, quantity)", 14, "concat takes texts, but quantity is a number; use text(quantity)"},
        {"number(quantity)", 8, "number takes texts"},
        {"year(quantity)", 6, "year takes dates"},
        {"format_date(item, '%Y')", 13, "format_date takes dates"},
        {"format_date(ordered, item)", 22, "format_date takes a text in quotes here"},
        {"format_date(ordered)", 1, "format_date takes 2 arguments, not 1"},
        {"format_date(ordered, '%Y %q')", 23, "date format \"%Y %q\": unknown directive %q"},
        {"format_date(ordered, '%H')", 23, "%H is a part of the time of day, which a date doesn't have"},
        {"round(price, quantity)", 14, "from 0 to 9"},
        {"round(price, 10)", 14, "from 0 to 9"},
        {"round(price, -1)", 14, "from 0 to 9"},
        {"round(price, 1.5)", 14, "from 0 to 9"},
        {"substring(item, price)", 17, "use round(price)"},
        {"substring(item, 1 / 2)", 17, "use round(1 / 2)"},
        {"item matches invoice", 14, "text in quotes"},
        {"quantity matches \"1\"", 1, "use text(quantity)"},
        {"replace(item, invoice, \"\")", 15, "text in quotes"},
        {"menu.price(quantity)", 12, "use text(quantity)"},
        {"rates.factor(2.5, ordered_at)", 19, "use date(ordered_at)"},
        // texts that must be something else
        {"ordered >= \"2011-02-30\"", 12, "is not a date"},
        {"ordered >= \"02/28/2011\"", 12, "YYYY-MM-DD"},
        {"ordered = \"\"", 11, "is not a date"},
        {"ordered_at = \"2011-02-28T24:00\"", 14, "is not a date"},
        {"ordered_at = \"2011-02-28T09:30x\"", 14, "is not a date"},
        {"ordered_at = \"2011-02-28T09:30:00Z\"", 14, "has a time zone"},
        {"year(\"2011\")", 6, "is not a date"},
        {"item matches \"(\"", 15, ""},
        {"replace(item, \"[\", \"\")", 16, "bad regular expression"},
        {"replace(item, \"a\", \"\\1\")", 21, "bad replacement"},
        // what is wanted
        {"item", 1, "expected a number here, but this is a text; use number(item)", number_wanted},
        {"quantity + 1", 1, "expected true or false here", {.kind = Kind::boolean}},
        {"price", 1, "use text(price)", {.kind = Kind::text}},
        {"ordered_at", 1, "use date(ordered_at)", {.kind = Kind::date}},
        {"\"2011-02-30\"", 1, "is not a date", {.kind = Kind::date}},
    };
    const Record record;
    for (const Wrong& row : rows) {
        INFO(row.source);
        try {
            Expression::compile(row.source, {7, 101}, record.scope, row.target);
            FAIL_CHECK("no error");
        } catch (const JobError& error) {
            INFO(error.what());
            CHECK(error.place.line == 7);
            CHECK(error.place.column == 100 + row.column);
            CHECK(std::string(error.what()).find(row.part) != std::string::npos);
        }
    }
}

TEST_CASE("expression: depth is bounded, length is not", "[expression]") {
    const Record record;
    const auto repeated = [](const std::string& part, int count) {
        std::string all;
        for (int i = 0; i < count; ++i) all += part;
        return all;
    };
    CHECK(record.result("quantity" + repeated(" + 1", 400)) == "406");
    CHECK(record.result(repeated("(", 90) + "1" + repeated(")", 90)) == "1");
    CHECK(record.result(repeated("(1 + ", 60) + "1" + repeated(")", 60)) == "61");
    CHECK(record.result("quantity in (1" + repeated(", 2", 1000) + ", 6)") == "true");
    CHECK(record.result("item in (\"a\"" + repeated(", \"b\"", 1000) + ", \"Coffee\")") == "true");
    CHECK(record.result(repeated("if(cancelled, 1, ", 95) + "2" + repeated(")", 95)) == "2");
    for (const std::string& source :
         {repeated("(", 100'000), repeated("not ", 100'000) + "paid", repeated("- ", 100'000) + "1",
          "1" + repeated(" + 1", 100'000), repeated("paid implies ", 100'000) + "paid",
          repeated("(1 + ", 80) + "1" + repeated(")", 80), repeated("abs(", 100'000)}) {
        CHECK_THROWS_AS(record.result(source), JobError);
    }
}
