#include "app/study/measured_rows.hpp"

#include "app/base/version.hpp"

#include <algorithm>
#include <string_view>

namespace ordermill::app {
namespace {

using study::Phase;

/// What went through a phase.
struct Amount {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    std::uint64_t chunks = 0;
};

/// Puts together the rows of one rank.
class RankRows {
  public:
    RankRows(std::vector<study::RawRow>& rows, study::RawRow row) : rows_(rows), row_(std::move(row)) {}

    study::RawRow& add(Phase phase, const Spent& spent, const Amount& amount = {}) {
        row_.phase = phase;
        row_.wall_s = spent.wall;
        row_.cpu_s = spent.cpu;
        row_.bytes = amount.bytes;
        row_.records = amount.records;
        row_.chunks = amount.chunks;
        return rows_.emplace_back(row_);
    }
    void add_total(const Spent& spent, const Amount& amount, double user, const system::OtherLoad& others) {
        study::RawRow& total = add(Phase::total, spent, amount);
        total.user_s = user;
        total.system_s = std::max(0.0, spent.cpu - user);
        total.involuntary_switches = others.involuntary_switches;
        total.host_busy_s = others.host_busy_seconds;
        total.host_stolen_s = others.host_stolen_seconds;
        total.load_average = others.load_average;
    }

  private:
    std::vector<study::RawRow>& rows_;
    study::RawRow row_;
};

Spent sum(const Spent& a, const Spent& b) { return {.wall = a.wall + b.wall, .cpu = a.cpu + b.cpu}; }

void add_producer(RankRows& rows, const RunMeasures& measures) {
    std::uint64_t chunks = 0;
    for (const Phases& phases : measures.phases) chunks += phases.chunks;
    rows.add(Phase::deal, measures.dealing, {.records = measures.records, .chunks = chunks});
    rows.add(Phase::wait, {.wall = std::max(0.0, measures.wall_seconds - measures.dealing.wall)});
    rows.add_total({.wall = measures.wall_seconds, .cpu = measures.dealing.cpu},
                   {.bytes = measures.bytes, .records = measures.records, .chunks = chunks},
                   measures.dealing_user, measures.others);
}

void add_worker(RankRows& rows, const RunMeasures& measures, const Phases& phases) {
    const Spent write = sum(phases.write, phases.sync);
    Spent busy = sum(phases.exchange, write);
    for (const Spent& spent : {phases.read, phases.clean, phases.resolve}) busy = sum(busy, spent);
    const auto amount = [&](std::uint64_t bytes, std::uint64_t records) -> Amount {
        return {bytes, records, phases.chunks};
    };
    rows.add(Phase::read, phases.read, amount(phases.read_bytes, 0));
    rows.add(Phase::clean, phases.clean, amount(phases.read_bytes, phases.records));
    rows.add(Phase::resolve, phases.resolve, amount(0, phases.records));
    rows.add(Phase::exchange, phases.exchange, amount(0, phases.records));
    rows.add(Phase::write, write, amount(phases.written_bytes, 0));
    // The run's end, as rank 0 sees it, is everybody's: who is done before it waits.
    const double wall = std::max(measures.wall_seconds, busy.wall);
    rows.add(Phase::wait, {.wall = wall - busy.wall, .cpu = std::max(0.0, phases.total.cpu - busy.cpu)});
    rows.add_total({.wall = wall, .cpu = phases.total.cpu}, amount(phases.read_bytes, phases.records),
                   phases.user, phases.others);
}

study::RawRow labelled(const RunLabel& label, const RunMeasures& measures) {
    const auto ranks = static_cast<int>(measures.usage.size());
    study::RawRow row;
    row.study = label.study;
    row.mode = label.mode;
    row.ranks = ranks;
    row.workers = label.workers;
    row.repeat = label.repeat;
    row.date = measures.started;
    row.version = version_number();
    row.commit = source_commit();
    row.work_records = measures.records;
    row.work_bytes = measures.bytes;
    row.work_duplicates = measures.duplicates;
    row.setting = label.setting;
    row.job = label.job;
    row.inputs = label.inputs;
    row.command = label.command;
    row.chunk_bytes = measures.chunk_bytes;
    row.parts = measures.parts;
    row.build = build_text();
    return row;
}

} // namespace

std::vector<study::RawRow> rows_of(const RunMeasures& measures, const RunLabel& label,
                                   std::span<const HostFacts> hosts) {
    std::vector<study::RawRow> rows;
    study::RawRow row = labelled(label, measures);
    const bool alone = measures.usage.size() == 1;
    for (std::size_t rank = 0; rank < measures.usage.size(); ++rank) {
        row.rank = static_cast<int>(rank);
        row.role = rank == 0 && !alone ? study::Role::producer : study::Role::worker;
        row.host = hosts[rank].host;
        row.cpu_model = hosts[rank].cpu_model;
        row.cores = hosts[rank].cores;
        row.peak_rss_bytes = measures.usage[rank].peak_rss;
        RankRows of_rank(rows, row);
        if (row.role == study::Role::producer)
            add_producer(of_rank, measures);
        else
            add_worker(of_rank, measures, measures.phases[rank]);
    }
    return rows;
}

std::vector<study::TimelineRow> bars_of(const RunMeasures& measures, const RunLabel& label) {
    std::vector<study::TimelineRow> rows;
    for (std::size_t rank = 0; rank < measures.timelines.size(); ++rank) {
        for (const study::PhaseBuckets::Bar& bar : measures.timelines[rank]) {
            rows.push_back({.study = label.study,
                            .mode = label.mode,
                            .ranks = static_cast<int>(measures.usage.size()),
                            .workers = label.workers,
                            .repeat = label.repeat,
                            .rank = static_cast<int>(rank),
                            .phase = bar.phase,
                            .begin_s = bar.begin,
                            .end_s = bar.end,
                            .setting = label.setting});
        }
    }
    return rows;
}

std::vector<study::RawRow> together(const std::vector<std::vector<study::RawRow>>& processes) {
    std::vector<study::RawRow> all;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::uint64_t duplicates = 0;
    for (std::size_t rank = 0; rank < processes.size(); ++rank) {
        records += processes[rank].front().work_records;
        bytes += processes[rank].front().work_bytes;
        duplicates += processes[rank].front().work_duplicates;
        for (study::RawRow row : processes[rank]) {
            row.rank = static_cast<int>(rank);
            all.push_back(std::move(row));
        }
    }
    for (study::RawRow& row : all) {
        row.ranks = row.workers = static_cast<int>(processes.size());
        row.date = all.front().date;
        row.work_records = records;
        row.work_bytes = bytes;
        row.work_duplicates = duplicates;
    }
    return all;
}

} // namespace ordermill::app
