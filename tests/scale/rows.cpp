#include "scale/rows.hpp"

#include "study/rows/raw_rows.hpp"

#include <fmt/core.h>

namespace ordermill::scale {

void append_rows(const std::string& path, const Outcome& outcome, std::uint64_t bytes,
                 std::uint64_t records) {
    std::vector<study::RawRow> rows;
    study::RawRow row;
    row.study = "simulated";
    row.ranks = static_cast<int>(outcome.workers.size());
    row.workers = row.ranks - 1;
    row.cpu_model = "simulated";
    row.date = "simulated";
    row.work_bytes = bytes;
    row.work_records = records;
    const auto add = [&](study::Phase phase, double wall, double cpu, std::uint64_t phase_bytes) {
        row.phase = phase;
        row.wall_s = wall;
        row.user_s = cpu;
        row.cpu_s = cpu;
        row.bytes = phase_bytes;
        rows.push_back(row);
    };
    for (row.rank = 0; row.rank < row.ranks; ++row.rank) {
        const Spent& spent = outcome.workers[static_cast<std::size_t>(row.rank)];
        row.role = row.rank == 0 ? study::Role::producer : study::Role::worker;
        row.host = fmt::format("h{}", row.rank);
        row.records = spent.records;
        row.chunks = spent.chunks;
        double busy = outcome.rank_0;
        if (row.rank == 0) {
            add(study::Phase::deal, busy, busy, 0);
        } else {
            busy = spent.read + spent.clean + spent.exchange + spent.write;
            add(study::Phase::read, spent.read, spent.read, spent.read_bytes);
            add(study::Phase::clean, spent.clean, spent.clean, spent.read_bytes);
            if (spent.exchange > 0) add(study::Phase::resolve, spent.exchange, spent.exchange, 0);
            add(study::Phase::write, spent.write, spent.write, spent.written_bytes);
        }
        add(study::Phase::wait, std::max(0.0, outcome.seconds - busy), 0, 0);
        add(study::Phase::total, outcome.seconds, busy, spent.read_bytes);
    }
    study::append_raw(path, rows);
}

} // namespace ordermill::scale
