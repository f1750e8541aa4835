#include "app/terminal/aligned_table.hpp"

#include "core/csv/csv_write.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

constexpr bool begins_code_point(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

} // namespace

std::string AlignedTable::text(std::string_view indent) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        if (row.size() > widths.size()) widths.resize(row.size(), 0);
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], code_points(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line(indent);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string blanks(widths[i] - code_points(row[i]), ' ');
            const bool right = std::find(right_.begin(), right_.end(), i) != right_.end();
            if (i > 0 && widths[i] > 0) line += "  ";
            line += right ? blanks + row[i] : row[i] + blanks;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string wrapped_list(const std::vector<std::string>& items, std::string_view indent, std::size_t width) {
    std::string text;
    std::string line(indent);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
        const bool first = line.size() == indent.size();
        if (!first && code_points(line) + 1 + code_points(item) > width) {
            text += line + '\n';
            line = std::string(indent) + item;
        } else {
            line += (first ? "" : " ") + item;
        }
    }
    return text + line + '\n';
}

std::string wrapped_text(std::string_view text, std::string_view first, std::string_view indent,
                         std::size_t width) {
    std::string lines;
    std::string line(first);
    bool begun = false;
    while (!text.empty()) {
        std::size_t end = text.find(' ');
        if (end != text.npos && text.substr(end + 1).starts_with('%')) end = text.find(' ', end + 1);
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (begun && code_points(line) + 1 + code_points(word) > width) {
            lines += line + '\n';
            line = indent;
            begun = false;
        }
        if (begun) line += ' ';
        line += word;
        begun = true;
    }
    return lines + line + '\n';
}

std::string shown(std::string_view text, std::size_t most) {
    core::Buffer escaped;
    core::append_escaped(escaped, text);
    std::string quoted = "'";
    std::size_t count = 0;
    for (const char byte : escaped.view()) {
        if (begins_code_point(byte) && count++ == most) {
            quoted += "...";
            break;
        }
        switch (byte) {
        case '\n': quoted += "\\n"; break;
        case '\r': quoted += "\\r"; break;
        case '\t': quoted += "\\t"; break;
        default:
            if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
                quoted += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
            } else {
                quoted += byte;
            }
        }
    }
    return quoted + '\'';
}

} // namespace ordermill::app
