// Numbers, dates and texts: what was read and printed is read as the same again, and a text that was put
// right once stays.
#include "core/contact/contact.hpp"
#include "core/csv/csv_write.hpp"
#include "core/date/date.hpp"
#include "core/number/number.hpp"
#include "core/pattern/pattern.hpp"
#include "core/text/text.hpp"
#include "fuzz/fuzz.hpp"

#include <re2/re2.h>

#include <array>

using namespace ordermill;
using core::Reason;

namespace {

void integers_and_decimals(fuzz::Choices& choices) {
    core::NumberFormat format;
    const std::uint8_t switches = choices.byte();
    const bool integer = (switches & 1U) != 0;
    format.decimal_point = (switches & 2U) != 0 ? ',' : '.';
    format.currency = (switches & 4U) != 0;
    format.parentheses = (switches & 8U) != 0;
    format.trailing_minus = (switches & 16U) != 0;
    format.zero_fraction = integer && (switches & 32U) != 0;
    format.scale = static_cast<std::uint8_t>(integer ? 0 : choices.below(core::max_scale + 1));
    format.rounding = static_cast<core::Rounding>(choices.below(4));
    const char marks[] = {0, ',', '.', '\'', ' '};
    format.thousands = marks[choices.below(std::size(marks))];
    if (format.thousands == format.decimal_point) format.thousands = 0;
    const std::string_view text = core::trim(choices.rest());
    if (text.empty()) return;
    const core::ParsedNumber read =
        integer ? core::parse_integer(text, format) : core::parse_decimal(text, format);
    fuzz::note(read.reason == Reason::none ? "a number" : "no number");
    if (read.reason != Reason::none) return;
    fuzz::require(!read.rounded || format.rounding != core::Rounding::none,
                  "rounded only where it is asked for");

    const core::NumberFormat plain{.scale = format.scale};
    std::array<char, core::number_capacity> buffer;
    char* const end = integer ? core::write_integer(buffer.data(), read.value)
                              : core::write_decimal(buffer.data(), read.value, format.scale);
    const std::string_view written(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const core::ParsedNumber again =
        integer ? core::parse_integer(written, plain) : core::parse_decimal(written, plain);
    fuzz::require(again.reason == Reason::none && again.value == read.value && !again.rounded,
                  "a written number");
    char* const short_end = core::write_decimal_trimmed(buffer.data(), read.value, format.scale);
    const core::ParsedNumber shorter =
        core::parse_decimal({buffer.data(), static_cast<std::size_t>(short_end - buffer.data())}, plain);
    fuzz::require(shorter.reason == Reason::none && shorter.value == read.value,
                  "a number without its last zeros");
}

struct Dates {
    core::DateFormats formats;
    core::Kind kind;
};

core::DateFormats compiled(std::vector<std::string> formats, core::Kind kind) {
    return core::DateFormats::compile(formats, kind, 69, {});
}

void dates(fuzz::Choices& choices) {
    using core::Kind;
    static const std::vector<Dates> lists = [] {
        std::vector<Dates> all;
        const auto add = [&](std::vector<std::string> formats, Kind kind) {
            all.push_back({compiled(std::move(formats), kind), kind});
        };
        add({"%Y-%m-%d"}, Kind::date);
        add({"%m/%d/%Y", "%d.%m.%y", "%Y-%m-%d"}, Kind::date);
        add({"%d %B %Y", "%a %d %b %y"}, Kind::date);
        add({"%Y%m%d", "%Y-%j"}, Kind::date);
        add({"%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S"}, Kind::timestamp);
        add({"%Y-%m-%dT%H:%M:%S.%f%z"}, Kind::timestamp);
        add({"%m/%d/%y %I:%M:%S %p"}, Kind::timestamp);
        add({"%Y%m%d%H%M%S%f"}, Kind::timestamp);
        return all;
    }();
    static const core::DateFormats iso_date = compiled({"%Y-%m-%d"}, Kind::date);
    static const core::DateFormats iso =
        compiled({"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"}, Kind::timestamp);
    static const core::DateFormats iso_zoned =
        compiled({"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"}, Kind::timestamp);
    const Dates& list = lists[choices.below(lists.size())];
    const std::string_view text = core::trim(choices.rest());
    if (text.empty()) return;
    const core::ParsedDate read = list.formats.parse(text);
    fuzz::note(read.reason == Reason::none ? "a date" : "no date");
    if (read.reason != Reason::none) return;
    std::array<char, core::date_capacity> buffer;
    char* const end = list.kind == Kind::date
                          ? core::write_date(buffer.data(), read.value)
                          : core::write_timestamp(buffer.data(), read.value, list.formats.zoned());
    const std::string_view written(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const core::DateFormats& reader =
        list.kind == Kind::date ? iso_date : (list.formats.zoned() ? iso_zoned : iso);
    const core::ParsedDate again = reader.parse(written);
    fuzz::require(again.reason == Reason::none && again.value == read.value, "a written date");
}

void texts(fuzz::Choices& choices) {
    const std::uint8_t switches = choices.byte();
    const core::TextSteps steps{.nfc = (switches & 1U) != 0,
                                .collapse = (switches & 2U) != 0,
                                .letter_case = static_cast<core::Case>(switches / 4 % 4)};
    const std::string_view text = choices.rest();
    if (!core::is_utf8(text)) return fuzz::note("no UTF-8");
    fuzz::note("a text");
    const std::string_view trimmed = core::trim(text);
    fuzz::require_equal(core::trim(trimmed), trimmed, "a trimmed text, trimmed again");
    core::Arena arena;
    const std::string once(core::normalise(trimmed, steps, arena));
    fuzz::require(core::is_utf8(once), "a text that was put right is UTF-8");
    fuzz::require(core::length(once) <= once.size(), "a text's length");
    fuzz::require_equal(core::normalise(once, steps, arena), once,
                        "a text that was put right, put right again");
    fuzz::require(core::equal_any_case(text, text), "a text is itself whatever its case");
}

/// The bytes that `append_escaped` wrote.
std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
        } else if (text[++i] == '\\') {
            bytes += '\\';
        } else {
            bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        }
    }
    return bytes;
}

