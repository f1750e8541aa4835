#pragma once

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

/// Jobs and files made up by chance, with all that jobs can say and most of what goes wrong in files.
namespace ordermill::test {

using Random = std::mt19937_64;

inline std::size_t below(Random& random, std::size_t bound) {
    return static_cast<std::size_t>(random() % bound);
}
inline bool one_in(Random& random, std::size_t many) { return random() % many == 0; }

template<class List>
inline std::string pick(Random& random, const List& list) {
    return std::string(list[below(random, std::size(list))]);
}

/// A column of the input: its name and what stands in it, usually.
struct Column {
    const char* name;
    std::vector<const char*> usual;
};

inline const std::vector<Column>& columns() {
    // clang-format off
    static const std::vector<Column> all{
        {"code", {"536365", "C536379", "536365A", "c12", "00017", "AB-12", "x", "C536379A"}},
        {"text",
         {"WHITE MUG", "Coffee, dark", "green tea", "say \"hi\"", "a  b",
          "A text that is longer than one block of 32",
          "\xC3\x89"
          "clair",
          "caf\xC3\xA9 au lait", "two\nlines", "\xC2\xA0odd\xC2\xA0", "tab\there",
          "exactly thirty-two bytes long ok", "=1+1", "-a", "+5", "@x,", "31 bytes and then a space here  x"}},
        {"qty",
         {"1", "48", "-3", "+7", "007", "0", "-0", "12345678", "123456789", "99999999999999999999", "3.0",
          "1O"}},
        {"price",
         {"10.09", "7", "7.5", "0.50", ".5", "5.", "-0.00", "-11.20", "00.10", "123456.78", "1234567.8",
          "1,234.50", "1.234,5", "7,50", "3,1", "12.345", "9999999999.99", "$5.00", "free", "-", "."}},
        {"day",
         {"2011-01-31", "2012-02-29", "2011-02-29", "1/2/2011", "12/31/2011", "31.12.2011", "20110405",
          "1850-01-01", "2011-1-1", "9999-12-31", "3/4/11", "3 March 2011", "2011-13-01"}},
        {"moment",
         {"2011-01-31 09:30", "2011-01-31T09:30:15", "8/4/2010 8:16", "11/14/2010 18:06", "8/4/2010  8:16",
          "8/4/2010\t8:16", "8/4/2010 24:00", "2/30/2010 8:16", "2011-01-31T09:30:15.5", "8/4/10 8:16"}},
        {"country",
         {"United Kingdom", "united kingdom", "EIRE", "USA", " France ", "", "  ", "Germany",
          "\xC3\x96sterreich", "A country that doesn't fit into a memo", "Bonaire, Sint Eustatius"}},
        {"yes", {"yes", "NO", "true", "0", "maybe", "ja", "Y"}},
        {"mail", {"ann@example.com", "BOB@Example.org", "carl(at)example.com", "x@y", "d@example.com "}},
        {"phone", {"2125557818", "+49 30 1234567", "26.47.1555", "none", "0221-5554327"}},
        {"address", {"917 1st St, Dallas, TX 75001", "somewhere", ""}}};
    // clang-format on
    return all;
}

inline const std::vector<const char*>& missing_words() {
    static const std::vector<const char*> words{"NA", "null",         "-", "0", "United Kingdom",
                                                "7",  "\xE2\x84\xAA", "k"};
    return words;
}

/// Steps that may follow a field of each type: of every list at most one, of those that `must` have one just
/// one.
struct Kind {
    const char* type;
    const char* column;
    bool must;
    std::vector<std::vector<const char*>> steps;
};

inline const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{
        {"code",
         "code",
         false,
         {{"upper", "lower"},
          {"pattern C?[0-9]{6}[A-Z]?", "pattern [A-Z0-9]+", "pattern (a|[C0-9])+"},
          {"min_length 3", "length 6"},
          {"not x", "not 536365, x"},
          {"strip_suffix A", "replace \"[C-]\" \"\""},
          {"untrimmed"},
          {"values 536365, 00017, x"}}},
        {"text",
         "text",
         false,
         {{"collapse"},
          {"upper", "lower", "title"},
          {"nfc"},
          {"max_length 12"},
          {"pattern .*[a-z]"},
          {"not \"green tea\""},
          {"aliases WHITE MUG -> Mug"}}},
        {"text", "text", false, {{"collapse"}, {"upper", "lower"}}},
        {"integer",
         "qty",
         false,
         {{"min 1"}, {"max 100"}, {"not 0", "not 1, 7"}, {"allow_zero_fraction"}, {"thousands \",\""}}},
        {"decimal",
         "price",
         false,
         {{"scale 2", "scale 3", "scale 0"},
          {"round", "round half_even"},
          {"min 0"},
          {"max 1000"},
          {"not 7", "not 7, 5"},
          {"decimal_comma | thousands \".\"", "thousands \",\""},
          {"currency"}}},
        {"date",
         "day",
         false,
         {{"format \"%m/%d/%Y\"", "formats \"%d.%m.%Y\" \"%m/%d/%Y\" \"%Y-%m-%d\"", "format \"%Y%m%d\"",
           "formats \"%m/%d/%y\" \"%d %B %Y\"", "formats \"%d %B %Y\" \"%Y-%m-%d\""},
          {"min 2011-01-01"},
          {"not 2012-02-29"},
          {"pivot 5"}}},
        {"timestamp",
         "moment",
         false,
         {{"format \"%m/%d/%Y %H:%M\"", "formats \"%Y-%m-%d %H:%M\" \"%m/%d/%y %H:%M\"",
           "format \"%Y-%m-%dT%H:%M:%S\""},
          {"min 2010-09-01"}}},
        {"date", "moment", true, {{"format \"%m/%d/%Y %H:%M\""}}},
        {"text",
         "country",
         false,
         {{"any_case | aliases EIRE -> Ireland, usa -> \"United States\", france -> \"La France, oui\""},
          {"collapse"},
          {"upper"}}},
        {"enum",
         "country",
         true,
         {{"any_case | values \"United Kingdom\", France, Germany", "values USA"}, {"collapse"}}},
        {"map",
         "yes",
         true,
         {{"any_case | aliases yes -> 1, no -> 0, maybe -> \"\"", "aliases yes -> \"y,y\""}}},
        {"boolean", "yes", false, {{"true ja, yes | false no, 0"}}},
        {"email", "mail", false, {{"lower"}, {"not ann@example.com"}}},
        {"phone",
         "phone",
         false,
         {{"country DE", "format e164 | country US", "format e164 | country_from f0"}}},
        {"text", "@street", false, {{"collapse"}, {"upper"}}},
        {"code", "@zip", false, {{"pattern [0-7]+"}}}};
    return all;
}

