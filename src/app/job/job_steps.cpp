#include "app/job/job_steps.hpp"

#include "app/job/job_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::FieldSpec;
using core::FieldType;
using core::JobError;
using core::OnFault;

namespace {

using Types = std::uint32_t;

template<typename... Type>
constexpr Types types(Type... type) {
    return ((Types{1} << static_cast<unsigned>(type)) | ...);
}
constexpr Types any_type = ~Types{0};
constexpr Types plain_texts = types(FieldType::text, FieldType::code);
constexpr Types listed = types(FieldType::enumeration, FieldType::map) | plain_texts;
constexpr Types letters = listed | types(FieldType::email);
constexpr Types texts_of_any_kind = letters | types(FieldType::phone);
constexpr Types numbers = types(FieldType::integer, FieldType::decimal);
constexpr Types dates = types(FieldType::date, FieldType::timestamp);

enum class Argument : std::uint8_t { none, needed, possible };
enum class Use : std::uint8_t {
    often,
    once,
    column, ///< once, and only where a text is read: not on derived fields
};

struct Step {
    std::string_view name;
    Types fits;
    Argument argument;
    Use use;
    std::string_view group; ///< steps of one group exclude each other
    std::string_view example;
    void (*apply)(FieldSpec&, const Piece& argument);
};

/// A derived text is still read as its type says; a derived number or date is a value already.
bool fits_derived(const Step& step, FieldType type) {
    if (step.use == Use::column) return false;
    const bool changes_text = step.name == "missing" || step.name == "strip_suffix" || step.name == "replace";
    return !changes_text || (texts_of_any_kind & types(type)) != 0;
}

std::uint32_t read_length(const Piece& piece) {
    return static_cast<std::uint32_t>(whole_number(piece, 0, 1'000'000));
}

void read_min_length(FieldSpec& field, const Piece& piece) {
    if (field.min_length) throw JobError(piece.place, "the minimum length is given twice");
    field.min_length = read_length(piece);
}

void read_max_length(FieldSpec& field, const Piece& piece) {
    if (field.max_length) throw JobError(piece.place, "the maximum length is given twice");
    field.max_length = read_length(piece);
}

void read_default(FieldSpec& field, const Word& text) {
    if (field.default_text && *field.default_text != text.text) {
        throw JobError(text.place, fmt::format("the field's default is given twice; the first one is \"{}\"",
                                               *field.default_text));
    }
    field.default_text = text.text;
}

void read_replace(FieldSpec& field, const Piece& piece) {
    Cursor cursor(piece);
    const Word pattern = cursor.word();
    const Word with = cursor.word();
    if (pattern.text.empty() || with.empty()) {
        throw JobError(piece.place,
                       "replace needs a pattern and a replacement, for example: replace \"-+\" \"-\"");
    }
    cursor.expect_end();
    field.replace.emplace_back(pattern.text, with.text);
}

void read_thousands(FieldSpec& field, const Piece& piece) {
    const char mark = one_character(piece);
    if (std::string_view(",. '").find(mark) == std::string_view::npos) {
        throw JobError(piece.place, "expected one of \",\" \".\" \"'\" space");
    }
    field.number.thousands = mark;
}

void read_format(FieldSpec& field, const Piece& piece) { field.formats = {one_text(piece).text}; }
void read_formats(FieldSpec& field, const Piece& piece) { field.formats = texts(word_list(piece)); }

/// A lone quoted text is a list itself: `values "A,B"`. With a comma behind it, it is one value.
void read_values(FieldSpec& field, const Piece& piece) {
    Cursor cursor(piece);
    if (cursor.take_word("lookup")) {
        const Piece name = cursor.rest();
        require_name(name, "a look-up's name");
        field.values_lookup = name.text;
        return;
    }
    std::vector<Word> items = item_list(piece);
    if (items.size() == 1 && items[0].quoted && !piece.text.ends_with(',')) {
        const std::string inside = items[0].text;
        field.values = texts(item_list({inside, items[0].place}));
        return;
    }
    field.values = texts(items);
}

void read_aliases(FieldSpec& field, const Piece& piece) {
    Cursor cursor(piece);
    while (!cursor.at_end()) {
        const Word from = cursor.text_until({"->", ","});
        if (from.empty() || !cursor.take("->")) {
            throw JobError(from.place, "expected an alias such as EIRE -> Ireland");
        }
        const Word to = cursor.text_until({","});
        if (to.empty())
            throw JobError(to.place, "expected a text after \"->\"; write \"\" for an empty text");
        field.aliases.emplace_back(from.text, to.text);
        if (!cursor.take(",")) cursor.expect_end();
    }
}

void read_country(FieldSpec& field, const Piece& piece) {
    const std::string code = one_text(piece).text;
    if (code.size() != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z') {
        throw JobError(piece.place,
                       fmt::format("expected a country's two-letter code such as DE, not \"{}\"", code));
    }
    field.country = code;
}

void read_country_from(FieldSpec& field, const Piece& piece) {
    require_name(piece, "a field's name");
    field.country_from = piece.text;
}

void read_case(FieldSpec& field, const Piece& piece) {
    field.steps.letter_case = choice(piece, letter_case_names, "case");
}

void read_rounding(FieldSpec& field, const Piece& piece) {
    field.number.rounding =
        piece.empty() ? core::Rounding::half_up : choice(piece, rounding_names, "way to round");
}

/// Takes a last word `flag` off the piece.
bool take_flag(Piece& piece) {
    constexpr std::string_view flag = "flag";
    if (!piece.text.ends_with(flag)) return false;
    const std::size_t before = piece.text.size() - flag.size();
    if (before > 0 && !is_space(piece.text[before - 1])) return false;
    piece = piece.part(0, before).trimmed();
    return true;
}

void read_else(FieldSpec& field, const Piece& piece) {
    static constexpr std::array<Name<OnFault>, 5> actions{{
        {"reject", {OnFault::Action::reject, false}},
        {"blank", {OnFault::Action::blank, false}},
        {"keep", {OnFault::Action::keep, false}},
        {"flag", keep_and_flag},
        {"default", {OnFault::Action::use_default, false}},
    }};
    Cursor cursor(piece);
    const Piece all = cursor.rest();
    const std::size_t size = cursor.word().text.size();
    field.on_fault = choice(all.part(0, size), actions, "way to treat a fault");
    Piece rest = cursor.rest();
    if (take_flag(rest)) {
        if (field.on_fault == reject_record || field.on_fault == keep_and_flag) {
            throw JobError(
                rest.place,
                fmt::format("unexpected \"flag\" after \"else {}\"; flag can follow blank, keep and default",
                            all.part(0, size).text));
        }
        field.on_fault.flag = true;
    }
    if (rest.empty()) return;
    if (field.on_fault.action != OnFault::Action::use_default) {
        throw JobError(rest.place, fmt::format("unexpected \"{}\"", rest.text));
    }
    read_default(field, one_text(rest));
}

constexpr Step steps[] = {
    {"required", any_type, Argument::none, Use::once, "", "",
     [](FieldSpec& f, const Piece&) { f.required = true; }},
    {"optional", any_type, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.optional_column = true; }},
    {"hidden", any_type, Argument::none, Use::once, "", "",
     [](FieldSpec& f, const Piece&) { f.hidden = true; }},
    {"default", any_type, Argument::needed, Use::once, "", "default 0",
     [](FieldSpec& f, const Piece& p) { read_default(f, one_text(p)); }},
    {"missing", any_type, Argument::needed, Use::once, "", "missing \"\" NULL",
     [](FieldSpec& f, const Piece& p) { f.missing = texts(word_list(p)); }},
    {"else", any_type, Argument::needed, Use::once, "", "else keep flag", read_else},
    {"strip_suffix", any_type, Argument::needed, Use::once, "", "strip_suffix .0",
     [](FieldSpec& f, const Piece& p) { f.strip_suffix = one_text(p).text; }},
    {"replace", any_type, Argument::needed, Use::often, "", "replace \"-+\" \"-\"", read_replace},

