// What is wrong with a job file, each with its place and its sentence.
#include "app/job/job_file.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace ordermill::app;

namespace {

std::string error_of(std::string_view text) {
    try {
        read_job(text, "jobs/shop.cfg", {});
    } catch (const JobFileError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("what is wrong is said with its place") {
    struct Case {
        const char* text;
        const char* error;
    };
    const std::string at = "jobs/shop.cfg:";
    const Case lines[] = {
        {"", " the job has no section [fields]"},
        {"[fields\n", "1:1: expected \"]\" at the end of the section's name"},
        {"[fields] x\n", "1:10: unexpected \"x\" after the section's name"},
        {"[fieldz]\n", "1:2: unknown section \"fieldz\"; did you mean \"fields\"?"},
        {"[split]\n", "1:2: this section needs a name: [split.NAME]"},
        {"[repair.x]\n", "1:9: this section takes no name: [repair]"},
        {"[drop.a-b]\n", "1:7: \"a-b\" can't be a section's name: use letters, digits and \"_\""},
        {"[input]\n\n[input]\n", "3:1: the section [input] is already given in line 1"},
        {"[fields]\na = text\n  a = date\n", "3:3: \"a\" is already given in line 2"},
        {"[fields]\nhello\n", "2:1: expected \"key = value\" or \"[section]\""},
        {"[fields]\n = text\n", "2:2: expected a key before \"=\""},
        {"[input]\ncomment = #\n",
         "2:11: the value is missing, because \"#\" outside quotes begins a comment"},
        {"[input]\nfiles =\n", "2:8: the value is missing; write \"\" for an empty text"},
        {"[input]\nfiles = a \"b\n", "2:11: this quote is never closed"},
        {"[input]\nfiles = \"a\"b\n", "2:12: unexpected \"b\" after the closing quote"},
        {"[input]\nfiles = a\x01\n", "2:10: unexpected control character 0x01"},
        {"[input]\nfiles = a\xff\n", "2:1: this line is not valid UTF-8"},
        {"[input]\nfile = a.csv\n", "2:1: unknown key \"file\"; did you mean \"files\"?"},
        {"[input]\nblank = dropp\n", "2:9: unknown value \"dropp\"; did you mean \"drop\"?"},
        {"[input]\nblank = 12345678\n", "2:9: unknown value \"12345678\"; expected drop, reject or keep"},
        {"[input]\nheader = maybe\n", "2:10: expected yes or no, not \"maybe\""},
        {"[input]\ndelimiter = ||\n", "2:13: expected one ASCII character, tab or space, not \"||\""},
        {"[input]\ndelimiter = \"\\\"\"\n", "1:1: the delimiter and the quote are the same character"},
        {"[input]\nencoding = klingon\n",
         "2:12: unknown encoding \"klingon\"; expected UTF-8, Latin-1, Windows-1252, cp437 or cp850"},
        {"[input]\nmax_record = 2TiB\n", "2:14: expected a whole number from 1 to 1073741824, not \"2Ti\""},
        {"[input.a]\ndelimiter = ;\n", "1:1: [input.a] needs \"files\""},
        {"[input.a]\nblank = drop\n[input]\nfiles = a.csv\n", "1:1: [input.a] needs \"files\""},
        {"max_rejects = 101%\n", "1:15: expected a share from 0% to 100%, not \"101%\""},
        {"[fields]\na = txt\n", "2:5: unknown type \"txt\"; did you mean \"text\"?"},
        {"[fields]\na = text|required\n",
         "2:5: unknown type \"text|required\"; steps are separated by \" | \""},
        {"[fields]\n1a = text\n", "2:1: \"1a\" can't be a field's name: use letters, digits and \"_\""},
        {"[fields]\na := text\n", "2:1: \"a :\" can't be a field's name: use letters, digits and \"_\""},
        {"[fields]\na = text | requird\n", "2:12: unknown step \"requird\"; did you mean \"required\"?"},
        {"[fields]\na = text | scale 2\n",
         "2:12: the step \"scale\" can't be used with the type text; it is for decimal"},
        {"[fields]\na = text | min 2\n", "2:12: the step \"min\" can't be used with the type text; it is for "
                                         "integer, decimal, date and timestamp"},
        {"[fields]\na = decimal | scale\n", "2:20: the step \"scale\" needs a value, for example: scale 2"},
        {"[fields]\na = decimal | scale ten\n", "2:21: expected a whole number from 0 to 9, not \"ten\""},
        {"[fields]\na = decimal | scale 10\n", "2:21: expected a whole number from 0 to 9, not \"10\""},
        {"[fields]\na = text | required x\n",
         "2:21: unexpected \"x\": the step \"required\" takes no value; separate steps with \" | \""},
        {"[fields]\na = text | hidden | hidden\n", "2:21: the step \"hidden\" is given twice"},
        {"[fields]\na = text | upper | title\n",
         "2:20: the steps \"upper\" and \"title\" can't be used together"},
        {"[fields]\na = text | length 3 | max_length 2\n", "2:34: the maximum length is given twice"},
        {"[fields]\na = text | min_length 3 | max_length 2\n", "2:38: max_length is smaller than min_length"},
        {"[fields]\na = text | \n", "2:11: expected a step after \"|\""},
        {"[fields]\na = text Price\n", "2:10: unexpected \"Price\"; write a column as \"Name\" or #3, a part "
                                       "as @name, an expression as := ..., and \" | \" before each step"},
        {"[fields]\na = text \"A\" or B\n", "2:17: expected a column's name in quotes"},
        {"[fields]\na = text #0\n", "2:11: expected a whole number from 1 to 1000000, not \"0\""},
        {"[fields]\na = text @zip\n", "2:1: unknown part \"zip\""},
        {"[fields]\na = text :=| upper\n", "2:12: expected an expression"},
        {"[fields]\na = text :=\n", "2:12: expected an expression"},
        {"[fields]\na = decimal := 1 | currency\n",
         "2:20: the step \"currency\" needs a field that is read from a column; a has an expression"},
        {"[fields]\na = enum\n",
         "2:1: the field a needs its values: add a step values A, B, or values lookup NAME, or file FILE"},
        {"[fields]\na = enum | values A,,B\n",
         "2:21: expected a value before this comma; write \"\" for an empty text"},
        {"[fields]\na = enum | values lookup menu\n", "2:19: unknown look-up \"menu\""},
        {"[fields]\na = map | alias EIRE, Ireland\n", "2:17: expected an alias such as EIRE -> Ireland"},
        {"[fields]\na = phone | country_from land\nlant = text\n",
         "2:26: unknown field \"land\"; did you mean \"lant\"?"},
        {"[fields]\na = phone | country Germany\n",
         "2:21: expected a country's two-letter code such as DE, not \"Germany\""},
        {"[fields]\na = decimal | decimal_comma | thousands \",\"\n",
         "2:42: the thousands separator and the decimal point are the same character"},
        {"[fields]\na = text | else ignore\n",
         "2:17: unknown way to treat a fault \"ignore\"; expected reject, blank, keep, flag or default"},
        {"[fields]\na = text | else default\n",
         "2:17: \"else default\" needs a value: write else default X, or add a step default X"},
        {"[fields]\na = text | else reject flag\n",
         "2:24: unexpected \"flag\" after \"else reject\"; flag can follow blank, keep and default"},
        {"[fields]\na = text | default 1 | else default 2\n",
         "2:37: the field's default is given twice; the first one is \"1\""},
        {"[fields]\nrest = *\na = text\n",
         "2:1: rest = * must be the last line of [fields], because its columns come last"},
        {"[fields]\nrest = * | names camel\n",
         "2:12: unexpected \"names camel\"; rest = * has one step, names snake"},
        {"[fields]\na = text\n[fields.x]\na = text\n", "3:1: unknown input \"x\""},
        {"[input.x]\nfiles = f\n[fields]\na = text\n[fields.x]\nzzzz = text\n",
         "6:1: unknown field \"zzzz\"; expected a"},
        {"[input.x]\nfiles = f\n[fields]\na = text\n[fields.x]\na = date\n",
         "6:5: the field a is text in [fields], so it can't be date here"},
    };
    for (const Case& c : lines) {
        INFO(c.text);
        CHECK(error_of(c.text) == at + c.error);
    }
    const std::string fields = "[fields]\nprice = decimal\nday = date\n";
    const Case behind_fields[] = {
        {"[split.s]\nfrom = A\n", "4:1: [split.s] needs \"pattern\""},
        {"[split.s]\nfrom = A\npattern = a\nelse = keep\n",
         "7:8: unknown action \"keep\"; expected reject, blank or flag"},
        {"[lookup.m]\nfile = f\nkey = a, a\n", "6:10: \"a\" is listed twice"},
        {"[lookup.m]\nfile = f\nkey = a\ncolumns = b, c, b\n", "7:17: \"b\" is listed twice"},
        {"[lookup.m]\nfile = f\nkey = a:decimall\n",
         "6:9: unknown type \"decimall\"; did you mean \"decimal\"?"},
        {"[lookup.m]\nfile = f\nkey = a\ncolumn = b\n",
         "7:1: unknown key \"column\"; did you mean \"columns\"?"},
        {"[repair]\n1 = price\n", "5:5: expected FIELD := expression"},
        {"[repair]\n1 = prise := 2\n", "5:5: unknown field \"prise\"; did you mean \"price\"?"},
        {"[repair]\n1 = price := when exact\n", "5:14: expected an expression"},
        {"[rules]\na = price > 1 | flagg\n", "5:17: unknown action \"flagg\"; did you mean \"flag\"?"},
        {"[rules]\na = price > 1 | flag | flag\n", "5:24: unexpected \"flag\": a rule has only one action"},
        {"[drop.x]\nwhen = a = \"b\n", "5:12: this quote is never closed"},
        {"[drop.x]\nwhen =#a\n", "5:7: expected an expression"},
        {"[drop.x]\nif = a\n", "5:1: unknown key \"if\"; expected when"},
        {"[duplicates.x]\nkeep = first\n", "4:1: [duplicates.x] needs \"key\""},
        {"[duplicates.x]\nkey = price, price\n", "5:14: \"price\" is listed twice"},
        {"[duplicates.x]\nkey = all\nkeep = newest(day, price)\n", "6:14: newest takes one field"},
        {"[duplicates.x]\nkey = all\nkeep = newest\n", "6:14: expected fields in parentheses after newest"},
        {"[duplicates.x]\nkey = all\nkeep = oldest(day)\n",
         "6:8: unknown criterion \"oldest\"; expected first, last, newest, largest or most_complete"},
        {"[order]\nlines = 1..2\n", "4:1: [order] needs \"id\": the field that an order's lines share"},
        {"[order]\nid = price\nlines = 3..2\n",
         "6:12: expected a whole number from 3 to 18446744073709551615, not \"2\""},
        {"[order]\nid = price\nsum = price equal day\n", "6:13: expected FIELD equals FIELD [within 0.01]"},
        {"[order]\nid = price\nsum = price equals day within 1.\n",
         "6:31: expected a number such as 0.01, not \"1.\""},
        {"[order]\nid = price\nsames = day\n", "6:1: unknown key \"sames\"; did you mean \"same\"?"},
        {"[order]\nid = price\na.same = day\na.lines = 1\n", "7:1: a rule \"a\" is already given in line 6"},
        {"[output]\nclean = out/clean.csv\n",
         "5:9: expected a file's name without a folder, not \"out/clean.csv\""},
        {"[output]\ndelimiter = -\n", "4:1: the output's delimiter \"-\" occurs in numbers and dates"},
        {"[output]\nclean = rejects.csv\n", "4:1: two outputs have the name \"rejects.csv\""},
        {"[output]\nprovenance = file as\n", "5:21: expected the column's name after \"as\""},
        {"[output]\nprovenance = file as \"\"\n", "5:23: expected the column's name after \"as\""},
        {"[output]\nprovenance = file is f\n",
         "5:19: unknown provenance column \"is\"; expected file, line or none"},
        {"[output]\nprovenance = file, lines\n",
         "5:20: unknown provenance column \"lines\"; did you mean \"line\"?"},
    };
    for (const Case& c : behind_fields) {
        INFO(c.text);
        CHECK(error_of(fields + c.text) == at + c.error);
    }
}
