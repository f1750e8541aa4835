#pragma once

#include "app/job_syntax/job_words.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A job file's lines, before they mean anything: sections of `key = value`, each with its place.
namespace ordermill::app {

struct Entry {
    Piece key;
    Piece value; ///< trimmed, without a comment, not empty
};

struct Section {
    std::string_view kind; ///< `input`
    std::string_view name; ///< `january` of `[input.january]`
    core::Place place;
    std::vector<Entry> entries;
};

/// The sections in their order; views of `text` and `overrides`. What stands before the first section belongs
/// to `[run]`. Knows the sections, which of them have names and how their values are quoted, so that
/// everything behind it can rely on: a known kind, a name where one is needed, no section and no key twice,
/// no open quote, valid UTF-8 without control characters. Throws core::JobError.
std::vector<Section> read_lines(std::string_view text, std::span<const std::string> overrides);

/// An override's place: line 0, its number and the column in its value packed into the column.
core::Place override_place(std::size_t index) noexcept;
bool from_override(core::Place place) noexcept;
/// `--set section.key` for such a place, empty for any other.
std::string override_label(core::Place place, std::span<const std::string> overrides);

} // namespace ordermill::app
