#pragma once

#include "app/command/generate.hpp"
#include "app/plan/plan.hpp"
#include "core/clean/clean.hpp"
#include "core/csv/csv.hpp"
#include "support/temporary.hpp"

#include <string>

namespace ordermill::bench {

/// A chunk's worth of `ordermill generate`'s orders (20,000 order lines, 1.5 MiB), made once.
inline const std::string& retail_orders() {
    static const std::string bytes = [] {
        const test::TemporaryFolder folder;
        app::generate({.orders = 20'000, .seed = 7, .output = folder / "orders.csv"});
        return folder.read("orders.csv");
    }();
    return bytes;
}

inline std::size_t header_end(const std::string& csv) { return csv.find('\n') + 1; }

/// jobs/retail.cfg, compiled for `retail_orders`; made once.
inline const app::CompiledPlan& retail_job() {
    static const app::CompiledPlan compiled = [] {
        core::RecordReader reader({}, 0);
        reader.open(retail_orders(), 0, true);
        reader.next();
        app::PlannedFile file;
        file.path = "orders.csv";
        for (const core::FieldView& field : reader.fields()) file.header.emplace_back(field.view());
        app::Plan plan;
        plan.job_path = ORDERMILL_RETAIL_JOB;
        std::ifstream job(plan.job_path, std::ios::binary);
        plan.job_text.assign(std::istreambuf_iterator<char>(job), {});
        plan.files.push_back(file);
        return app::compile_plan(plan);
    }();
    return compiled;
}

/// All of `retail_orders`' records.
inline core::Chunk retail_chunk() {
    const std::string& orders = retail_orders();
    return {.bytes = orders,
            .begin = header_end(orders),
            .end = orders.size(),
            .known_start = true,
            .at_end = true,
            .file = "orders.csv"};
}

} // namespace ordermill::bench
