#include "app/job/job_settings.hpp"

#include "app/job/job_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ordermill::app {

using core::Dialect;
using core::InputSpec;
using core::JobError;
using core::MaxRejects;
using core::OutputSpec;

namespace {

constexpr std::uint64_t most_lines = 1'000'000'000;

std::string yes_no(bool value) { return value ? "yes" : "no"; }

std::string character(char c) {
    switch (c) {
    case 0: return "none";
    case '\t': return "tab";
    case ' ': return "space";
    default: return written(std::string_view(&c, 1));
    }
}

std::string written_list(const std::vector<std::string>& list, std::string_view separator) {
    std::string text;
    for (const std::string& item : list) text += (text.empty() ? "" : std::string(separator)) + written(item);
    return text;
}

core::Encoding read_encoding(const Piece& piece) {
    const std::string name = one_text(piece).text;
    if (const auto encoding = core::encoding_named(name)) return *encoding;
    const std::vector<std::string> known{"UTF-8", "Latin-1", "Windows-1252", "cp437", "cp850"};
    unknown(piece.place, "encoding", name, known);
}

/// An input's list of missing strings; the empty text is always one.
std::vector<std::string> read_missing(const Piece& piece) {
    std::vector<std::string> words = texts(word_list(piece));
    if (std::find(words.begin(), words.end(), "") == words.end()) words.insert(words.begin(), "");
    return words;
}

std::string read_file_name(const Piece& piece) {
    std::string name = one_text(piece).text;
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
        throw JobError(piece.place, fmt::format("expected a file's name without a folder, not \"{}\"", name));
    }
    return name;
}

/// Numbers, dates and booleans are written without a look at whether they need quotes.
bool stands_in_values(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == ':';
}

/// `file, line`, each perhaps with `as NAME`.
void read_provenance(OutputSpec& output, const Piece& piece) {
    const OutputSpec defaults;
    output.file_column = output.line_column = false;
    output.file_name = defaults.file_name;
    output.line_name = defaults.line_name;
    output.provenance_place = piece.place;
    Cursor cursor(piece);
    while (!cursor.at_end()) {
        const Word word = cursor.word(",");
        const bool file = word.text == "file";
        if (!file && word.text != "line" && word.text != "none") {
            const std::vector<std::string> known{"file", "line", "none"};
            unknown(word.place, "provenance column", word.text, known);
        }
        if (word.text != "none") {
            (file ? output.file_column : output.line_column) = true;
            if (cursor.take_word("as")) {
                const Word name = cursor.word(",");
                if (name.text.empty()) throw JobError(name.place, "expected the column's name after \"as\"");
                (file ? output.file_name : output.line_name) = name.text;
            }
        }
        cursor.take(",");
    }
}

std::string write_provenance(const OutputSpec& output) {
    const OutputSpec defaults;
    const auto column = [](std::string_view what, const std::string& name) {
        return name == what ? name : fmt::format("{} as {}", what, written(name));
    };
    std::string text;
    if (output.file_column) text = column(defaults.file_name, output.file_name);
    if (output.line_column) text += (text.empty() ? "" : ", ") + column(defaults.line_name, output.line_name);
    return text.empty() ? "none" : text;
}

double percent(std::string_view digits, const Piece& piece) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
    const bool plain = !digits.empty() && digits.front() != '-' && error == std::errc() &&
                       end == digits.data() + digits.size();
    if (!plain || !(number >= 0 && number <= 100)) {
        throw JobError(piece.place, fmt::format("expected a share from 0% to 100%, not \"{}\"", piece.text));
    }
    return number;
}

void read_max_rejects(MaxRejects& limit, const Piece& piece) {
    limit = {};
    if (piece.text == "unlimited") return;
    if (piece.text.ends_with('%')) {
        limit.share = percent(piece.part(0, piece.text.size() - 1).trimmed().text, piece) / 100;
    } else {
        limit.count = whole_number(piece, 0, UINT64_MAX);
    }
}

/// The shortest percentage that gives the same share again.
std::string write_max_rejects(const MaxRejects& limit) {
    if (limit.count) return fmt::format("{}", *limit.count);
    if (!limit.share) return "unlimited";
    for (int digits = 0; digits < 20; ++digits) {
        const std::string text = fmt::format("{:.{}f}", *limit.share * 100, digits);
        if (percent(text, {text, {}}) / 100 == *limit.share) return text + "%";
    }
    return fmt::format("{:.20f}%", *limit.share * 100);
}

