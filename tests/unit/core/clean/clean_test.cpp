// One record's way through a job: types, steps, faults and what is done about them.
#include "support/catch.hpp"
#include "support/clean_text.hpp"

using namespace ordermill;
using test::clean_text;
using test::Cleaned;
using test::field_result;

TEST_CASE("every field type, value by value", "[clean]") {
    struct Case {
        const char* line;
        const char* value;
        const char* result;
    };
    const Case cases[] = {
        {"x = text", "  two   words ", "two   words"},
        {"x = text | untrimmed", "  a ", "  a "},
        {"x = text | collapse", " two \t words ", "two words"},
        {"x = text | collapse | upper", " straße  groß", "STRAẞE GROẞ"},
        {"x = text | lower", "ÄPFEL", "äpfel"},
        {"x = text | title", "JOHN o'brien-SMITH", "John O'brien-Smith"},
        {"x = text | nfc", "e\xcc\x81", "\xc3\xa9"},
        {"x = text", "\"a,\"\"b\"\"\"", "\"a,\"\"b\"\"\""},
        {"x = text | max_length 3", "äöü", "äöü"},
        {"x = text | max_length 3", "abcd", "!TOO_LONG"},
        {"x = text | min_length 3", "ab", "!TOO_SHORT"},
        {"x = text | required", "  ", "!REQUIRED"},
        {"x = text | default none", "", "none"},
        {"x = text | missing NULL", "NULL", ""},
        {"x = code | pattern C?[0-9]{6}[A-Z]?", "C536365", "C536365"},
        {"x = code | pattern C?[0-9]{6}[A-Z]?", "53636", "!PATTERN_MISMATCH"},
        {"x = code", "01907", "01907"},
        {"x = code | strip_suffix .0", "17850.0", "17850"},
        {"x = integer", "-12", "-12"},
        {"x = integer", "+7", "7"},
        {"x = integer", "007", "7"},
        {"x = integer", "1.0", "!NOT_AN_INTEGER"},
        {"x = integer | allow_zero_fraction", "17850.0", "17850"},
        {"x = integer | allow_zero_fraction", "17850.5", "!NOT_AN_INTEGER"},
        {"x = integer", "9223372036854775808", "!OUT_OF_RANGE"},
        {"x = integer | min 1", "0", "!BELOW_MINIMUM"},
        {"x = integer | max 10", "11", "!ABOVE_MAXIMUM"},
        {"x = integer | not 0", "0", "!EXCLUDED_VALUE"},
        {"x = decimal | scale 2", "2.5", "2.50"},
        {"x = decimal | scale 2", "2.505", "!TOO_MANY_DIGITS"},
        {"x = decimal | scale 2", "2.500", "2.50"},
        {"x = decimal | scale 2 | round", "2.505", "2.51"},
        {"x = decimal | scale 2 | round half_even", "2.505", "2.50"},
        {"x = decimal", "2.50", "2.5"},
        {"x = decimal | scale 2 | decimal_comma | thousands .", "\"1.234,5\"", "1234.50"},
        {"x = decimal | scale 2 | currency", "$2.39", "2.39"},
        {"x = decimal | scale 2 | currency", "€ 12", "12.00"},
        {"x = decimal | scale 2 | parentheses", "(12.50)", "-12.50"},
        {"x = decimal | scale 2 | trailing_minus", "12.50-", "-12.50"},
        {"x = decimal", "free", "!NOT_A_NUMBER"},
        {"x = date", "2011-02-28", "2011-02-28"},
        {"x = date", "2011-02-30", "!NOT_A_DATE"},
        {"x = date | format \"%m/%d/%Y\"", "2/3/2011", "2011-02-03"},
        {"x = date | format \"%d.%m.%y\"", "03.02.70", "1970-02-03"},
        {"x = date | format \"%d.%m.%y\" | pivot 80", "03.02.70", "2070-02-03"},
        {"x = date | min 2011-01-01", "2010-12-31", "!BELOW_MINIMUM"},
        {"x = timestamp | format \"%m/%d/%Y %H:%M\"", "12/1/2010 8:26", "2010-12-01T08:26:00"},
        {"x = timestamp", "2010-12-01 08:26:00", "2010-12-01T08:26:00"},
        {"x = boolean", "Yes", "true"},
        {"x = boolean", "0", "false"},
        {"x = boolean | true ja | false nein", "nein", "false"},
        {"x = boolean", "maybe", "!NOT_A_BOOLEAN"},
        {"x = enum | values \"A,B\"", "A", "A"},
        {"x = enum | values \"A,B\"", "a", "!NOT_IN_LIST"},
        {"x = enum | values \"A,B\" | any_case", "a", "A"},
        {"x = map | aliases EIRE -> Ireland", "EIRE", "Ireland"},
        {"x = map | aliases EIRE -> Ireland", "Spain", "!NOT_IN_LIST"},
        {"x = map | aliases EIRE -> Ireland | else keep", "Spain", "Spain"},
        {"x = text | aliases EIRE -> Ireland | any_case", "eire", "Ireland"},
        {"x = text | aliases EIRE -> Ireland | any_case", "Spain", "Spain"},
        {"x = email | lower", "Ann@Example.org", "ann@example.org"},
        {"x = email", "ann@", "!NOT_AN_EMAIL"},
        {"x = email | else blank", "ann@", ""},
        {"x = phone", "(171) 555-7788", "1715557788"},
        {"x = phone | country FR | format e164", "01 46 62 75 55", "+33146627555"},
        {"x = phone", "ask Bob", "!NOT_A_PHONE"},
        {"x = integer | else keep flag", "two", "two,x:NOT_AN_INTEGER"},
        {"x = integer | else blank flag", "two", ",x:NOT_AN_INTEGER"},
        {"x = integer | else default 0", "two", "0"},
        {"x = integer | required | else default 0", "", "0"},
    };
    for (const Case& c : cases) {
        INFO(c.line << " <- " << c.value);
        CHECK(field_result(c.line, c.value) == c.result);
    }
}

