#include "core/csv/csv.hpp"
#include "core/csv/csv_write.hpp"

#include "bench/retail.hpp"

#include <benchmark/benchmark.h>

using namespace ordermill;

namespace {

constexpr std::size_t slice_size = 1 << 20;

/// Every field in quotes, with a doubled quote and a line break in each record.
std::string quoted_orders() {
    std::string csv = "id,item,note\n";
    while (csv.size() < slice_size)
        csv += "\"10001\",\"Mug \"\"Big Ben\"\", blue\",\"ring twice,\nplease\"\n";
    return csv;
}

void index_slice(benchmark::State& state, core::Isa isa) {
    const std::string_view slice = std::string_view(bench::retail_orders()).substr(0, slice_size);
    core::StructuralIndex index;
    for (auto _ : state) {
        core::build_index(slice, {{',', '"', '\n', '\r', '\0'}}, index, core::Stops::found, isa);
        benchmark::DoNotOptimize(index.count);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * slice.size()));
}

void read_records(benchmark::State& state, const std::string& csv, std::uint32_t columns) {
    core::RecordReader reader({}, columns);
    std::int64_t records = 0;
    for (auto _ : state) {
        reader.open(csv, 0, true);
        while (reader.next() == core::RecordReader::Next::record) {
            benchmark::DoNotOptimize(reader.fields().data());
            ++records;
        }
    }
    state.SetItemsProcessed(records);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * csv.size()));
}

void read_plain_records(benchmark::State& state) { read_records(state, bench::retail_orders(), 8); }
BENCHMARK(read_plain_records);

void read_quoted_records(benchmark::State& state) { read_records(state, quoted_orders(), 3); }
BENCHMARK(read_quoted_records);

void write_fields(benchmark::State& state, std::string_view text) {
    std::vector<char> out(2 * text.size() + core::field_slack);
    for (auto _ : state) {
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(core::write_field(out.data(), text, ',', false));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(write_fields, plain, "WHITE RED MUG COSY");
BENCHMARK_CAPTURE(write_fields, quoted, "WOODEN, \"BIG\" GIFT WRAP");

/// One benchmark for each instruction set that this machine has.
[[maybe_unused]] const bool registered = [] {
    for (const core::Isa isa : core::available_isas()) {
        const std::string name = std::string("index_slice/") + core::name(isa);
        benchmark::RegisterBenchmark(name.c_str(),
                                     [isa](benchmark::State& state) { index_slice(state, isa); });
    }
    return true;
}();

} // namespace
