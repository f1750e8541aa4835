#include "app/job/job_file.hpp"

#include "app/job/job_print.hpp"
#include "support/catch.hpp"
#include "support/job_samples.hpp"

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace ordermill::core;
using namespace ordermill::app;
using namespace ordermill::tests;
using Action = OnFault::Action;
using Texts = std::vector<std::string>;

JobSpec read(std::string_view text, const Texts& overrides = {}) {
    return read_job(text, "jobs/shop.cfg", overrides);
}

std::string error_of(std::string_view text, const Texts& overrides = {}) {
    try {
        read(text, overrides);
    } catch (const JobFileError& error) {
        return error.what();
    }
    return "no error";
}

FieldSpec field(std::string_view line) {
    return read("[lookup.menu]\nfile = m.csv\nkey = item\n[split.s]\nfrom = A\npattern = (?P<street>.+) "
                "(?P<zip>\\d+)\n"
                "[fields]\nx = " +
                std::string(line) + "\nother = text\n")
        .fields.front();
}

struct FieldCase {
    const char* line;
    std::function<bool(const FieldSpec&)> holds;
};

} // namespace

TEST_CASE("the proposal's jobs are read as they mean") {
    const JobSpec shop = read(electronics);
    CHECK(shop.name == "shop");
    CHECK(shop.input.files == Texts{"Sales_*_2019.csv"});
    REQUIRE(shop.fields.size() == 10);
    CHECK(shop.fields[0].columns == Texts{"Order ID"});
    CHECK(shop.fields[0].required);
    CHECK(shop.fields[0].pattern == "\\d{6}");
    CHECK(shop.fields[0].place.line == 11);
    CHECK(shop.fields[0].place.column == 1);
    CHECK(shop.fields[0].place_of("pattern").column == 49);
    CHECK(shop.fields[4].expression == "quantity * price");
    CHECK(shop.fields[4].expression_place.line == 15);
    CHECK(shop.fields[4].expression_place.column == 20);
    CHECK(shop.fields[6].part == "street");
    REQUIRE(shop.splits.size() == 1);
    CHECK(shop.splits[0].pattern ==
          R"(^(?P<street>.+), (?P<city>[^,]+), (?P<state>[A-Z]{2}) (?P<zip>\d{5})$)");
    CHECK(shop.splits[0].on_fault == OnFault{Action::blank, true});
    CHECK(shop.duplicates.at(0).all);
    CHECK(shop.order.rules.at(0).fields == Texts{"ordered_at", "street", "zip"});
    CHECK(shop.order.rules.at(0).on_fault == OnFault{Action::keep, true});

    const JobSpec bar = read(cafe);
    CHECK(bar.input.missing == Texts{"", "ERROR", "UNKNOWN"});
    CHECK(bar.fields.at(1).values_lookup == "menu");
    CHECK(bar.fields.at(5).values == Texts{"Cash", "Credit Card", "Digital Wallet"});
    REQUIRE(bar.repairs.size() == 4);
    CHECK(bar.repairs[0].expression == "menu.price(item)");
    CHECK_FALSE(bar.repairs[0].when_exact);
    CHECK(bar.repairs[1].expression == "total / quantity");
    CHECK(bar.repairs[1].when_exact);
    CHECK(bar.rules.at(0).name == "sum");
    CHECK(bar.rules.at(0).expression == "total = quantity * price");
    CHECK(bar.rules.at(0).place.column == 7);
    CHECK(bar.lookups.at(0).columns.at(0).type == FieldType::decimal);
}

TEST_CASE("every way to take quotes") {
    for (const std::string quotes : {"strict", "strict_inside", "lenient"}) {
        const JobSpec job = read("[input]\nquotes = " + quotes + "\n[fields]\na = text\n");
        CHECK(job.input.dialect.lenient_quotes == (quotes == "lenient"));
        CHECK(job.input.dialect.strict_inside == (quotes == "strict_inside"));
    }
}