constexpr Setting<Dialect> dialect_table[] = {
    {"delimiter", [](Dialect& d, const Piece& p) { d.delimiter = one_character(p); },
     [](const Dialect& d) { return character(d.delimiter); }},
    {"quote", [](Dialect& d, const Piece& p) { d.quote = one_character(p, true); },
     [](const Dialect& d) { return character(d.quote); }},
    {"escape", [](Dialect& d, const Piece& p) { d.backslash = choice(p, escape_names); },
     [](const Dialect& d) { return name_of(d.backslash, escape_names); }},
    {"quotes",
     [](Dialect& d, const Piece& p) {
         const QuoteRules rules = choice(p, quotes_names);
         d.lenient_quotes = rules.lenient;
         d.strict_inside = rules.strict_inside;
     },
     [](const Dialect& d) {
         return name_of(QuoteRules{d.lenient_quotes, d.strict_inside}, quotes_names);
     }},
    {"comment", [](Dialect& d, const Piece& p) { d.comment = one_character(p, true); },
     [](const Dialect& d) { return character(d.comment); }},
    {"line_end", [](Dialect& d, const Piece& p) { d.line_end = choice(p, line_end_names); },
     [](const Dialect& d) { return name_of(d.line_end, line_end_names); }},
    {"encoding", [](Dialect& d, const Piece& p) { d.encoding = read_encoding(p); },
     [](const Dialect& d) { return std::string(core::name(d.encoding)); }},
    {"max_record", [](Dialect& d, const Piece& p) { d.max_record = byte_count(p); },
     [](const Dialect& d) { return fmt::format("{}", d.max_record); }},
};

constexpr Setting<InputSpec> input_table[] = {
    {"files",
     [](InputSpec& i, const Piece& p) {
         i.files = texts(word_list(p));
         i.files_place = p.place;
     },
     [](const InputSpec& i) { return written_list(i.files, " "); }},
    {"header", [](InputSpec& i, const Piece& p) { i.header = yes_or_no(p); },
     [](const InputSpec& i) { return yes_no(i.header); }},
    {"header_any_case", [](InputSpec& i, const Piece& p) { i.header_any_case = yes_or_no(p); },
     [](const InputSpec& i) { return yes_no(i.header_any_case); }},
    {"names", [](InputSpec& i, const Piece& p) { i.names = texts(item_list(p)); },
     [](const InputSpec& i) { return written_list(i.names, ", "); }},
    {"preamble_lines",
     [](InputSpec& i, const Piece& p) {
         i.preamble_lines = static_cast<std::uint32_t>(whole_number(p, 0, most_lines));
     },
     [](const InputSpec& i) { return fmt::format("{}", i.preamble_lines); }},
    {"footer_lines",
     [](InputSpec& i, const Piece& p) {
         i.footer_lines = static_cast<std::uint32_t>(whole_number(p, 0, most_lines));
     },
     [](const InputSpec& i) { return fmt::format("{}", i.footer_lines); }},
    {"repeated_header", [](InputSpec& i, const Piece& p) { i.repeated_header = choice(p, unwanted_names); },
     [](const InputSpec& i) { return name_of(i.repeated_header, unwanted_names); }},
    {"blank", [](InputSpec& i, const Piece& p) { i.blank = choice(p, unwanted_names); },
     [](const InputSpec& i) { return name_of(i.blank, unwanted_names); }},
    {"after_broken", [](InputSpec& i, const Piece& p) { i.after_broken = choice(p, after_broken_names); },
     [](const InputSpec& i) { return name_of(i.after_broken, after_broken_names); }},
    {"max_field", [](InputSpec& i, const Piece& p) { i.max_field = byte_count(p); },
     [](const InputSpec& i) { return fmt::format("{}", i.max_field); }},
    {"missing", [](InputSpec& i, const Piece& p) { i.missing = read_missing(p); },
     [](const InputSpec& i) { return written_list(i.missing, " "); }},
    {"missing_any_case", [](InputSpec& i, const Piece& p) { i.missing_any_case = yes_or_no(p); },
     [](const InputSpec& i) { return yes_no(i.missing_any_case); }},
};

