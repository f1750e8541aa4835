#pragma once

#include <string>
#include <string_view>

namespace ordermill::app {

/// Any bytes as UTF-8, for JSON, and back. A name that is UTF-8 stays as it is; of another one each byte that
/// isn't becomes a character of its own (U+F700 and the byte).
std::string name_to_text(std::string_view name);
std::string text_to_name(std::string_view text);

/// The first character of a text that isn't empty, or its first byte where that is none.
std::string_view first_character(std::string_view text);

} // namespace ordermill::app