TEST_CASE("derived fields and rules", "[clean]") {
    const std::string job = R"([fields]
invoice = code | required
quantity = integer | required
price = decimal | scale 2
total = decimal := quantity * price
status = text := if(starts_with(invoice, "C"), "cancelled", "sold")
[rules]
sane = total < 1000 | reject
small = price < 50 | flag
)";
    const Cleaned cleaned =
        clean_text(job, "invoice,quantity,price\nA1,2,2.50\nC2,-1,60\nA3,100,10\nA4,1,\nA5,x,1\n");
    CHECK(cleaned.clean == "invoice,quantity,price,total,status,flags\n"
                           "A1,2,2.50,5.00,sold,\n"
                           "C2,-1,60.00,-60.00,cancelled,small:RULE_BROKEN\n"
                           "A4,1,,,sold,\n");
    CHECK(cleaned.rejects ==
          "test.csv,4,42,,,RULE_BROKEN,sane,\"A3,100,10\",rule sane: the rule does not hold: total < 1000\n"
          "test.csv,6,58,2,quantity,NOT_AN_INTEGER,quantity,\"A5,x,1\",\"quantity: \"\"x\"\": not an "
          "integer\"\n");
    CHECK(cleaned.raw == "A3,100,10\nA5,x,1\n");
    CHECK(cleaned.tally[cleaned.shape.rule_not_applied(0)] == 1); // A4 has no total; A5 is rejected anyway
    CHECK(cleaned.tally[cleaned.shape.rule_flagged(1)] == 1);
}

TEST_CASE("one row per fault, and none for what was repaired", "[clean]") {
    const Cleaned cleaned =
        clean_text("[fields]\na = integer\nb = integer\nc = integer | else blank\n", "a,b,c\nx,y,z\n1,2,z\n");
    CHECK(cleaned.clean == "a,b,c\n1,2,\n");
    CHECK(std::count(cleaned.rejects.begin(), cleaned.rejects.end(), '\n') == 2);
    CHECK(cleaned.accounts.rejected.records == 1);
    using Repair = core::TallyShape::Repair;
    CHECK(cleaned.tally[cleaned.shape.repair(2, core::Reason::not_an_integer, Repair::blanked)] == 1);
}

