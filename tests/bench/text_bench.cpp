#include "core/pattern/pattern.hpp"
#include "core/text/text.hpp"
#include "core/text/vocabulary.hpp"

#include <benchmark/benchmark.h>

using namespace ordermill::core;

namespace {

constexpr TextSteps collapse_upper{.collapse = true, .letter_case = Case::upper};

void trim_text(benchmark::State& state, std::string_view text) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(trim(text));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(trim_text, nothing_to_do, "WHITE RED MUG COSY");
BENCHMARK_CAPTURE(trim_text, both_ends, "  WHITE RED MUG COSY ");

void normalise_text(benchmark::State& state, std::string_view text) {
    Arena arena;
    for (auto _ : state) {
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(normalise(text, collapse_upper, arena));
        arena.reset();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(normalise_text, nothing_to_do, "WHITE RED MUG COSY");
BENCHMARK_CAPTURE(normalise_text, ascii, "white  red Mug cosy");
BENCHMARK_CAPTURE(normalise_text, accents, "Café  crème brûlée");

void validate_utf8(benchmark::State& state, std::string text) {
    while (text.size() < 1 << 16) text += text;
    for (auto _ : state) benchmark::DoNotOptimize(is_utf8(text));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK_CAPTURE(validate_utf8, ascii, "white red mug cosy ");
BENCHMARK_CAPTURE(validate_utf8, accents, "café crème brûlée ");

void match_pattern(benchmark::State& state, std::string_view source, std::string_view text) {
    const Pattern pattern = Pattern::compile(source, {});
    for (auto _ : state) {
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(pattern.matches(text));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(match_pattern, simple, "C?[0-9]{6}[A-Z]?", "C536365");
BENCHMARK_CAPTURE(match_pattern, re2, "(C|D)?[0-9]{6}[A-Z]?", "C536365");

void find_word(benchmark::State& state, bool any_case) {
    Vocabulary countries(any_case);
    countries.add(any_case ? "eire" : "EIRE", "Ireland");
    countries.add(any_case ? "united kingdom" : "United Kingdom", "United Kingdom");
    for (auto _ : state) {
        std::string_view text = "United Kingdom";
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(countries.find(text));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(find_word, as_it_stands, false);
BENCHMARK_CAPTURE(find_word, any_case, true);

} // namespace
