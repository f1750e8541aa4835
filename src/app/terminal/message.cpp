#include "app/terminal/message.hpp"

#include "app/base/name_text.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace ordermill::app {
namespace {

/// A control, a change of direction (U+0080 to U+009F, U+202A to U+202E, U+2066 to U+2069), or a byte that is
/// no character.
bool is_hidden(std::string_view character) {
    if (character.size() == 1) {
        const char byte = character.front();
        return (byte >= 0 && byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F || byte < 0;
    }
    return (character >= "\xC2\x80" && character <= "\xC2\x9F") ||
           (character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE") ||
           (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

} // namespace

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const std::string_view character = first_character(text);
        if (is_hidden(character))
            for (const char byte : character)
                shown += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
        else
            shown += character;
        text.remove_prefix(character.size());
    }
    return shown;
}

void say(std::string_view text) { say_lines(fmt::format("ordermill: {}\n", text)); }

void say_lines(std::string_view lines) {
    const std::string shown = printable(lines);
    std::fwrite(shown.data(), 1, shown.size(), stderr);
}

} // namespace ordermill::app
