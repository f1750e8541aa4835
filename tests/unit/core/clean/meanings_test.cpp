// The meanings of the job file, one by one, by the numbers of the table in tests/README.md: 1 to 6, what
// becomes of a record's values. meanings_files_test.cpp has 7 to 14; 9, rules on whole orders, is in
// orders_test.cpp, resolution_test.cpp and golden/orders.
#include "support/catch.hpp"
#include "support/clean_text.hpp"

#include <string>
#include <vector>

using namespace ordermill;
using test::clean_text;
using test::Cleaned;
using test::field_result;
using test::job_error;
using test::outcome;

namespace {

struct ValueCase {
    const char* line;
    const char* value;
    const char* result;
};

void check(const std::vector<ValueCase>& cases) {
    for (const ValueCase& c : cases) {
        INFO(c.line << " <- " << c.value);
        CHECK(field_result(c.line, c.value) == c.result);
    }
}

} // namespace

TEST_CASE("1. the order of stages", "[meanings]") {
    struct Case {
        const char* sentence;
        const char* job;
        const char* csv;
        const char* outcome;
    };
    const Case cases[] = {
        {"split before parse",
         "[split.s]\nfrom = ab\npattern = (?P<a>.+)-(?P<b>.+)\n"
         "[fields]\na = integer @a | min 2\nb = integer @b\n",
         "ab\n3-04\n1-2\n", "3,4\n!3 BELOW_MINIMUM a\n"},
        {"parse before repair: what is faulty is repaired as what is missing",
         "[fields]\na = integer | required\nb = integer\n[repair]\n1 = a := b * 2\n", "a,b\nx,3\n,4\n7,5\n",
         "6,3\n8,4\n7,5\n"},
        {"repairs in the listed order, each once: what a later one fills comes too late for an earlier one",
         "[fields]\na = integer\nb = integer\nc = integer\n[repair]\n1 = a := b + 1\n2 = b := c + 1\n",
         "a,b,c\n,,5\n", ",6,5\n"},
        {"what an earlier one fills, a later one can use",
         "[fields]\na = integer\nb = integer\nc = integer\n[repair]\n1 = b := c + 1\n2 = a := b + 1\n",
         "a,b,c\n,,5\n", "7,6,5\n"},
        {"a field is repaired by the first step that can",
         "[fields]\na = integer\nb = integer\nc = integer\n[repair]\n1 = a := b\n2 = a := c\n",
         "a,b,c\n,1,2\n,,2\n", "1,1,2\n2,,2\n"},
        {"repair before default: a default stands in neither for the result nor for an operand",
         "[fields]\na = integer | default 0\nb = integer | default 1\n[repair]\n1 = a := b * 2\n",
         "a,b,c\n,4,x\n,,x\n", "8,4\n0,1\n"},
        {"required is tested after repair",
         "[fields]\na = integer | required\nb = integer\n[repair]\n1 = a := b\n", "a,b,c\n,4,x\n,,x\n",
         "4,4\n!3 REQUIRED a\n"},
        {"required is tested after default", "[fields]\na = integer | required | default 3\nb = integer\n",
         "a,b\n,4\n", "3,4\n"},
        {"what was repaired meets the field's own rules",
         "[fields]\na = integer | max 9\nb = integer\n[repair]\n1 = a := b * 2\n", "a,b\n,5\n,4\n",
         "8,4\n!2 ABOVE_MAXIMUM a\n"},
        {"default before derive", "[fields]\na = integer | default 3\nd = integer := a * 2\n", "a,b\n,1\n",
         "3,6\n"},
        {"a field that is read meets its own rules before others are derived from it",
         "[fields]\na = integer | max 9 | else blank\nd = integer := coalesce(a, 0) + 1\n",
         "a,b\n10,1\n9,1\n", ",1\n9,10\n"},
        {"derive before the derived field's own rules, required and default",
         "[fields]\na = integer\nd = integer := a * 2 | max 9\ne = integer := a | required\nf = integer := a "
         "| default 7\n",
         "a,b\n4,1\n5,1\n,1\n", "4,8,4,4\n!3 ABOVE_MAXIMUM d\n!4 REQUIRED e\n"},
        {"derived fields after those that they need, wherever they stand",
         "[fields]\ne = integer := d + 1\nd = integer := a + 1\na = integer\n", "a,b\n1,1\n", "3,2,1\n"},
        {"rules on records after derive and default",
         "[fields]\na = integer | default 5\nd = integer := a * 2\n[rules]\nsmall = d < 10\n",
         "a,b\n4,1\n,1\n", "4,8\n!3 RULE_BROKEN small\n"},
        {"all rules are applied: a record shows all its faults at once",
         "[fields]\na = integer\nb = integer\n[rules]\none = b > 1\ntwo = b > 2\n", "a,b\nx,1\n",
         "!2 NOT_AN_INTEGER a\n!2 RULE_BROKEN one\n!2 RULE_BROKEN two\n"},
        {"drops before rules, and whatever the faults",
         "[fields]\na = integer | required\nb = text\n[rules]\nnever = a < 0\n[drop.x]\nwhen = b = \"sum\"\n",
         "a,b\nx,sum\n,sum\n1,sum\n-1,a\n", "-1,a\n"},
        {"a rule with a missing operand is not applied, whichever way it could have gone",
         "[fields]\na = integer\nb = integer | else keep\n[rules]\nr = a > b\ns = a <= b\n",
         "a,b\n1,\n,1\n1,x\n", "1,\n,1\n1,x\n"},
    };
    for (const Case& c : cases) {
        INFO(c.sentence);
        CHECK(outcome(c.job, c.csv) == c.outcome);
    }
    // Duplicates after the rules and before whole orders: golden/duplicates-in-order, golden/orders.
}

