#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ordermill::core {

/// "Did you mean": the candidate with the smallest edit distance to `word` (insertions, deletions,
/// substitutions and swaps of neighbours; ASCII letters whatever their case), if that is at most a third of
/// the word's length (at least 1); else empty. The first of equals; never one that shares nothing with
/// `word`. Source: Damerau-Levenshtein, optimal string alignment.
std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

/// What follows in a message: `; did you mean "NEAREST"?`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

} // namespace ordermill::core