void raw_records(fuzz::Choices& choices) {
    core::Buffer escaped;
    core::append_escaped(escaped, choices.rest());
    fuzz::require(core::is_utf8(escaped.view()), "a raw record is UTF-8");
    fuzz::require(escaped.view().find('\0') == std::string_view::npos, "a raw record has no NUL");
    fuzz::require_equal(unescaped(escaped.view()), choices.rest(), "a raw record's bytes");
    fuzz::note("a raw record");
}

void contacts(fuzz::Choices& choices) {
    static constexpr std::array<std::string_view, 8> countries{"", "DE", "US", "FR", "GB", "IT", "AU", "RU"};
    const std::string_view country = countries[choices.below(countries.size())];
    const auto format = choices.yes() ? core::PhoneFormat::e164 : core::PhoneFormat::digits;
    const std::string_view text = core::trim(choices.rest());
    if (!core::is_utf8(text) || text.empty()) return;
    core::check_email(text);
    core::Arena arena;
    const core::ParsedPhone read = core::parse_phone(text, format, country, arena);
    fuzz::note(read.reason == Reason::none ? "a phone number" : "no phone number");
    if (read.reason != Reason::none) return;
    const std::string once(read.text);
    const core::ParsedPhone again = core::parse_phone(once, format, country, arena);
    fuzz::require(again.reason == Reason::none, "a written phone number is one");
    fuzz::require_equal(again.text, once, "a written phone number");
}

/// `PATTERN\nTEXT`: the plain way gives RE2's answer.
void patterns(fuzz::Choices& choices) {
    const std::string_view all = choices.rest();
    const std::size_t end = std::min(all.find('\n'), all.size());
    const std::string_view source = all.substr(0, end);
    const std::string_view text = all.substr(std::min(end + 1, all.size()));
    const re2::RE2 oracle(re2::StringPiece(source.data(), source.size()), re2::RE2::Quiet);
    try {
        const core::Pattern pattern = core::Pattern::compile(source, {});
        fuzz::require(oracle.ok(), "what RE2 refuses is refused");
        fuzz::require(pattern.matches(text) == re2::RE2::FullMatch({text.data(), text.size()}, oracle),
                      "RE2's answer");
        fuzz::note(pattern.simple() ? "a plain pattern" : "RE2's pattern");
    } catch (const core::JobError&) {
        fuzz::require(!oracle.ok(), "what RE2 takes is taken");
    }
}

} // namespace

std::vector<std::string> fuzz::seeds() {
    using namespace std::string_literals;
    return {
        "\0\0\2\0\0"s + "1234.50",
        "\0\2\2\1\2"s + "1.234,505",
        "\0\x1C\2\0\1"s + "($1,234.50)",
        "\0\4\2\0\0"s + "EUR 12",
        "\0\1\0\0\0"s + "-9223372036854775808",
        "\0\x21\0\0\1"s + "1,234,567.00",
        "\0\0\x09\2\4"s + "9223372036.854775807",
        "\1\0"s + "2024-02-29",
        "\1\1"s + "2/29/2024",
        "\1\2"s + "Thu 29 Feb 24",
        "\1\3"s + "2024-060",
        "\1\4"s + "2/29/2024 8:05",
        "\1\5"s + "2024-02-29T23:59:59.25+14:00",
        "\1\6"s + "02/29/24 12:05:09 AM",
        "\1\7"s + "20240229235959999999",
        "\2\3"s + "  Gru\xCC\x88\xC3\x9F"
                  "e \t \xE2\x80\x83 Welt ",
        "\2\x0C"s + "o'neill mc-coy \xC3\x89"
                    "CLAIR \xC4\xB0\xC4\xB1 \xC7\x86",
        "\2\5"s + "\xC4\xB1\xCC\x88", // in upper case it composes
        "\2\4"s + "stra\xC3\x9F"
                  "e \xEF\xAC\x81 \xC5\x89",
        "\3"s + "a,\"b\\\" \xFF\0 \xC3\xA9\xC3"s,
        "\4\1\1"s + "030 1234567",
        "\4\2\1"s + "+1 (212) 555-0143",
        "\4\4\0"s + "0044 (0)20 7946 0958",
        "\4\5\1"s + "06 698 12345",
        "\5"s + "C?[0-9]{6}[A-Z]?\nC536365",
        "\5"s + "^TXN_\\d{7}$\nTXN_1234567",
        "\5"s + "[\\w.]+@(a|b)*\nx.y@ab",
    };
}

std::vector<fuzz::Expected> fuzz::expected_outcomes() {
    return {{"a number", 0.02},        {"no number", 0.02},      {"a date", 0.02},
            {"no date", 0.02},         {"a text", 0.02},         {"no UTF-8", 0.01},
            {"a raw record", 0.01},    {"a phone number", 0.02}, {"no phone number", 0.02},
            {"a plain pattern", 0.02}, {"RE2's pattern", 0.01}};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices({reinterpret_cast<const char*>(data), size});
    switch (choices.below(6)) {
    case 0: integers_and_decimals(choices); break;
    case 1: dates(choices); break;
    case 2: texts(choices); break;
    case 3: raw_records(choices); break;
    case 4: contacts(choices); break;
    case 5: patterns(choices); break;
    }
    return 0;
}