    {"untrimmed", plain_texts, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.trim = false; }},
    {"nfc", letters, Argument::none, Use::once, "", "",
     [](FieldSpec& f, const Piece&) { f.steps.nfc = true; }},
    {"collapse", letters, Argument::none, Use::once, "", "",
     [](FieldSpec& f, const Piece&) { f.steps.collapse = true; }},
    {"upper", letters, Argument::none, Use::once, "case", "",
     [](FieldSpec& f, const Piece&) { f.steps.letter_case = core::Case::upper; }},
    {"lower", letters, Argument::none, Use::once, "case", "",
     [](FieldSpec& f, const Piece&) { f.steps.letter_case = core::Case::lower; }},
    {"title", letters, Argument::none, Use::once, "case", "",
     [](FieldSpec& f, const Piece&) { f.steps.letter_case = core::Case::title; }},
    {"case", letters, Argument::needed, Use::once, "case", "case upper", read_case},
    {"pattern", texts_of_any_kind, Argument::needed, Use::once, "", "pattern [A-Z]{2}\\d+",
     [](FieldSpec& f, const Piece& p) { f.pattern = one_text(p).text; }},
    {"min_length", texts_of_any_kind, Argument::needed, Use::once, "", "min_length 1", read_min_length},
    {"max_length", texts_of_any_kind, Argument::needed, Use::once, "", "max_length 40", read_max_length},
    {"length", texts_of_any_kind, Argument::needed, Use::once, "", "length 5",
     [](FieldSpec& f, const Piece& p) {
         read_min_length(f, p);
         read_max_length(f, p);
     }},
    {"not", texts_of_any_kind | numbers | dates, Argument::needed, Use::once, "", "not 0",
     [](FieldSpec& f, const Piece& p) { f.not_values = texts(item_list(p)); }},

    {"values", listed, Argument::needed, Use::once, "", "values A, B", read_values},
    {"file", listed, Argument::needed, Use::once, "", "file countries.csv",
     [](FieldSpec& f, const Piece& p) { f.file = one_text(p).text; }},
    {"alias", listed, Argument::needed, Use::often, "aliases", "alias EIRE -> Ireland", read_aliases},
    {"aliases", listed, Argument::needed, Use::often, "aliases",
     "aliases EIRE -> Ireland, USA -> United States", read_aliases},
    {"any_case", listed, Argument::none, Use::once, "", "",
     [](FieldSpec& f, const Piece&) { f.any_case = true; }},

    {"min", numbers | dates, Argument::needed, Use::once, "", "min 0",
     [](FieldSpec& f, const Piece& p) { f.min = one_text(p).text; }},
    {"max", numbers | dates, Argument::needed, Use::once, "", "max 100",
     [](FieldSpec& f, const Piece& p) { f.max = one_text(p).text; }},
    {"scale", types(FieldType::decimal), Argument::needed, Use::once, "", "scale 2",
     [](FieldSpec& f, const Piece& p) { f.scale = static_cast<int>(whole_number(p, 0, core::max_scale)); }},
    {"round", types(FieldType::decimal), Argument::possible, Use::column, "", "", read_rounding},
    {"decimal_comma", numbers, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.number.decimal_point = ','; }},
    {"thousands", numbers, Argument::needed, Use::column, "", "thousands \",\"", read_thousands},
    {"currency", numbers, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.number.currency = true; }},
    {"parentheses", numbers, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.number.parentheses = true; }},
    {"trailing_minus", numbers, Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.number.trailing_minus = true; }},
    {"allow_zero_fraction", types(FieldType::integer), Argument::none, Use::column, "", "",
     [](FieldSpec& f, const Piece&) { f.number.zero_fraction = true; }},

    {"format", dates, Argument::needed, Use::column, "formats", "format \"%d.%m.%Y\"", read_format},
    {"formats", dates, Argument::needed, Use::column, "formats", "formats \"%Y-%m-%d\" \"%d.%m.%Y\"",
     read_formats},
    {"pivot", dates, Argument::needed, Use::column, "", "pivot 69",
     [](FieldSpec& f, const Piece& p) { f.pivot = static_cast<int>(whole_number(p, 0, 100)); }},

    {"true", types(FieldType::boolean), Argument::needed, Use::column, "", "true ja, oui",
     [](FieldSpec& f, const Piece& p) { f.true_values = texts(item_list(p)); }},
    {"false", types(FieldType::boolean), Argument::needed, Use::column, "", "false nein, non",
     [](FieldSpec& f, const Piece& p) { f.false_values = texts(item_list(p)); }},

    {"format", types(FieldType::phone), Argument::needed, Use::once, "", "format e164",
     [](FieldSpec& f, const Piece& p) { f.phone_format = choice(p, phone_format_names, "phone format"); }},
    {"country", types(FieldType::phone), Argument::needed, Use::once, "country", "country DE", read_country},
    {"country_from", types(FieldType::phone), Argument::needed, Use::once, "country", "country_from country",
     read_country_from},
};

