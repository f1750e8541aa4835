#include "core/pattern/regex.hpp"

#include <re2/re2.h>

namespace ordermill::core {
namespace {

bool has_single_byte(std::string_view source) noexcept {
    for (std::size_t i = 0; i + 1 < source.size(); ++i) {
        if (source[i] != '\\') continue;
        if (source[++i] == 'C') return true;
    }
    return false;
}

} // namespace

std::shared_ptr<const re2::RE2> compile_regex(std::string_view source, std::string& error) {
    auto compiled =
        std::make_shared<const re2::RE2>(re2::StringPiece(source.data(), source.size()), re2::RE2::Quiet);
    if (!compiled->ok()) {
        error = compiled->error();
        return nullptr;
    }
    if (has_single_byte(source)) {
        error = "\\C matches a single byte, which can be half a character; use . for any character";
        return nullptr;
    }
    return compiled;
}

} // namespace ordermill::core