TEST_CASE("raw bytes of rejects can be had back", "[clean]") {
    const std::string csv("a,b\nback\\slash,\xff\nnul\0,1\n", 24);
    const Cleaned cleaned = clean_text("[fields]\na = text\nb = text\n", csv);
    CHECK(cleaned.rejects.find("back\\\\slash,\\xFF") != std::string::npos);
    CHECK(cleaned.rejects.find("nul\\x00,1") != std::string::npos);
    CHECK(cleaned.raw == csv.substr(4));
}

TEST_CASE("repairs, splits, drops", "[clean]") {
    const std::string job = R"([input]
missing = "" ERROR
[split.address]
from = address
pattern = (?P<street>.+), (?P<city>.+)
else = flag
[fields]
quantity = integer | required
price = decimal | required | scale 2
total = decimal | required | scale 2
street = text @street
city = text @city
[repair]
1 = price := total / quantity when exact
2 = total := quantity * price
[drop.totals]
when = street = "TOTAL"
)";
    const Cleaned cleaned = clean_text(job, "quantity,price,total,address\n"
                                            "2,ERROR,5.00,\"Elm, Bath\"\n"
                                            "3,ERROR,5.00,\"Elm, Bath\"\n"
                                            "2,2.50,,nowhere\n"
                                            "1,1,1,\"TOTAL, x\"\n");
    CHECK(cleaned.clean == "quantity,price,total,street,city,flags\n"
                           "2,2.50,5.00,Elm,Bath,\n"
                           "2,2.50,5.00,,,address:SPLIT_MISMATCH\n");
    CHECK(cleaned.accounts.rejected.records == 1);
    CHECK(cleaned.accounts.dropped.records == 1);
    CHECK(cleaned.tally[cleaned.shape.step(0)] == 1);
    CHECK(cleaned.tally[cleaned.shape.step(1)] == 1);
}

TEST_CASE("a repair tells a faulty value from a missing one", "[clean]") {
    const std::string fields = "[fields]\nq = integer | required\np = integer | required\n[repair]\n";
    const std::string csv = "q,p\n2,\n3,x\n4,5\n";
    const Cleaned any = clean_text(fields + "1 = p := q\n", csv);
    CHECK(any.clean == "q,p\n2,2\n3,3\n4,5\n");
    CHECK(any.tally[any.shape.step(0)] == 2);
    CHECK(any.tally[any.shape.step_over_fault(0)] == 1);
    const Cleaned missing = clean_text(fields + "1 = p := q when missing\n", csv);
    CHECK(missing.clean == "q,p\n2,2\n4,5\n");
    CHECK(missing.rejects.find("NOT_AN_INTEGER") != std::string::npos);
    CHECK(missing.tally[missing.shape.step(0)] == 1);
    CHECK(missing.tally[missing.shape.step_over_fault(0)] == 0);
    const Cleaned exact =
        clean_text(fields + "1 = p := 3 / q when exact when missing\n", "q,p\n2,\n3,\n3,x\n");
    CHECK(exact.clean == "q,p\n3,1\n");
    CHECK(exact.accounts.rejected.records == 2);
}

TEST_CASE("a whole column that means \"no value\" has no parts and no fault", "[clean]") {
    const std::string job = "[input]\nmissing = \"\" - \"No Town\"\n[split.s]\nfrom = a\npattern = "
                            "(?P<street>.+) (?P<no>\\d+)\n[fields]\nstreet = text @street\nno = code @no\n";
    const std::string csv = "a,b\nElm 5,\n-,\n - ,\nNo Town,\n";
    CHECK(clean_text(job, csv + ",x\n").clean == "street,no\nElm,5\n,\n,\n,\n,\n");
    const Cleaned others = clean_text(job, "a,b\nno town,\n--,\n- 5,\n");
    CHECK(others.clean == "street,no\n,5\n"); // a part may be such a word by itself
    CHECK(others.accounts.rejected.records == 2);
    CHECK(clean_text("[input]\nmissing_any_case = yes\n" + job.substr(8), csv + "no TOWN,\n")
              .accounts.rejected.records == 0);
}