std::string names_of(Types fits) {
    std::vector<std::string> names;
    for (const auto& [name, type] : field_types) {
        if ((fits & types(type)) != 0) names.emplace_back(name);
    }
    return joined(names, " and ");
}

/// The step of that name that fits the type.
const Step& find_step(const Piece& name, FieldType type) {
    Types fits = 0;
    std::vector<std::string> fitting;
    for (const Step& step : steps) {
        const bool fits_type = (step.fits & types(type)) != 0;
        if (step.name == name.text && fits_type) return step;
        if (step.name == name.text) fits |= step.fits;
        if (fits_type) fitting.emplace_back(step.name);
    }
    if (fits == 0) unknown(name.place, "step", name.text, fitting);
    throw JobError(name.place, fmt::format("the step \"{}\" can't be used with the type {}; it is for {}",
                                           name.text, name_of(type, field_types), names_of(fits)));
}

struct Seen {
    std::string_view group;
    std::string_view name;
};

void check_use(const Step& step, const Piece& name, std::span<const Seen> seen, const FieldSpec& field) {
    const std::string_view group = step.group.empty() ? step.name : step.group;
    if (!field.expression.empty() && !fits_derived(step, field.type)) {
        throw JobError(
            name.place,
            fmt::format("the step \"{}\" needs a field that is read from a column; {} has an expression",
                        step.name, field.name));
    }
    if (step.use == Use::often) return;
    for (const Seen& earlier : seen) {
        if (earlier.group != group) continue;
        throw JobError(name.place, earlier.name == step.name
                                       ? fmt::format("the step \"{}\" is given twice", step.name)
                                       : fmt::format("the steps \"{}\" and \"{}\" can't be used together",
                                                     earlier.name, step.name));
    }
}