inline const std::vector<const char*>& derived() {
    static const std::vector<const char*> all{
        "text := if(starts_with(A, \"C\"), \"cancelled\", \"sold, or so\")",
        "text := if(starts_with(A, \"53\"), \"\", \"x\")",
        "code := if(starts_with(A, \"c\"), \"yes\", \"NA\") | upper | max_length 3",
        "decimal := N * M",
        "integer := N * N | min 0",
        "decimal := N * M | scale 1",
        "decimal := N / M | scale 2",
        "text := concat(A, \"-\", B)",
        "text := upper(B) | required",
        "boolean := N > 3",
        "date := D",
        "integer := year(D) | else blank flag"};
    return all;
}

class JobMaker {
  public:
    explicit JobMaker(Random& random) : random_(random) {}

    std::string make() {
        const std::size_t count = 1 + below(random_, 9);
        for (std::size_t i = 0; i < count; ++i) lines_.push_back(field("f" + std::to_string(i)));
        for (std::size_t i = below(random_, 4); i > 0; --i) add_derived("g" + std::to_string(i));
        std::shuffle(lines_.begin(), lines_.end(), random_);
        std::string job = input() + output();
        if (uses_split_) {
            job += "[split.address]\nfrom = address\npattern = ^(?P<street>.+), (?P<city>[^,]+), "
                   "(?P<state>[A-Z]{2}) "
                   "(?P<zip>\\d{5})$\nelse = " +
                   pick(random_, std::array{"reject", "blank", "flag"}) + "\n";
        }
        job += "[fields]\n";
        for (const std::string& line : lines_) job += line + "\n";
        if (one_in(random_, 8)) job += "rest = *\n";
        return job + rest();
    }