TEST_CASE("every section and setting reaches the spec") {
    const JobSpec job = read(everything);
    CHECK(job.max_rejects.share == 0.07 / 100);
    CHECK(job.input.files == Texts{"data/*.csv", "more data/#1.csv", "extra.csv"});
    CHECK(job.input.dialect ==
          Dialect{'|', '\'', true, true, false, '#', LineEnd::crlf, Encoding::cp437, 65536});
    CHECK(job.input.preamble_lines == 2);
    CHECK(job.input.footer_lines == 1);
    CHECK_FALSE(job.input.header);
    CHECK(job.input.header_any_case);
    CHECK(job.input.names == Texts{"Order ID", "a, b", "C"});
    CHECK(job.input.repeated_header == Unwanted::reject);
    CHECK(job.input.blank == Unwanted::keep);
    CHECK(job.input.after_broken == ordermill::core::AfterBroken::flag);
    CHECK(job.input.max_field == 3 << 20);
    CHECK(job.input.missing == Texts{"", "NULL", "N/A"});

    REQUIRE(job.inputs.size() == 1);
    CHECK(job.inputs[0].name == "germany");
    CHECK(job.inputs[0].files == Texts{"de/*.csv"});
    CHECK(job.inputs[0].dialect.delimiter == ';');
    CHECK(job.inputs[0].dialect.encoding == Encoding::windows1252);
    CHECK(job.inputs[0].dialect.quote == '\'');
    CHECK(job.inputs[0].footer_lines == 1);
    CHECK(job.inputs[0].overridden == Texts{"delimiter", "encoding", "files"});
    REQUIRE(job.field_overrides.at("germany").size() == 1);
    CHECK(job.field_overrides.at("germany")[0].formats == Texts{"%d.%m.%Y"});
    CHECK(job.rest);
    CHECK(job.rest_snake);

    const LookupSpec& menu = job.lookups.at(0);
    CHECK(menu.file == "menu list.csv");
    CHECK(menu.dialect.delimiter == '\t');
    CHECK(menu.missing == Texts{"", "NULL"});
    CHECK(menu.keys.at(1).type == FieldType::integer);
    CHECK(menu.keys.at(1).columns == Texts{"Item Size"});
    CHECK(menu.columns.at(1).type == FieldType::date);

    CHECK(job.rules.at(0).expression == "contains(note, \"a | b # c\") or (amount = 1)");
    CHECK(job.rules.at(0).on_fault == OnFault{});
    CHECK(job.rules.at(1).on_fault == OnFault{Action::keep, true});
    CHECK(job.drops.at(0).expression == "note = \"Total # 1\"");

    const DuplicatesSpec& sale = job.duplicates.at(1);
    CHECK(sale.key == Texts{"who", "day"});
    CHECK_FALSE(sale.missing_equal);
    REQUIRE(sale.keep.size() == 5);
    CHECK(sale.keep[0] == KeepSpec{KeepSpec::Criterion::most_complete, {"email", "phone"}});
    CHECK(sale.keep[3] == KeepSpec{KeepSpec::Criterion::last, {}});

    REQUIRE(job.order.rules.size() == 6);
    CHECK(job.order.rules[1].name == "contact");
    CHECK(job.order.rules[1].fields == Texts{"email", "phone"});
    CHECK(job.order.rules[3].fields == Texts{"amount", "ratio"});
    CHECK(job.order.rules[3].tolerance == "0.01");
    CHECK(job.order.rules[4].least == 1);
    CHECK(job.order.rules[4].most == 100);
    CHECK(job.order.rejected_line == OrderSpec::RejectedLine::reject);

    OutputSpec output;
    output.delimiter = '\t';
    output.quoting = OutputSpec::Quoting::all;
    output.formulas = OutputSpec::Formulas::quote;
    output.missing = "N A";
    output.clean = "sold.csv";
    output.rejects = "bad.csv";
    output.duplicates = "twice.csv";
    output.file_column = output.line_column = true;
    output.file_name = "source_file";
    output.line_name = "source, line";
    output.flags = OutputSpec::Flags::always;
    CHECK(job.output == output);
}

