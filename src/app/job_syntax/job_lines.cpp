#include "app/job_syntax/job_lines.hpp"

#include "core/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace ordermill::app {

using core::JobError;
using core::Place;

namespace {

enum class Named : std::uint8_t { never, maybe, always };

struct SectionKind {
    std::string_view kind;
    Named named;
    Syntax syntax;
};

constexpr SectionKind section_kinds[] = {
    {"run", Named::never, Syntax::plain},         {"input", Named::maybe, Syntax::plain},
    {"split", Named::always, Syntax::plain},      {"lookup", Named::always, Syntax::plain},
    {"fields", Named::maybe, Syntax::field},      {"repair", Named::never, Syntax::expression},
    {"rules", Named::never, Syntax::expression},  {"drop", Named::always, Syntax::expression},
    {"duplicates", Named::always, Syntax::plain}, {"order", Named::never, Syntax::plain},
    {"output", Named::never, Syntax::plain},
};

constexpr unsigned override_shift = 16;

const SectionKind& kind_of(const Piece& kind) {
    std::vector<std::string> known;
    for (const SectionKind& candidate : section_kinds) {
        if (candidate.kind == kind.text) return candidate;
        known.emplace_back(candidate.kind);
    }
    unknown(kind.place, "section", kind.text, known);
}

void check_bytes(const Piece& line) {
    for (std::size_t i = 0; i < line.text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line.text[i]);
        if ((byte < ' ' && byte != '\t') || byte == 127) {
            throw JobError(line.part(i).place, fmt::format("unexpected control character 0x{:02X}", byte));
        }
    }
    if (!core::is_utf8(line.text)) throw JobError(line.place, "this line is not valid UTF-8");
}

class Lines {
  public:
    void add_line(const Piece& line);
    void add_override(const Piece& whole);
    std::vector<Section> take() { return std::move(sections_); }

  private:
    Section* find(std::string_view kind, std::string_view name);
    void begin_section(const Piece& line);
    /// Where `kind[.name]` leads; checks that it may have that name.
    const SectionKind& check_header(const Piece& kind, const Piece& name, bool has_name) const;
    void add_entry(const Piece& line);
    static Piece value_of(const Piece& raw, const SectionKind& kind, bool with_comments);

    std::vector<Section> sections_;
    std::vector<std::unordered_map<std::string_view, std::uint32_t>> lines_of_keys_; ///< by section
    const SectionKind* kind_ = section_kinds; ///< of the current section
    std::size_t current_ = 0;
    bool run_is_implicit_ = false;
};

Section* Lines::find(std::string_view kind, std::string_view name) {
    const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const Section& section) {
        return section.kind == kind && section.name == name;
    });
    return found == sections_.end() ? nullptr : &*found;
}

const SectionKind& Lines::check_header(const Piece& kind, const Piece& name, bool has_name) const {
    const SectionKind& known = kind_of(kind);
    if (!has_name && known.named == Named::always) {
        throw JobError(kind.place, fmt::format("this section needs a name: [{}.NAME]", kind.text));
    }
    if (has_name && known.named == Named::never) {
        throw JobError(name.place, fmt::format("this section takes no name: [{}]", kind.text));
    }
    if (has_name) require_name(name, "a section's name");
    return known;
}

void Lines::begin_section(const Piece& line) {
    const std::size_t close = line.text.find(']');
    if (close == std::string_view::npos)
        throw JobError(line.place, "expected \"]\" at the end of the section's name");
    const Piece behind = line.part(close + 1);
    const bool comment =
        !behind.empty() && is_space(behind.text.front()) && behind.trimmed().text.starts_with('#');
    if (!behind.trimmed().empty() && !comment) {
        throw JobError(behind.trimmed().place,
                       fmt::format("unexpected \"{}\" after the section's name", behind.trimmed().text));
    }
    const Piece header = line.part(1, close - 1);
    const std::size_t dot = header.text.find('.');
    const bool has_name = dot != std::string_view::npos;
    const Piece kind = header.part(0, dot).trimmed();
    const Piece name = has_name ? header.part(dot + 1).trimmed() : Piece{{}, header.place};
    kind_ = &check_header(kind, name, has_name);
    const Section* known = find(kind_->kind, name.text);
    if (known == nullptr) {
        current_ = sections_.size();
        sections_.push_back({kind_->kind, name.text, line.place, {}});
    } else if (run_is_implicit_ && kind_->kind == "run") {
        current_ = static_cast<std::size_t>(known - sections_.data());
        run_is_implicit_ = false;
    } else {
        throw JobError(line.place, fmt::format("the section [{}] is already given in line {}",
                                               header.trimmed().text, known->place.line));
    }
}