TEST_CASE("a record of one empty field is not a blank line", "[clean]") {
    CHECK(clean_text("[fields]\na = text\n", "a,b\n,1\nx,2\n").clean == "a\n\"\"\nx\n");
}

TEST_CASE("repeated headers and blank lines", "[clean]") {
    const std::string fields = "[fields]\na = text\nb = text\n";
    const std::string csv = "a,b\n1,2\n a , b\n\n,\n\"a\",b\n3,4\n";
    const Cleaned dropped = clean_text(fields, csv);
    CHECK(dropped.clean == "a,b\n1,2\n3,4\n");
    CHECK(dropped.accounts.repeated_header.records == 2);
    CHECK(dropped.accounts.blank.records == 2);
    for (const std::string quote : {"", "\""}) { // exports joined, each with its byte order mark
        const std::string header = "\xEF\xBB\xBF" + quote + "a" + quote + ",b\n";
        const Cleaned joined = clean_text(fields, "a,b\n1,2\n" + header + "3,4\n\xEF\xBB\xBF" + "5,6\n");
        CHECK(joined.clean == "a,b\n1,2\n3,4\n5,6\n");
        CHECK(joined.accounts.repeated_header.records == 1);
    }
    const Cleaned kept = clean_text("[input]\nrepeated_header = keep\nblank = reject\n" + fields, csv);
    CHECK(kept.accounts.clean.records == 4);
    CHECK(kept.accounts.rejected.records == 2);
}

