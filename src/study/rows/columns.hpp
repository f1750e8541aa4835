#pragma once

#include "core/csv/csv_write.hpp"
#include "core/memory/buffer.hpp"
#include "study/rows/raw_rows.hpp"

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

/// Columns of a table file: how a member of a row is written and read.
namespace ordermill::study {

template<typename Row>
struct Column {
    std::string_view name;
    std::string_view expected; ///< what its cells are, in words
    void (*write)(core::Buffer&, const Row&);
    bool (*read)(std::string_view, Row&);
};

namespace cell {

template<typename T>
concept Named = std::is_enum_v<T>;

inline void write(core::Buffer& out, const std::string& text) { core::append_field(out, text); }
template<typename T>
requires std::integral<T> || std::floating_point<T>
void write(core::Buffer& out, T number) {
    char digits[32]; // the shortest text that reads as the same number
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    out.append({digits, static_cast<std::size_t>(end - digits)});
}
template<Named T>
void write(core::Buffer& out, T value) {
    out.append(study::name(value));
}

inline bool read(std::string_view text, std::string& value) {
    value = text;
    return true;
}
template<typename T>
requires std::integral<T> || std::floating_point<T>
bool read(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return false;
    if constexpr (std::floating_point<T>) return std::isfinite(value) && value >= 0;
    return value >= T{};
}
template<Named T>
bool read(std::string_view text, T& value) {
    for (int i = 0;; ++i) {
        const std::string_view candidate = study::name(static_cast<T>(i));
        if (candidate.empty()) return false;
        if (candidate != text) continue;
        value = static_cast<T>(i);
        return true;
    }
}

template<typename T>
constexpr std::string_view expected() {
    if constexpr (std::is_same_v<T, Phase>) return "a phase";
    if constexpr (std::is_same_v<T, Mode>) return "strong, weak, burn, strong-ceiling or weak-ceiling";
    if constexpr (std::is_same_v<T, Role>) return "producer or worker";
    if constexpr (std::floating_point<T>) return "a number of seconds, 0 or more";
    return "a whole number, 0 or more";
}

template<typename T>
struct MemberOf;
template<typename Row, typename T>
struct MemberOf<T Row::*> {
    using Owner = Row;
    using Type = T;
};

} // namespace cell

template<auto member>
constexpr auto column(std::string_view name) {
    using Row = typename cell::MemberOf<decltype(member)>::Owner;
    using Type = typename cell::MemberOf<decltype(member)>::Type;
    return Column<Row>{name, cell::expected<Type>(),
                       [](core::Buffer& out, const Row& row) { cell::write(out, row.*member); },
                       [](std::string_view text, Row& row) { return cell::read(text, row.*member); }};
}

} // namespace ordermill::study