TEST_CASE("field lines") {
    const FieldCase cases[] = {
        {"date", [](auto& f) { return f.type == FieldType::date && f.columns.empty() && f.name == "x"; }},
        {"text \"A\" or \"B\"",
         [](auto& f) {
             return f.columns == Texts{"A", "B"};
         }},
        {"text #12 | required # comment", [](auto& f) { return f.position == 12 && f.required; }},
        {"text \"A # B | \\\"C\\\"\" | hidden",
         [](auto& f) { return f.columns == Texts{"A # B | \"C\""} && f.hidden; }},
        {"code @zip", [](auto& f) { return f.part == "zip"; }},
        {"text := if(a = '|', \"b | # \", c) | upper # comment",
         [](auto& f) {
             return f.expression == "if(a = '|', \"b | # \", c)" && f.steps.letter_case == Case::upper;
         }},
        {"decimal := (a + b) when exact", [](auto& f) { return f.expression == "(a + b)" && f.when_exact; }},
        {"text := concat(\"\\\", 'it''s # | ', a) | upper",
         [](auto& f) {
             return f.expression == "concat(\"\\\", 'it''s # | ', a)" && f.steps.letter_case == Case::upper;
         }},
        {"text := f(a | b) | upper", [](auto& f) { return f.expression == "f(a | b)"; }},
        {"text | pattern a|b #c", [](auto& f) { return f.pattern == "a|b"; }},
        {"text | pattern \"a | b \\d\" | upper",
         [](auto& f) { return f.pattern == "a | b \\d" && f.steps.letter_case == Case::upper; }},
        {"text | pattern [^\"]+ x", [](auto& f) { return f.pattern == "[^\"]+ x"; }},
        {"text | case lower | nfc | collapse",
         [](auto& f) {
             return f.steps == TextSteps{true, true, Case::lower};
         }},
        {"text | length 5", [](auto& f) { return f.min_length == 5U && f.max_length == 5U; }},
        {"text | default \"\"", [](auto& f) { return f.default_text == ""; }},
        {"text | default a b", [](auto& f) { return f.default_text == "a b"; }},
        {"text | missing \"\" NULL, \"N/A\"",
         [](auto& f) {
             return f.missing == Texts{"", "NULL", "N/A"};
         }},
        {"text | missing NA", [](auto& f) { return f.missing == Texts{"NA"}; }},
        {"text | replace \"-+\" - | replace x \"\"",
         [](auto& f) {
             return f.replace.size() == 2 && f.replace[0].first == "-+" && f.replace[1].second.empty();
         }},
        {"decimal | thousands space | round",
         [](auto& f) { return f.number.thousands == ' ' && f.number.rounding == Rounding::half_up; }},
        {"decimal | thousands \",\"", [](auto& f) { return f.number.thousands == ','; }},
        {"timestamp | format %d.%m.%Y %H:%M", [](auto& f) { return f.formats == Texts{"%d.%m.%Y %H:%M"}; }},
        {"timestamp | min 2011-01-01 10:00", [](auto& f) { return f.min == "2011-01-01 10:00"; }},
        {"enum | values NA,EMEA, \"A,B\"",
         [](auto& f) {
             return f.values == Texts{"NA", "EMEA", "A,B"};
         }},
        {"enum | values \"NA,EMEA, Japan\"",
         [](auto& f) {
             return f.values == Texts{"NA", "EMEA", "Japan"};
         }},
        {"enum | values \"A,B\",", [](auto& f) { return f.values == Texts{"A,B"}; }},
        {"enum | values Cash, Credit Card",
         [](auto& f) {
             return f.values == Texts{"Cash", "Credit Card"};
         }},
        {"enum | values lookup menu", [](auto& f) { return f.values_lookup == "menu" && f.values.empty(); }},
        {"enum | file \"a b.csv\"", [](auto& f) { return f.file == "a b.csv"; }},
        {"text | aliases EIRE -> Ireland, \"USA\" -> United States | alias RSA -> \"\"",
         [](auto& f) {
             return f.aliases.size() == 3 && f.aliases[1].first == "USA" &&
                    f.aliases[1].second == "United States" && f.aliases[2].second.empty();
         }},
        {"phone | format e164 | country_from other",
         [](auto& f) { return f.phone_format == PhoneFormat::e164 && f.country_from == "other"; }},
        {"integer | else reject", [](auto& f) { return f.on_fault == OnFault{}; }},
        {"integer | else flag",
         [](auto& f) {
             return f.on_fault == OnFault{Action::keep, true};
         }},
        {"integer | else blank flag",
         [](auto& f) {
             return f.on_fault == OnFault{Action::blank, true};
         }},
        {"integer | else default 0 flag",
         [](auto& f) {
             return f.on_fault == OnFault{Action::use_default, true} && f.default_text == "0";
         }},
        {"text | else default \"red flag\"",
         [](auto& f) {
             return f.on_fault == OnFault{Action::use_default, false} && f.default_text == "red flag";
         }},
        {"integer | default 7 | else default", [](auto& f) { return f.default_text == "7"; }},
    };
    for (const FieldCase& c : cases) {
        INFO(c.line);
        CHECK(c.holds(field(c.line)));
    }
}

