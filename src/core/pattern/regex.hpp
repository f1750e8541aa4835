#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace ordermill::core {

/// A regular expression (RE2 syntax) that takes texts apart or changes them. Nothing, and `error` says why,
/// for a bad one; also for one with `\C`, a single byte, which could leave half a character.
std::shared_ptr<const re2::RE2> compile_regex(std::string_view source, std::string& error);

} // namespace ordermill::core