Piece Lines::value_of(const Piece& raw, const SectionKind& kind, bool with_comments) {
    const Breaks breaks = find_breaks(raw.text, kind.syntax, with_comments);
    if (breaks.unclosed_quote != std::string_view::npos) {
        throw JobError(raw.part(breaks.unclosed_quote).place, "this quote is never closed");
    }
    const Piece value = raw.part(0, breaks.end).trimmed();
    if (value.empty()) {
        throw JobError(value.place,
                       breaks.end < raw.text.size()
                           ? "the value is missing, because \"#\" outside quotes begins a comment"
                           : "the value is missing; write \"\" for an empty text");
    }
    return value;
}

void Lines::add_entry(const Piece& line) {
    const std::size_t equals = line.text.find('=');
    if (equals == std::string_view::npos)
        throw JobError(line.place, "expected \"key = value\" or \"[section]\"");
    const Piece key = line.part(0, equals).trimmed();
    if (key.empty()) throw JobError(line.place, "expected a key before \"=\"");
    if (sections_.empty()) {
        sections_.push_back({"run", {}, line.place, {}});
        run_is_implicit_ = true;
    }
    std::vector<Entry>& entries = sections_[current_].entries;
    if (lines_of_keys_.size() < sections_.size()) lines_of_keys_.resize(sections_.size());
    const auto [known, fresh] = lines_of_keys_[current_].try_emplace(key.text, key.place.line);
    if (!fresh)
        throw JobError(key.place, fmt::format("\"{}\" is already given in line {}", key.text, known->second));
    entries.push_back({key, value_of(line.part(equals + 1), *kind_, true)});
}

void Lines::add_line(const Piece& line) {
    check_bytes(line);
    const Piece content = line.trimmed();
    if (content.empty() || content.text.front() == '#') return;
    if (content.text.front() == '[') {
        begin_section(content);
    } else {
        add_entry(content);
    }
}

/// `section[.name].key=value`; a key of the run needs no section. A section that has no names takes the rest
/// as key
/// (`order.address.same`).
void Lines::add_override(const Piece& whole) {
    constexpr std::size_t longest = 1U << (override_shift - 1);
    if (whole.text.size() > longest) throw JobError(whole.place, "this --set is too long");
    check_bytes(whole);
    const std::size_t equals = whole.text.find('=');
    if (equals == std::string_view::npos) throw JobError(whole.place, "expected section.key=value");
    const Piece path = whole.part(0, equals).trimmed();
    const std::size_t dot = path.text.find('.');
    const bool has_section = dot != std::string_view::npos;
    const Piece kind = has_section ? path.part(0, dot) : Piece{"run", path.place};
    Piece key = has_section ? path.part(dot + 1) : path;
    Piece name{{}, path.place};
    const std::size_t last = key.text.rfind('.');
    const bool has_name = last != std::string_view::npos && kind_of(kind).named != Named::never;
    if (has_name) {
        name = key.part(0, last);
        key = key.part(last + 1);
    }
    const SectionKind& known = check_header(kind, name, has_name);
    if (key.empty()) throw JobError(whole.place, "expected section.key=value");
    const Piece value = value_of(whole.part(equals + 1), known, false);
    Section* section = find(known.kind, name.text);
    if (section == nullptr)
        section = &sections_.emplace_back(Section{known.kind, name.text, whole.place, {}});
    for (Entry& entry : section->entries) {
        if (entry.key.text != key.text) continue;
        entry = {key, value};
        return;
    }
    section->entries.push_back({key, value});
}

} // namespace

Place override_place(std::size_t index) noexcept {
    return {0, static_cast<std::uint32_t>((index + 1) << override_shift)};
}

bool from_override(Place place) noexcept { return place.line == 0 && (place.column >> override_shift) != 0; }

std::string override_label(Place place, std::span<const std::string> overrides) {
    const std::size_t number = place.column >> override_shift;
    if (place.line != 0 || number == 0 || number > overrides.size()) return {};
    const std::string& text = overrides[number - 1];
    return "--set " + std::string(Piece{std::string_view(text).substr(0, text.find('=')), {}}.trimmed().text);
}

std::vector<Section> read_lines(std::string_view text, std::span<const std::string> overrides) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    Lines lines;
    for (std::uint32_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.add_line({line, {number, 1}});
    }
    for (std::size_t i = 0; i < overrides.size(); ++i) lines.add_override({overrides[i], override_place(i)});
    return lines.take();
}

} // namespace ordermill::app