TEST_CASE("1. a rule that is not applied is counted, of clean records", "[meanings]") {
    const Cleaned cleaned = clean_text("[fields]\na = integer\nb = integer | required\n[rules]\nr = a > b\n",
                                       "a,b\n,1\n,2\n,x\n2,1\n1,2\n");
    CHECK(cleaned.tally[cleaned.shape.rule_not_applied(0)] == 2);
    CHECK(cleaned.tally[cleaned.shape.rule_broken(0)] == 1);
}

TEST_CASE("2. a field's missing list replaces the input's", "[meanings]") {
    const std::string job = "[input]\nmissing = NA \"N A\"\n[fields]\na = text\nb = text | missing \"\" -\n";
    CHECK(outcome(job, "a,b\nNA,NA\nN A,-\n-,\n") == ",NA\n,\n-,\n");
    // The empty text is always in the input's list, in a field's only where it says so.
    CHECK(outcome("[fields]\na = text | required\nb = text | required | missing NA\n", "a,b\nx,\n,y\n") ==
          "x,\n!3 REQUIRED a\n");
}

TEST_CASE("2. missing is matched after trimming, with a case option", "[meanings]") {
    const std::string fields = "[fields]\na = text\nb = text | missing none\n";
    const std::string csv = "a,b\n NA ,\" none\t\"\nna,None\n";
    CHECK(outcome("[input]\nmissing = NA\n" + fields, csv) == ",\nna,None\n");
    CHECK(outcome("[input]\nmissing = NA\nmissing_any_case = yes\n" + fields, csv) == ",\n,\n");
    CHECK(outcome("[fields]\na = text | untrimmed | missing NA\nb = text\n", "a,b\n NA,1\nNA,1\n") ==
          " NA,1\n,1\n");
}

TEST_CASE("3. two listed formats that can read the same text as different dates are a job error",
          "[meanings]") {
    struct Case {
        const char* formats;
        bool refused;
    };
    const Case cases[] = {
        {R"("%m/%d/%Y" "%d/%m/%Y")", true},  {R"("%d.%m.%y" "%y.%m.%d")", true},
        {R"("%Y%m%d" "%d%m%Y")", true},      {R"("%m/%d/%Y" "%Y-%m-%d" "%d/%m/%Y")", true},
        {R"("%m/%d/%Y" "%d.%m.%Y")", false}, {R"("%Y-%m-%d" "%m/%d/%Y" "%m/%d/%y")", false},
        {R"("%d %B %Y" "%d %b %Y")", false}, // May is May in both
    };
    for (const Case& c : cases) {
        INFO(c.formats);
        const std::string error = job_error(std::string("[fields]\na = date | formats ") + c.formats + "\n");
        CHECK((error.find("both read") != std::string::npos) == c.refused);
        CHECK(error.empty() != c.refused);
    }
}