constexpr Setting<OutputSpec> output_table[] = {
    {"delimiter", [](OutputSpec& o, const Piece& p) { o.delimiter = one_character(p); },
     [](const OutputSpec& o) { return character(o.delimiter); }},
    {"quoting", [](OutputSpec& o, const Piece& p) { o.quoting = choice(p, quoting_names); },
     [](const OutputSpec& o) { return name_of(o.quoting, quoting_names); }},
    {"formulas", [](OutputSpec& o, const Piece& p) { o.formulas = choice(p, formulas_names); },
     [](const OutputSpec& o) { return name_of(o.formulas, formulas_names); }},
    {"missing", [](OutputSpec& o, const Piece& p) { o.missing = one_text(p).text; },
     [](const OutputSpec& o) { return written(o.missing); }},
    {"clean", [](OutputSpec& o, const Piece& p) { o.clean = read_file_name(p); },
     [](const OutputSpec& o) { return written(o.clean); }},
    {"parts",
     [](OutputSpec& o, const Piece& p) {
         o.parts = static_cast<std::uint32_t>(whole_number(p, 1, OutputSpec::most_parts));
     },
     [](const OutputSpec& o) { return fmt::format("{}", o.parts); }},
    {"rejects", [](OutputSpec& o, const Piece& p) { o.rejects = read_file_name(p); },
     [](const OutputSpec& o) { return written(o.rejects); }},
    {"duplicates", [](OutputSpec& o, const Piece& p) { o.duplicates = read_file_name(p); },
     [](const OutputSpec& o) { return written(o.duplicates); }},
    {"provenance", read_provenance, write_provenance},
    {"flags", [](OutputSpec& o, const Piece& p) { o.flags = choice(p, flags_names); },
     [](const OutputSpec& o) { return name_of(o.flags, flags_names); }},
};

constexpr Setting<MaxRejects> run_table[] = {{"max_rejects", read_max_rejects, write_max_rejects}};

} // namespace

std::span<const Setting<Dialect>> dialect_settings() { return dialect_table; }
std::span<const Setting<InputSpec>> input_settings() { return input_table; }
std::span<const Setting<OutputSpec>> output_settings() { return output_table; }
std::span<const Setting<MaxRejects>> run_settings() { return run_table; }

void check_dialect(const Dialect& dialect, core::Place place) {
    const auto clash = [place](char a, char b, std::string_view what) {
        if (a == b && a != 0) throw JobError(place, fmt::format("the {} are the same character", what));
    };
    clash(dialect.delimiter, dialect.quote, "delimiter and the quote");
    clash(dialect.delimiter, dialect.comment, "delimiter and the comment");
    clash(dialect.quote, dialect.comment, "quote and the comment");
    if (dialect.backslash) {
        clash(dialect.delimiter, '\\', "delimiter and the escape");
        clash(dialect.quote, '\\', "quote and the escape");
    }
}

void read_input(const Section& section, InputSpec& input) {
    input.place = section.place;
    input.name = section.name;
    input.overridden.clear();
    for (const Entry& entry : section.entries) {
        if (!read_setting(input_settings(), input, entry) &&
            !read_setting(dialect_settings(), input.dialect, entry)) {
            std::vector<std::string> keys;
            add_keys(input_settings(), keys);
            add_keys(dialect_settings(), keys);
            unknown(entry.key.place, "key", entry.key.text, keys);
        }
        if (!section.name.empty()) input.overridden.emplace_back(entry.key.text);
    }
    std::sort(input.overridden.begin(), input.overridden.end());
    check_dialect(input.dialect, section.place);
}

void read_output(const Section& section, OutputSpec& output) {
    for (const Entry& entry : section.entries) {
        if (read_setting(output_settings(), output, entry)) continue;
        std::vector<std::string> keys;
        add_keys(output_settings(), keys);
        unknown(entry.key.place, "key", entry.key.text, keys);
    }
    if (output.delimiter == '"')
        throw JobError(section.place, "the output's delimiter and its quote are the same character");
    if (stands_in_values(output.delimiter)) {
        throw JobError(section.place, fmt::format("the output's delimiter \"{}\" occurs in numbers and dates",
                                                  output.delimiter));
    }
    const std::string report = "report.json";
    const std::string* names[] = {&output.clean, &output.rejects, &output.duplicates, &report};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        for (std::size_t j = i + 1; j < std::size(names); ++j) {
            if (*names[i] == *names[j]) {
                throw JobError(section.place, fmt::format("two outputs have the name \"{}\"", *names[i]));
            }
        }
    }
}

void read_run(const Section& section, MaxRejects& max_rejects) {
    for (const Entry& entry : section.entries) {
        if (read_setting(run_settings(), max_rejects, entry)) continue;
        std::vector<std::string> keys;
        add_keys(run_settings(), keys);
        unknown(entry.key.place, "key", entry.key.text, keys);
    }
}

} // namespace ordermill::app