TEST_CASE("what may be a part of a broken record is counted, flagged or rejected", "[clean]") {
    struct Case {
        const char* what;
        std::string csv;
        const char* flagged; ///< first fields of the records that are
    };
    const std::string many = [] {
        std::string lines;
        for (int i = 0; i < 10'000; ++i) lines += "m,2345\n";
        return lines;
    }();
    const Case cases[] = {
        {"a stray quote in the next line", "1,\"2\n3,\"4\"\n5,6\n", "3"},
        {"too many fields, its end known", "1,\"2\n3\",4,5\n6,7\n", ""},
        {"its second half has the right number", "1,\"2\n3\",4\n6,7\n", "\""},
        {"three lines", "1,\"2\nx,y\n3\",4\n6,7\n", "x\""},
        {"plain records before the quote that ends it", "1,\"2\n3,4\n5,6\n7,\"8\"\n9,0\n", "357"},
        {"never closed: the next record", "1,\"2\n3,4\n5,6\n", "3"},
        {"one within the other", "1,\"2\n3,\"4\n5,6\n7,8\n", "5"},
        {"no line break, no second half", "1,\"2\"x\n3,4\n", ""},
        {"not for ever", "1,\"2\n" + many + "7,\"8\"\n", nullptr},
    };
    const std::string fields = "[fields]\na = text\nb = text\n";
    for (const Case& c : cases) {
        INFO(c.what);
        const std::string csv = "a,b\n" + c.csv;
        const auto counted = [](const Cleaned& cleaned) {
            return cleaned.tally[cleaned.shape.after_broken()];
        };
        const Cleaned kept = clean_text(fields, csv);
        const Cleaned flagged = clean_text("[input]\nafter_broken = flag\n" + fields, csv);
        const Cleaned rejected = clean_text("[input]\nafter_broken = reject\n" + fields, csv);
        std::string found;
        std::size_t flags = 0;
        for (std::size_t at = 0, end = 0; (end = flagged.clean.find('\n', at)) != std::string::npos;
             at = end + 1) {
            if (!flagged.clean.substr(at, end - at).ends_with(",record:AFTER_BROKEN")) continue;
            found += flagged.clean[at];
            ++flags;
        }
        if (c.flagged != nullptr) {
            CHECK(found == c.flagged);
        } else {
            CHECK(flags == (64 << 10) / 7 + 1);
        }
        CHECK(counted(kept) == flags);
        CHECK(counted(flagged) == flags);
        CHECK(rejected.accounts.rejected.records == kept.accounts.rejected.records + flags);
        CHECK(counted(rejected) == 0);
    }
}

TEST_CASE("formulas are kept, quoted or rejected", "[clean]") {
    const std::string fields = "[fields]\na = text\nb = integer | else keep\nd = text := concat(\"=\", a)\n"
                               "e = text := if(starts_with(a, \"-\"), \"-x\", \"y\")\nrest = *\n";
    const std::string csv = "a,b,c\n=1+1,-2,3\n-5,-x,@x\n\"-a\"\"b\",7,+3\n";
    CHECK(test::outcome(fields, csv) ==
          "=1+1,-2,==1+1,y,3\n-5,-x,=-5,-x,@x\n\"-a\"\"b\",7,\"=-a\"\"b\",-x,+3\n");
    const Cleaned quoted = clean_text("[output]\nformulas = quote\n" + fields, csv);
    CHECK(quoted.clean == "a,b,d,e,c\n'=1+1,-2,'==1+1,y,3\n-5,'-x,'=-5,'-x,'@x\n"
                          "\"'-a\"\"b\",7,\"'=-a\"\"b\",'-x,+3\n");
    CHECK(quoted.tally[quoted.shape.formulas_quoted()] == 9);
    CHECK(test::outcome("[output]\nformulas = reject\n[fields]\na = text | else blank\nb = integer | else "
                        "keep\nrest = *\n",
                        csv) == ",-2,3\n,7,+3\n!3 FORMULA b\n!3 FORMULA c\n");
    CHECK(test::outcome("[output]\nformulas = quote\nquoting = all\n[fields]\na = code\n", "a,b\n=1,2\n") ==
          "\"'=1\"\n");
    CHECK(test::outcome("[output]\nformulas = reject\n[fields]\na = text | hidden\nb = text\n",
                        "a,b\n=1,2\n") == "2\n");
}

TEST_CASE("no text grows without end", "[clean]") {
    std::string doubling = "[input]\nmax_field = 1000\n[fields]\na = text";
    for (int i = 0; i < 60; ++i) doubling += " | replace \"a\" \"aa\"";
    CHECK(test::outcome(doubling + "\nb = text\n", "a,b\nxyz,1\na,2\n") == "xyz,1\n!3 FIELD_TOO_LONG a\n");
    const std::string input = "[input]\nmax_field = 8\n[fields]\na = text\n";
    struct Case {
        const char* line;
        const char* eight; ///< what "12345678" comes to
    };
    const Case cases[] = {
        {"x = text := replace(a, \"8\", \"9\")", "12345679"},
        {"x = text := replace(a, \"8\", \"89\")", nullptr},
        {"x = text := replace(a, \"(.*)\", \"\\1\\1\")", nullptr},
        {"x = text := concat(a, \"\")", "12345678"},
        {"x = text := concat(a, \"9\")", nullptr},
        {"x = text \"a\" | replace 8 9", "12345679"},
        {"x = text \"a\" | replace 8 89", nullptr},
        {"x = text \"a\" | replace \"$\" 9", nullptr},
        {"x = integer \"a\" | replace 8 89", nullptr},
        {"x = text \"a\" | replace 8 89 | else keep", "12345678"},
    };
    for (const Case& c : cases) {
        INFO(c.line);
        const std::string result = test::outcome(input + c.line + "\n", "a,b\n12345678,.\n");
        CHECK(result ==
              (c.eight != nullptr ? std::string("12345678,") + c.eight + "\n" : "!2 FIELD_TOO_LONG x\n"));
    }
    CHECK(test::outcome(input, "a\n123456789\n") == "!2 FIELD_TOO_LONG a\n");
}

TEST_CASE("a default fills missing values, also beside else default", "[clean]") {
    CHECK(field_result("x = integer | else default 5", "") == "5");
    CHECK(field_result("x = integer | else default 5", "x") == "5");
    CHECK(field_result("x = integer | default 5", "x") == "!NOT_AN_INTEGER");
}
