#pragma once

#include "app/deal/scheduler.hpp"
#include "app/plan/plan.hpp"
#include "app/report/record_counts.hpp"
#include "app/work/worker.hpp"
#include "cluster/farm/serial.hpp"
#include "io/input.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"

#include "support/catch.hpp"
#include "support/shuffled_farm.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>

/// Whole runs within this process: the same job with any chunks, workers and order of arrival.
namespace ordermill::test {

struct Outcome {
    std::string clean, rejects, duplicates, raw, accounts;
    std::vector<std::string> clean_parts; ///< which `clean` is put together from
    bool operator==(const Outcome&) const = default;
};

struct Setting {
    std::uint64_t chunk_size = 1 << 20;
    bool inline_bytes = false;
    int workers = 0; ///< 0: serial
    std::uint64_t seed = 0;
    std::uint64_t memory = UINT64_MAX;
    bool streaming = false; ///< only for jobs that can be
    int lose = 0;           ///< workers that die; fewer than there are
    bool blind = false;     ///< some workers, by the seed, don't see some inputs, or the outputs
    app::OutputParts parts = app::output_parts(1, 0);
    bool pipe = false; ///< the one input comes from standard input
};

/// At least one of them is blind to something.
inline std::vector<app::RankAccess> some_blind(std::uint64_t seed, std::size_t files, std::size_t workers) {
    std::mt19937_64 random(seed + 1000);
    std::vector<app::RankAccess> access(workers + 1);
    for (std::size_t worker = 1; worker <= workers; ++worker) {
        for (std::uint32_t file = 0; file < files; ++file) {
            if (random() % 3 == 0) access[worker].unseen.push_back(file);
        }
        access[worker].output = worker > 1 && random() % 2 == 0;
    }
    return access;
}

/// `job.cfg` of the folder over the inputs.
inline Outcome run_job(const TemporaryFolder& folder, const std::vector<std::string>& inputs,
                       const Setting& setting) {
    const system::Descriptor stream(setting.pipe ? ::open(inputs.front().c_str(), O_RDONLY | O_CLOEXEC) : -1);
    io::PipeInput pipe(stream.number());
    app::PlanRequest request{.job_path = folder / "job.cfg",
                             .overrides = {},
                             .inputs = setting.pipe ? std::vector<std::string>{"-"} : inputs,
                             .output = folder / "out",
                             .chunk_size = setting.chunk_size,
                             .transport = setting.inline_bytes ? app::Transport::inline_bytes
                                                               : app::Transport::automatic,
                             .workers = std::max(1, setting.workers)};
    app::Plan plan = app::make_plan(request, pipe);
    plan.parts = setting.parts;
    const app::CompiledPlan compiled = app::compile_plan(plan);
    const auto clean_names = app::clean_output_names("clean.csv", plan.parts.count);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv", "duplicates.csv"});
    app::Scheduler scheduler(plan, compiled, pipe, request.workers);
    scheduler.set_headers("", "", "");
    app::ChunkOutputs gathered(plan, compiled);
    if (setting.blind) {
        constexpr std::uint64_t most_under_way = 500;
        scheduler.set_access(
            some_blind(setting.seed, plan.files.size(), static_cast<std::size_t>(request.workers)),
            [&](const app::WriteTask& where, const app::ChunkTexts& texts) { gathered.write(where, texts); },
            most_under_way);
    }
    if (setting.streaming && compiled.recipes.front().keeps_first_occurrence()) scheduler.stream_duplicates();
    if (setting.workers == 0) {
        cluster::Peers peers;
        app::Worker worker(plan, compiled, {.memory = setting.memory}, &peers);
        const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
            return worker.work(task, alive);
        };
        cluster::serial::run(scheduler.dealer([] {}), work, nullptr, &peers);
    } else {
        std::vector<cluster::Peers> peers(static_cast<std::size_t>(setting.workers));
        std::vector<std::unique_ptr<app::Worker>> workers;
        for (int i = 0; i < setting.workers; ++i) {
            const app::Worker::Place place{
                .workers = setting.workers, .own_rank = i + 1, .memory = setting.memory};
            workers.push_back(
                std::make_unique<app::Worker>(plan, compiled, place, &peers[static_cast<std::size_t>(i)]));
        }
        std::mt19937_64 random(setting.seed);
        run_shuffled(scheduler.dealer([] {}), workers, peers, random, setting.lose);
    }
    app::check_accounts(plan, scheduler);
    const app::Totals& totals = scheduler.totals();
    Outcome outcome;
    const auto slurp = [&](const std::string& name) {
        std::ifstream file(io::temporary_path(plan.output, name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    for (std::size_t part = 0; part < clean_names.size(); ++part) {
        const std::string text = slurp(clean_names[part]);
        CHECK(totals.clean[part].bytes == text.size());
        outcome.clean += text;
        outcome.clean_parts.push_back(text);
        outcome.accounts += fmt::format("{} {:08x} ", text.size(), totals.clean[part].crc);
    }
    outcome.rejects = slurp("rejects.csv");
    outcome.duplicates = slurp("duplicates.csv");
    for (const auto& [file, total] : totals.raw) {
        const std::string raw = slurp(app::raw_output_name(plan.files[file]));
        outcome.raw += raw.substr(plan.files[file].header_bytes.size()) + fmt::format("|{:08x}|", total.crc);
    }
    outcome.accounts += fmt::format("{} {:08x} {} {:08x} {}", totals.rejects.bytes, totals.rejects.crc,
                                    totals.duplicates.bytes, totals.duplicates.crc, totals.tally.encode());
    const core::OrderCounts& orders = scheduler.resolution().orders;
    outcome.accounts += fmt::format(" orders {}", orders.orders);
    for (const auto& rule : orders.rules)
        outcome.accounts += fmt::format(" {}/{}", rule.broken, rule.not_applied);
    for (const auto& section : scheduler.resolution().sections) {
        outcome.accounts += fmt::format(" losers {}", section.losers);
        for (const auto& [size, count] : section.sizes)
            outcome.accounts += fmt::format(" {}:{}", size, count);
        for (const auto& group : section.largest)
            outcome.accounts += fmt::format(" {}@{}:{}", group.size, group.line, group.byte_position);
    }
    for (const core::Accounts& file : totals.files) {
        outcome.accounts +=
            fmt::format(" {}/{}/{}/{}/{}/{}", file.clean.records, file.duplicates.records,
                        file.rejected.records, file.blank.records, file.comment.records, file.lines);
    }
    std::filesystem::remove_all(plan.output);
    return outcome;
}

} // namespace ordermill::test
