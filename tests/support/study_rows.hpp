#pragma once

#include "study/rows/raw_rows.hpp"

#include <vector>

/// Rows of made-up runs: rank 0 deals, the workers clean and wait.
namespace ordermill::test {

struct MadeRun {
    study::Mode mode = study::Mode::strong;
    int repeat = 0;
    double seconds = 1;
    std::vector<double> useful; ///< of each worker: clean's wall and CPU time. The rest it waits
    double dealing = 0;         ///< rank 0's; the rest it waits
    double writing = 0;         ///< of each worker, wall and CPU time
    std::uint64_t bytes = 1000;
    int cores = 1'000'000;
    std::string study = "s1";
};

inline void add_run(std::vector<study::RawRow>& rows, const MadeRun& run) {
    using namespace study;
    const int workers = static_cast<int>(run.useful.size());
    const auto add = [&](int rank, Phase phase, double wall, double cpu) {
        RawRow row;
        row.study = run.study;
        row.mode = run.mode;
        row.ranks = workers + 1;
        row.workers = workers;
        row.repeat = run.repeat;
        row.rank = rank;
        row.role = rank == 0 ? Role::producer : Role::worker;
        row.host = "node1";
        row.cpu_model = "A CPU";
        row.cores = run.cores;
        row.date = "2026-11-23T08:00:00Z";
        row.version = "0.1.0";
        row.commit = "abc";
        row.work_bytes = run.bytes;
        row.work_records = run.bytes / 100;
        row.phase = phase;
        row.wall_s = wall;
        row.user_s = cpu;
        row.cpu_s = cpu;
        row.peak_rss_bytes = phase == Phase::total ? 1'000'000 * static_cast<std::uint64_t>(rank + 1) : 0;
        rows.push_back(row);
    };
    add(0, Phase::total, run.seconds, run.dealing);
    add(0, Phase::deal, run.dealing, run.dealing);
    add(0, Phase::wait, run.seconds - run.dealing, 0);
    for (int rank = 1; rank <= workers; ++rank) {
        const double useful = run.useful[static_cast<std::size_t>(rank - 1)];
        add(rank, Phase::total, run.seconds, useful);
        add(rank, Phase::clean, useful, useful);
        if (run.writing > 0) add(rank, Phase::write, run.writing, run.writing);
        add(rank, Phase::wait, run.seconds - useful - run.writing, 0);
    }
}

} // namespace ordermill::test