TEST_CASE("plain settings") {
    const auto input = [](const std::string& line) {
        return read("[input]\n" + line + "\n[fields]\na = text\n").input;
    };
    CHECK(input("delimiter = tab").dialect.delimiter == '\t');
    CHECK(input("delimiter = \\t").dialect.delimiter == '\t');
    CHECK(input("delimiter = \"\\t\"").dialect.delimiter == '\t');
    CHECK(input("delimiter = ;").dialect.delimiter == ';');
    CHECK(input("delimiter =;").dialect.delimiter == ';');
    CHECK(input("quote = none").dialect.quote == 0);
    CHECK(input("max_record = 1 MiB").dialect.max_record == 1U << 20U);
    CHECK(input("max_record = 100B").dialect.max_record == 100);
    CHECK(input("files = a.csv # b.csv").files == Texts{"a.csv"});
    CHECK(input("files = a#b.csv").files == Texts{"a#b.csv"});
    CHECK(input("missing = \"\"").missing == Texts{""});
    const auto limit = [](const std::string& value) {
        return read("max_rejects = " + value + "\n[fields]\na = text\n").max_rejects;
    };
    CHECK(limit("100").count == 100U);
    CHECK(limit("0.5%").share == 0.005);
    CHECK(limit("unlimited") == MaxRejects{});
    CHECK(read("\xEF\xBB\xBF[run]\r\nmax_rejects = 3 # few\r\n[fields]\r\na = text").max_rejects.count == 3U);
    CHECK(read("max_rejects = 3\n[fields]\na = text\n[run]\n").max_rejects.count == 3U);
    CHECK(read("[fields]\na = text\nrest = *\n").rest);
    CHECK(read("[fields]\nrest = text\n").fields.at(0).name == "rest");
    CHECK(read_job("[fields]\na = text", "a/b.c/my.shop.cfg", {}).name == "my.shop");
}

