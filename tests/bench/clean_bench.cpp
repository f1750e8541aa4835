#include "core/clean/clean.hpp"
#include "core/groups/keys.hpp"

#include "bench/retail.hpp"

#include <benchmark/benchmark.h>

using namespace ordermill;

namespace {

core::Batch empty_batch() {
    core::Batch batch;
    batch.tally = core::Tally(bench::retail_job().recipes.front().shape());
    return batch;
}

/// The worker's whole job but for reading and writing files: a chunk of retail orders to a batch.
void clean_retail(benchmark::State& state) {
    const app::CompiledPlan& job = bench::retail_job();
    core::Cleaner cleaner(job.recipes.front());
    core::Batch batch = empty_batch();
    const core::Chunk chunk = bench::retail_chunk();
    for (auto _ : state) {
        cleaner.clean(chunk, job.mappings.front(), batch);
        benchmark::DoNotOptimize(batch.clean.bytes.data());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch.accounts.records()));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * (chunk.end - chunk.begin)));
}
BENCHMARK(clean_retail);

/// Filling in line numbers, one in each line.
void render_holes(benchmark::State& state) {
    core::LinedText text;
    for (std::uint64_t line = 0; line < 20'000; ++line) {
        text.bytes.append("orders.csv,");
        text.mark_line(line);
        text.bytes.append(",6736,4,Quantity,REQUIRED,quantity\n");
    }
    core::Buffer rendered;
    for (auto _ : state) benchmark::DoNotOptimize(text.render(1'000'000, rendered).size());
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * text.holes()));
}
BENCHMARK(render_holes);

void key_of_row(benchmark::State& state) {
    std::string_view row =
        "536365,21973,WHITE RED MUG COSY,44,2012-02-03T15:54:00,3.09,17924,United Kingdom,sold,135.96";
    for (auto _ : state) {
        benchmark::DoNotOptimize(row);
        benchmark::DoNotOptimize(core::key_of_text(row));
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * row.size()));
}
BENCHMARK(key_of_row);

} // namespace
