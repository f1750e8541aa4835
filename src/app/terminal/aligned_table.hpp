#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text for people: columns that stand below each other.
namespace ordermill::app {

/// Rows of cells, each column as wide as its widest cell (in code points), two blanks between columns, no
/// blanks at a line's end.
class AlignedTable {
  public:
    /// `right`: columns whose cells are pushed to the right, such as counts.
    explicit AlignedTable(std::vector<std::size_t> right = {}) : right_(std::move(right)) {}

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const noexcept { return rows_.empty(); }
    /// Every line begins with `indent`.
    std::string text(std::string_view indent) const;

  private:
    std::vector<std::size_t> right_;
    std::vector<std::vector<std::string>> rows_;
};

/// The items, separated by `, `, in lines of at most `width` code points (but for longer items), each line
/// behind `indent`.
std::string wrapped_list(const std::vector<std::string>& items, std::string_view indent,
                         std::size_t width = 100);

/// Words in lines of at most `width` code points (but for longer words; a % stays with its number), the first
/// behind `first`, the others behind `indent`.
std::string wrapped_text(std::string_view text, std::string_view first, std::string_view indent,
                         std::size_t width = 100);

/// A value as people see it: in single quotes, control characters as `\n` or `\xNN`, cut after `most` code
/// points.
std::string shown(std::string_view text, std::size_t most = 60);

} // namespace ordermill::app
