#include "core/date/date.hpp"
#include "core/number/number.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

using namespace ordermill::core;

namespace {

/// So many that the processor can't learn their order by heart.
constexpr std::size_t text_count = 4096;

/// `make(i)` for each i, in an order without a pattern.
template<typename Make>
std::vector<std::string> shuffled(Make make) {
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < text_count; ++i) texts.push_back(make((i * 2654435761U) >> 8));
    return texts;
}

template<typename Value>
std::vector<std::string> written(Value value) {
    return shuffled([&](std::uint32_t i) {
        std::array<char, date_capacity> out;
        return std::string(out.data(), value(out.data(), i));
    });
}

template<typename Parse>
void parse_all(benchmark::State& state, const std::vector<std::string>& texts, Parse parse) {
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse(std::string_view(texts[at])).value);
        at = (at + 1) % text_count;
    }
    state.SetItemsProcessed(state.iterations());
}

void parse_integers(benchmark::State& state) {
    parse_all(state, shuffled([](std::uint32_t i) { return std::to_string(i % 100); }),
              [](std::string_view text) { return parse_integer(text, {}); });
}
BENCHMARK(parse_integers);

void parse_decimals(benchmark::State& state, NumberFormat format, const char* before) {
    const auto texts = written([&](char* out, std::uint32_t i) {
        const std::string_view sign = before;
        return write_decimal(std::copy(sign.begin(), sign.end(), out), i % 10'000, 2);
    });
    parse_all(state, texts, [&](std::string_view text) { return parse_decimal(text, format); });
}
BENCHMARK_CAPTURE(parse_decimals, plain, NumberFormat{.scale = 2}, "");
BENCHMARK_CAPTURE(parse_decimals, currency, NumberFormat{.scale = 2, .thousands = ',', .currency = true},
                  "$");

void parse_timestamps(benchmark::State& state, std::string format) {
    const auto formats = DateFormats::compile(std::array{format}, Kind::timestamp, 69, {});
    const bool iso = format.starts_with("%Y");
    const auto texts = shuffled([&](std::uint32_t i) {
        const std::string day = std::to_string(10 + i % 18), hour = std::to_string(10 + i % 13);
        return iso ? "2011-1" + std::to_string(i % 3) + "-" + day + "T" + hour + ":26:00"
                   : std::to_string(1 + i % 12) + "/" + day + "/2011 " + hour + ":26";
    });
    parse_all(state, texts, [&](std::string_view text) { return formats.parse(text); });
}
BENCHMARK_CAPTURE(parse_timestamps, iso, "%Y-%m-%dT%H:%M:%S");
BENCHMARK_CAPTURE(parse_timestamps, us, "%m/%d/%Y %H:%M");

template<typename Write>
void write_all(benchmark::State& state, Write write) {
    std::array<char, date_capacity> out;
    std::uint32_t number = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(write(out.data(), (number += 2654435761U) >> 8));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}

void write_integers(benchmark::State& state) {
    write_all(state, [](char* out, std::uint32_t i) { return write_integer(out, i % 100); });
}
BENCHMARK(write_integers);

void write_decimals(benchmark::State& state) {
    write_all(state, [](char* out, std::uint32_t i) { return write_decimal(out, i % 100'000, 2); });
}
BENCHMARK(write_decimals);

void write_timestamps(benchmark::State& state) {
    constexpr std::int64_t minute = 60'000'000;
    write_all(state, [](char* out, std::uint32_t i) { return write_timestamp(out, i * minute, false); });
}
BENCHMARK(write_timestamps);

} // namespace