TEST_CASE("overrides replace, add and win") {
    const std::string job =
        "[input]\ndelimiter = ,\n[fields]\nprice = decimal \"P\"\nn = integer\nrest = *\n[order]\nid = n\n";
    const JobSpec spec =
        read(job, {"input.delimiter=;", "fields.price=decimal \"Price\" | scale 2", "max_rejects=7",
                   "run.max_rejects = 0", "input.two.files=a.csv", "input.two.comment=#",
                   "order.x.same=price | flag", "fields.extra = text", "output.missing=\"\""});
    CHECK(spec.input.dialect.delimiter == ';');
    REQUIRE(spec.fields.size() == 3);
    CHECK(spec.fields[0].name == "price");
    CHECK(spec.fields[0].columns == Texts{"Price"});
    CHECK(spec.fields[0].scale == 2);
    CHECK(spec.fields[0].place.line == 0);
    CHECK(spec.fields[2].name == "extra");
    CHECK(spec.max_rejects.count == 0U);
    CHECK(spec.inputs.at(0).dialect.comment == '#');
    CHECK(spec.order.rules.at(0).name == "x");

    CHECK(error_of(job, {"fields.n=integer", "fields.price=decimal | requird"}) ==
          "--set fields.price: unknown step \"requird\"; did you mean \"required\"?");
    CHECK(error_of(job, {"inputt.delimiter=;"}) ==
          "--set inputt.delimiter: unknown section \"inputt\"; did you mean \"input\"?");
    CHECK(error_of(job, {"input.delimiter"}) == "--set input.delimiter: expected section.key=value");
    CHECK(error_of(job, {"input.delimiter="}) ==
          "--set input.delimiter: the value is missing; write \"\" for an empty text");
    CHECK(error_of(job, {"input.delimiter=\n"}) ==
          "--set input.delimiter: unexpected control character 0x0A");
    CHECK(error_of(job, {"split.from=a"}) == "--set split.from: this section needs a name: [split.NAME]");
}

TEST_CASE("a compiled job's errors get the file's name") {
    const Texts overrides{"rules.a=b", "fields.price = decimal := 1 +"};
    const std::string job = "[fields]\nprice = decimal\nb = boolean\n";
    const FieldSpec price = read(job, overrides).fields.front();
    const auto message = [&](Place place) -> std::string {
        try {
            rethrow(JobError(place, "what is this"), "jobs/shop.cfg", overrides);
        } catch (const JobFileError& error) {
            return error.what();
        }
    };
    CHECK(message({7, 3}) == "jobs/shop.cfg:7:3: what is this");
    CHECK(message({}) == "jobs/shop.cfg: what is this");
    Place inside = price.expression_place;
    inside.column += 3;
    CHECK(message(inside) == "--set fields.price: what is this");
}

TEST_CASE("a printed job reads back to the same job") {
    for (const std::string_view text : {electronics, cafe, everything}) {
        const JobSpec job = read(text);
        const std::string printed = print_job(job);
        INFO(printed);
        JobSpec again;
        REQUIRE_NOTHROW(again = read(printed));
        CHECK(again == job);
        CHECK(print_job(again) == printed);
    }
}

TEST_CASE("mutated jobs are read or refused, and what is read prints back") {
    std::mt19937_64 random(20110228); // NOLINT: the same mutations every time
    const std::string original = std::string(everything) + "[split.s]\nfrom = \"A\"\npattern = (?P<p>.)\n";
    const std::string alphabet = "|#\"'\\=:,.()[]*@ \t\n0aZ_\x80\x01->";
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = original;
        for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
            const std::size_t at = below(text.size());
            switch (below(4)) {
            case 0: text[at] = alphabet[below(alphabet.size())]; break;
            case 1: text.erase(at, 1 + below(12)); break;
            case 2: text.insert(at, 1, alphabet[below(alphabet.size())]); break;
            default: text.insert(at, original.substr(below(original.size()), 1 + below(30)));
            }
        }
        INFO("round " << round << "\n" << text);
        JobSpec job;
        try {
            job = read(text);
        } catch (const JobFileError& error) {
            if (std::string_view(error.what()).substr(0, 14) != "jobs/shop.cfg:") FAIL(error.what());
            continue;
        } catch (const std::exception& other) {
            FAIL("not a JobFileError: " << other.what());
        }
        ++accepted;
        const std::string printed = print_job(job);
        INFO(printed);
        try {
            if (!(read(printed) == job)) FAIL("another job");
        } catch (const JobFileError& error) {
            FAIL(error.what());
        }
    }
    CHECK(accepted > 1000);
    CHECK(accepted < 19'000);
}