void check_argument(const Step& step, const Piece& argument) {
    if (step.argument == Argument::needed && argument.empty()) {
        throw JobError(argument.place, fmt::format("the step \"{}\" needs a value, for example: {}",
                                                   step.name, step.example));
    }
    if (step.argument == Argument::none && !argument.empty()) {
        throw JobError(
            argument.place,
            fmt::format("unexpected \"{}\": the step \"{}\" takes no value; separate steps with \" | \"",
                        argument.text, step.name));
    }
}

/// What only all the steps together can show.
void check_whole(const FieldSpec& field) {
    const bool needs_words = field.type == FieldType::enumeration || field.type == FieldType::map;
    if (needs_words && field.values.empty() && field.values_lookup.empty() && field.aliases.empty() &&
        field.file.empty()) {
        throw JobError(
            field.place,
            fmt::format("the field {} needs {}", field.name,
                        field.type == FieldType::map
                            ? "its aliases: add a step aliases A -> B, or file FILE"
                            : "its values: add a step values A, B, or values lookup NAME, or file FILE"));
    }
    if (field.min_length && field.max_length && *field.min_length > *field.max_length) {
        throw JobError(field.place_of("max_length"), "max_length is smaller than min_length");
    }
    if (field.number.thousands == field.number.decimal_point) {
        throw JobError(field.place_of("thousands"),
                       "the thousands separator and the decimal point are the same character");
    }
    if (field.on_fault.action == OnFault::Action::use_default && !field.default_text) {
        throw JobError(field.place_of("else"),
                       "\"else default\" needs a value: write else default X, or add a step default X");
    }
}

} // namespace

void read_steps(std::span<const Piece> pieces, FieldSpec& field) {
    std::vector<Seen> seen;
    for (const Piece& piece : pieces) {
        const std::size_t end = std::min(piece.text.find_first_of(" \t"), piece.text.size());
        const Piece name = piece.part(0, end);
        const Piece argument = piece.part(end).trimmed();
        const Step& step = find_step(name, field.type);
        check_use(step, name, seen, field);
        check_argument(step, argument);
        const std::string_view group = step.group.empty() ? step.name : step.group;
        seen.push_back({group, step.name});
        const std::size_t quote = argument.text.starts_with('"') ? 1 : 0;
        field.step_places.places.emplace_back(group,
                                              argument.empty() ? name.place : argument.part(quote).place);
        step.apply(field, argument);
    }
    check_whole(field);
}

} // namespace ordermill::app