TEST_CASE("3. %Y takes four digits, %m and %d one or two; the pivot of two-digit years is a key",
          "[meanings]") {
    check({
        {"x = date | format \"%m/%d/%Y\"", "3/4/2024", "2024-03-04"},
        {"x = date | format \"%m/%d/%Y\"", "03/04/2024", "2024-03-04"},
        {"x = date | format \"%m/%d/%Y\"", "003/4/2024", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%Y\"", "3/004/2024", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%Y\"", "3/4/24", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%Y\"", "3/4/02024", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%y\"", "3/4/2024", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%y\"", "3/4/68", "2068-03-04"},
        {"x = date | format \"%m/%d/%y\"", "3/4/69", "1969-03-04"},
        {"x = date | format \"%m/%d/%y\" | pivot 30", "3/4/29", "2029-03-04"},
        {"x = date | format \"%m/%d/%y\" | pivot 30", "3/4/30", "1930-03-04"},
    });
    // Formats and dialect for some of the files: golden/overridden-fields, golden/two-shops, golden/tills.
}

TEST_CASE("4. numbers", "[meanings]") {
    check({
        // trimmed first, by Unicode's white space
        {"x = integer", " \t12\xC2\xA0", "12"},
        {"x = decimal | scale 2", "\" 1.5 \"", "1.50"},
        // an integer with a zero fraction only where it is said
        {"x = integer", "17850.0", "!NOT_AN_INTEGER"},
        {"x = integer | allow_zero_fraction", "17850.0", "17850"},
        {"x = integer | allow_zero_fraction", "17850.10", "!NOT_AN_INTEGER"},
        // excess digits are a fault, or rounded; zeros are none
        {"x = decimal | scale 2", "2.505", "!TOO_MANY_DIGITS"},
        {"x = decimal | scale 2", "2.5000", "2.50"},
        {"x = decimal | scale 2 | round", "2.505", "2.51"},
        {"x = decimal | scale 2 | round", "-2.505", "-2.51"},
        {"x = decimal | scale 2 | round half_even", "2.505", "2.50"},
        {"x = decimal | scale 2 | round down", "-2.509", "-2.50"},
        // overflow is a fault
        {"x = integer", "9223372036854775807", "9223372036854775807"},
        {"x = integer", "9223372036854775808", "!OUT_OF_RANGE"},
        {"x = decimal | scale 2", "92233720368547758.07", "92233720368547758.07"},
        {"x = decimal | scale 2", "92233720368547758.08", "!OUT_OF_RANGE"},
        {"x = decimal | scale 2 | round", "92233720368547758.075", "!OUT_OF_RANGE"},
        // identifiers are codes, never numbers
        {"x = code", "01907", "01907"},
        {"x = code", "1e5", "1e5"},
        {"x = code | strip_suffix .0", "01907.0", "01907"},
        {"x = code | replace \"[ -]+\" \"\"", "01 9-07", "01907"},
        {"x = code | strip_suffix .0 | replace \"^0+\" \"\"", "01907.0", "1907"},
    });
    const std::string sum = "[fields]\nx = integer\nd = integer := x * 2\n";
    CHECK(outcome(sum, "x,y\n9223372036854775807,1\n1,1\n") == "1,2\n!2 OUT_OF_RANGE d\n");
}

TEST_CASE("4. rounding is counted, of clean records", "[meanings]") {
    const Cleaned cleaned = clean_text("[fields]\na = decimal | scale 1 | round\nb = integer | required\n",
                                       "a,b\n1.25,1\n1.5,1\n1.50,1\n2.25,\n");
    CHECK(cleaned.clean == "a,b\n1.3,1\n1.5,1\n1.5,1\n");
    CHECK(cleaned.tally[cleaned.shape.rounded(0)] == 1);
}

TEST_CASE("5. enums and maps: any_case, and every else", "[meanings]") {
    check({
        {"x = enum | values Open, Closed", "open", "!NOT_IN_LIST"},
        {"x = enum | any_case | values Open, Closed", "OPEN", "Open"},
        {"x = map | aliases J -> yes, N -> no", "J", "yes"},
        {"x = map | aliases J -> yes, N -> no", "j", "!NOT_IN_LIST"},
        {"x = map | any_case | aliases J -> yes, N -> no", "j", "yes"},
        {"x = map | aliases J -> yes", "yes", "!NOT_IN_LIST"},
        {"x = enum | values A | else reject", "b", "!NOT_IN_LIST"},
        {"x = enum | values A | else keep", " b ", "b"},
        {"x = enum | values A | else keep flag", " b ", "b,x:NOT_IN_LIST"},
        {"x = enum | values A | else flag", "b", "b,x:NOT_IN_LIST"},
        {"x = enum | values A | else blank", "b", ""},
        {"x = enum | values A | else blank flag", "b", ",x:NOT_IN_LIST"},
        {"x = enum | values A | else default A", "b", "A"},
        {"x = enum | values A | else default A flag", "b", "A,x:NOT_IN_LIST"},
        {"x = map | upper | aliases J -> yes | else keep", "maybe", "maybe"}, // the text as it came
    });
    // What was kept is written; to expressions it is missing.
    CHECK(outcome("[fields]\nx = enum | values A | else keep\nd = text := coalesce(x, \"none\")\n",
                  "x\nb\nA\n") == "b,none\nA,A\n");
}