  private:
    std::string input() {
        std::string text = "[input]\n";
        if (one_in(random_, 3)) {
            text += "missing = \"\"";
            for (std::size_t i = 1 + below(random_, 3); i > 0; --i)
                text += fmt::format(" \"{}\"", pick(random_, missing_words()));
            text += "\n";
            if (one_in(random_, 3)) text += "missing_any_case = yes\n";
        }
        if (one_in(random_, 4))
            text += "encoding = " + pick(random_, std::array{"Latin-1", "cp437", "Windows-1252"}) + "\n";
        if (one_in(random_, 6)) text += "escape = backslash\n";
        if (one_in(random_, 8)) text += "max_field = 20\n";
        if (one_in(random_, 4))
            text += "quotes = " + pick(random_, std::array{"lenient", "strict_inside"}) + "\n";
        if (one_in(random_, 4))
            text += "after_broken = " + pick(random_, std::array{"flag", "reject"}) + "\n";
        if (one_in(random_, 4)) text += "blank = " + pick(random_, std::array{"reject", "keep"}) + "\n";
        return text;
    }

    std::string output() {
        std::string text = "[output]\n";
        if (one_in(random_, 4)) text += "quoting = all\n";
        if (one_in(random_, 4)) text += "formulas = " + pick(random_, std::array{"quote", "reject"}) + "\n";
        if (one_in(random_, 4))
            text += "delimiter = " + pick(random_, std::array{";", "tab", "2", "."}) + "\n";
        if (one_in(random_, 4))
            text += "missing = " +
                    pick(random_, std::array{"NULL", "\"a,b\"", "\"a missing value, and a long one\""}) +
                    "\n";
        if (one_in(random_, 4)) text += "provenance = file, line\n";
        return text;
    }

    std::string rest() {
        std::string text;
        if (!numbers_.empty() && one_in(random_, 4))
            text += fmt::format("[repair]\n1 = {} := 7\n", pick(random_, numbers_));
        if (!numbers_.empty() && one_in(random_, 4))
            text += fmt::format("[rules]\nr = {} != 48{}\n", pick(random_, numbers_),
                                one_in(random_, 2) ? " | flag" : "");
        if (!texts_.empty() && one_in(random_, 5))
            text += fmt::format("[drop.d]\nwhen = starts_with({}, \"x\")\n", pick(random_, texts_));
        if (one_in(random_, 2))
            text += fmt::format("[duplicates.all]\nkey = all\nmissing_equal = {}\n",
                                one_in(random_, 2) ? "yes" : "no");
        if (!numbers_.empty() && one_in(random_, 3))
            text += fmt::format("[duplicates.some]\nkey = f0\nkeep = largest({}), last\n",
                                pick(random_, numbers_));
        return text;
    }

    std::string field(const std::string& name) {
        const Kind& kind = kinds()[below(random_, kinds().size())];
        const std::string source = kind.column[0] == '@' ? kind.column : fmt::format("\"{}\"", kind.column);
        uses_split_ = uses_split_ || kind.column[0] == '@';
        std::string line = fmt::format("{} = {} {}", name, kind.type, source);
        for (std::size_t i = 0; i < kind.steps.size(); ++i) {
            if ((kind.must && i == 0) || one_in(random_, 3)) line += " | " + pick(random_, kind.steps[i]);
        }
        if (one_in(random_, 4)) line += " | required";
        if (one_in(random_, 12)) line += " | hidden";
        if (one_in(random_, 12)) line += " | missing \"\" 48 x";
        const std::string type = kind.type;
        const bool number = type == "integer" || type == "decimal";
        const std::string standard = number              ? "7"
                                     : type == "boolean" ? "true"
                                     : type == "enum"    ? "USA"
                                                         : "\"a standard, long\"";
        const bool may_have_one = type != "date" && type != "timestamp";
        if (one_in(random_, 10) && may_have_one) line += " | default " + standard;
        if (one_in(random_, 3)) {
            line += " | else " + pick(random_, std::array{"blank", "blank flag", "keep", "flag"});
        } else if (one_in(random_, 6) && may_have_one && line.find("| default") == std::string::npos) {
            line += " | else default " + standard + (one_in(random_, 2) ? " flag" : "");
        }
        if (type == "integer" || type == "decimal") numbers_.push_back(name);
        if (type == "text" || type == "code") texts_.push_back(name);
        if (type == "date") dates_.push_back(name);
        return line;
    }

