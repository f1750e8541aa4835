#include "app/base/name_text.hpp"

#include "core/text/text.hpp"

#include <cstddef>

namespace ordermill::app {
namespace {

/// U+F700 to U+F7FF: 1110'1111 10'0111xx 10'xxxxxx.
constexpr std::size_t stand_in_size = 3;

bool is_stand_in(std::string_view character) {
    return character.size() == stand_in_size && character[0] == '\xEF' &&
           (static_cast<unsigned char>(character[1]) & 0xFCU) == 0x9CU;
}

void add_stand_in(std::string& text, unsigned char byte) {
    text += '\xEF';
    text += static_cast<char>(0x9CU | (byte >> 6U));
    text += static_cast<char>(0x80U | (byte & 0x3FU));
}

char byte_of(std::string_view stand_in) {
    return static_cast<char>((static_cast<unsigned char>(stand_in[1]) & 3U) << 6U |
                             (static_cast<unsigned char>(stand_in[2]) & 0x3FU));
}

std::size_t length_after(unsigned char first) {
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

} // namespace

std::string_view first_character(std::string_view text) {
    const std::string_view character = text.substr(0, length_after(static_cast<unsigned char>(text.front())));
    return core::is_utf8(character) ? character : text.substr(0, 1);
}

std::string name_to_text(std::string_view name) {
    std::string text;
    while (!name.empty()) {
        std::string_view character = first_character(name);
        if (is_stand_in(character)) character = character.substr(0, 1);
        if (core::is_utf8(character))
            text += character;
        else
            add_stand_in(text, static_cast<unsigned char>(character.front()));
        name.remove_prefix(character.size());
    }
    return text;
}

std::string text_to_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const std::string_view next = text.substr(0, stand_in_size);
        if (is_stand_in(next))
            name += byte_of(next);
        else
            name += text.front();
        text.remove_prefix(is_stand_in(next) ? stand_in_size : 1);
    }
    return name;
}

} // namespace ordermill::app