TEST_CASE("5. text has case upper, lower and title", "[meanings]") {
    check({
        {"x = text | case upper", "grüße", "GRÜẞE"},
        {"x = text | case lower", "ÉCLAIR No 5", "éclair no 5"},
        {"x = text | case title", "green TEA", "Green Tea"},
        {"x = text | title", "green TEA", "Green Tea"},
        {"x = code | upper", "ab1", "AB1"},
    });
}

TEST_CASE("6. every function of expressions", "[meanings]") {
    struct Case {
        const char* type;
        const char* expression;
        const char* result;
    };
    const Case cases[] = {
        {"decimal", "0.1 + 0.2", "0.3"}, // exact
        {"decimal", "0.1 * 3 - 0.3", "0.0"},
        {"decimal", "abs(n - 10)", "6.5"},
        {"decimal", "round(n)", "4"},
        {"decimal", "round(n / 3, 2)", "1.17"},
        {"text", "coalesce(gone, t)", "Green Tea"},
        {"text", "if(n > 3, \"many\", \"few\")", "many"},
        {"text", "concat(t, gone, \"!\")", "Green Tea!"},
        {"text", "substring(t, 7, 3)", "Tea"},
        {"text", "upper(t)", "GREEN TEA"},
        {"text", "lower(t)", "green tea"},
        {"text", "replace(t, \"(\\w+) (\\w+)\", \"\\2 \\1\")", "Tea Green"},
        {"integer", "year(d)", "2024"},
        {"integer", "quarter(d)", "2"},
        {"integer", "month(d)", "5"},
        {"text", "month_name(d)", "May"},
        {"integer", "days_between(d, \"2024-06-02\")", "3"},
        {"boolean", "t matches \"Green.*\"", "true"},
        {"boolean", "t matches \"Green\"", "false"}, // the whole text
        {"boolean", "n > 3 and not (t = \"Mug\" or n = 0)", "true"},
        {"boolean", "n > 9 implies n < 0", "true"},
    };
    for (const Case& c : cases) {
        INFO(c.expression);
        const std::string job =
            std::string("[fields]\nn = decimal | hidden\nt = text | hidden\nd = date | hidden\n"
                        "gone = text | hidden\nx = ") +
            c.type + " := " + c.expression + "\n";
        CHECK(outcome(job, "n,t,d,gone\n3.5,Green Tea,2024-05-30,\n") == std::string(c.result) + "\n");
    }
}

TEST_CASE("6. a division rounds to the target's scale, once, unless `when exact`", "[meanings]") {
    struct Case {
        const char* field;
        const char* outcome;
    };
    const Case cases[] = {
        {"x = decimal := a / b | scale 2", "6.67\n"},
        {"x = decimal := a / b | scale 0", "7\n"},
        {"x = integer := a / b", "7\n"},
        {"x = decimal := a / b", "6.666667\n"},
        {"x = decimal := a / b * b | scale 2", "20.00\n"}, // a fraction until the end
        {"x = decimal := a / b when exact | scale 2", "!2 INEXACT x\n"},
        {"x = decimal := a / b * b when exact | scale 2", "20.00\n"},
        {"x = decimal := a / b when exact | scale 2 | else blank flag", ",x:INEXACT\n"},
    };
    for (const Case& c : cases) {
        INFO(c.field);
        const std::string job =
            std::string("[fields]\na = integer | hidden\nb = integer | hidden\n") + c.field + "\n";
        CHECK(outcome(job, "a,b\n20,3\n") == c.outcome);
    }
    const std::string repair =
        "[fields]\nx = decimal | scale 2\na = integer\nb = integer\n[repair]\n1 = x := a / b";
    CHECK(outcome(repair + "\n", "x,a,b\n,20,3\n") == "6.67,20,3\n");
    CHECK(outcome(repair + " when exact\n", "x,a,b\n,20,3\n,20,8\n") == ",20,3\n2.50,20,8\n");
}