    void add_derived(const std::string& name) {
        std::string text = pick(random_, derived());
        const auto fill = [&](char letter, const std::vector<std::string>& names) {
            for (std::size_t at = 0; (at = text.find(letter, at)) != std::string::npos; ++at) {
                const auto beside = [&](std::size_t place) {
                    return place < text.size() &&
                           (std::isalnum(static_cast<unsigned char>(text[place])) != 0 || text[place] == '"');
                };
                if ((at > 0 && beside(at - 1)) || beside(at + 1)) continue;
                if (names.empty()) return false;
                text.replace(at, 1, pick(random_, names));
            }
            return true;
        };
        if (fill('A', texts_) && fill('B', texts_) && fill('N', numbers_) && fill('M', numbers_) &&
            fill('D', dates_))
            lines_.push_back(name + " = " + text);
    }

    Random& random_;
    std::vector<std::string> lines_;
    std::vector<std::string> numbers_, texts_, dates_;
    bool uses_split_ = false;
};

inline std::string mutated(Random& random, std::string text) {
    static const std::vector<const char*> pieces{
        " ", "  ", "\t", "\"",       ",",        "\n",   "0",    "1",    "9", ".", "-", "a",
        "Z", "/",  ":",  "\xC3\xA9", "\xC2\xA0", "\xFF", "\x7F", "\x1F", ";", "'", "\\"};
    for (std::size_t i = 1 + below(random, 2); i > 0; --i) {
        const std::size_t at = below(random, text.size() + 1);
        if (one_in(random, 3) && at < text.size()) {
            text.erase(at, 1);
        } else {
            text.insert(at, pick(random, pieces));
        }
    }
    return text;
}

inline std::string random_value(Random& random, const Column& column) {
    if (one_in(random, 12)) return "";
    if (one_in(random, 20)) return pick(random, missing_words());
    const Column& from = one_in(random, 10) ? columns()[below(random, columns().size())] : column;
    // The first ones are the ordinary ones.
    const std::size_t some =
        one_in(random, 2) ? std::min<std::size_t>(3, from.usual.size()) : from.usual.size();
    std::string value = from.usual[below(random, some)];
    return one_in(random, 10) ? mutated(random, value) : value;
}

/// As `is_plain` of the row operations has it, a field alone: what may stand in a record that is written
/// without quotes, trimmed and collapsed.
inline bool is_tame(const std::string& value) {
    const bool odd_bytes = std::any_of(value.begin(), value.end(),
                                       [](char byte) { return byte < ' ' || byte == '"' || byte == ','; });
    const bool odd_spaces = value.find("  ") != std::string::npos ||
                            (!value.empty() && (value.front() == ' ' || value.back() == ' '));
    return !odd_bytes && !odd_spaces;
}

/// `tame`: nearly all records have nothing but tame fields.
inline std::string random_csv(Random& random, std::size_t records, bool tame = false) {
    std::string csv;
    for (const Column& column : columns()) csv += std::string(csv.empty() ? "" : ",") + column.name;
    csv += "\n";
    const std::string header = csv;
    const std::size_t quoting = tame ? 500 : 1 + below(random, 8);
    for (std::size_t i = 0; i < records; ++i) {
        const bool only_tame = tame && !one_in(random, 10);
        if (one_in(random, 40)) {
            csv += one_in(random, 2) ? header : ",,,,,,,,,,\n";
            continue;
        }
        std::string record;
        for (const Column& column : columns()) {
            std::string value = random_value(random, column);
            while (only_tame && !is_tame(value)) value = random_value(random, column);
            if (&column != &columns().front()) record += ',';
            const bool must = value.find_first_of(",\"\n\r") != std::string::npos;
            if ((must && !one_in(random, 30)) || one_in(random, quoting)) {
                for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2)
                    value.insert(at, 1, '"');
                value = "\"" + value + "\"";
            }
            record += value;
        }
        csv += record + (one_in(random, 20) ? "\r\n" : "\n");
        if (one_in(random, 10)) csv += record + "\n";
    }
    return csv;
}

} // namespace ordermill::test
