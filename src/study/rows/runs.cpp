#include "study/rows/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace ordermill::study {
namespace {

// mode, setting, workers, ranks, study, repeat
using RunKey = std::tuple<Mode, std::string, int, int, std::string, int>;

RunKey key_of(const RawRow& row) {
    return {row.mode, row.setting, row.workers, row.ranks, row.study, row.repeat};
}

std::string title(const RawRow& row) {
    return fmt::format("study {}, {} workers, repeat {}", row.study, row.workers, row.repeat);
}

/// A run while its rows come in.
struct Gathered {
    Run run;
    std::vector<std::array<const RawRow*, phase_count>> rows; ///< by rank
};

void begin_run(Gathered& gathered, const RawRow& row) {
    gathered.run.study = row.study;
    gathered.run.repeat = row.repeat;
    gathered.run.date = row.date;
    gathered.run.work_records = row.work_records;
    gathered.run.work_bytes = row.work_bytes;
    gathered.run.work_duplicates = row.work_duplicates;
    gathered.run.parts = row.parts;
    gathered.run.by_rank.resize(static_cast<std::size_t>(row.ranks));
    gathered.rows.resize(static_cast<std::size_t>(row.ranks));
}

/// False when the row was there already.
bool add_row(Gathered& gathered, const RawRow& row) {
    if (row.work_records != gathered.run.work_records || row.work_bytes != gathered.run.work_bytes)
        throw RowError(fmt::format("{}: its rows disagree about the run's work", title(row)));
    const auto rank = static_cast<std::size_t>(row.rank);
    const RawRow*& seen = gathered.rows[rank][static_cast<std::size_t>(row.phase)];
    if (seen != nullptr) {
        if (*seen == row) return false;
        throw RowError(fmt::format("{}: two different rows for phase {} of rank {}", title(row),
                                   name(row.phase), row.rank));
    }
    seen = &row;
    RankTimes& times = gathered.run.by_rank[rank];
    times.role = row.role;
    times.host = row.host;
    times.cores = row.cores;
    times.peak_rss = std::max(times.peak_rss, row.peak_rss_bytes);
    times[row.phase] = {row.wall_s, row.cpu_s};
    if (row.phase != Phase::total) return true;
    times.complete = true;
    times.involuntary_switches = row.involuntary_switches;
    times.host_busy = row.host_busy_s;
    times.host_stolen = row.host_stolen_s;
    times.load_average = row.load_average;
    return true;
}

bool complete(const Run& run) {
    return std::all_of(run.by_rank.begin(), run.by_rank.end(),
                       [](const RankTimes& rank) { return rank.complete; }) &&
           run.time() > 0;
}

Size& size_of(Collection& collection, int ranks, int workers) {
    auto& sizes = collection.sizes;
    if (sizes.empty() || sizes.back().ranks != ranks || sizes.back().workers != workers) {
        sizes.emplace_back();
        sizes.back().ranks = ranks;
        sizes.back().workers = workers;
    }
    return sizes.back();
}

void check_work(const Collection& collection) {
    const Run& first = collection.sizes.front().runs.front();
    for (const Size& size : collection.sizes) {
        const bool grows = collection.mode == Mode::weak || collection.mode == Mode::weak_ceiling;
        const bool cut = collection.mode == Mode::strong_ceiling; // a record at a share's border may be two
        const Run& own = grows ? size.runs.front() : first;
        for (const Run& run : size.runs) {
            if (run.work_bytes == own.work_bytes && (cut || run.work_records == own.work_records)) continue;
            throw RowError(fmt::format(
                "{} scaling: study {} has other work at {} workers than study {}: they can't be compared",
                name(collection.mode), run.study, size.workers, own.study));
        }
        if (collection.mode == Mode::weak && own.work_bytes == 0 && own.work_records == 0)
            throw RowError(
                fmt::format("weak scaling: {} workers have neither bytes nor records", size.workers));
    }
}

/// Runs by time; what a size is, of its runs.
void settle(Size& size) {
    std::sort(size.runs.begin(), size.runs.end(),
              [](const Run& a, const Run& b) { return a.time() < b.time(); });
    size.oversubscribed =
        std::any_of(size.runs.begin(), size.runs.end(), [](const Run& run) { return run.oversubscribed(); });
}

void mark_serial(Collection& collection) {
    const auto dealt = [](const Size& size) {
        const auto& ranks = size.runs.front().by_rank;
        return std::any_of(ranks.begin(), ranks.end(),
                           [](const RankTimes& rank) { return rank.role == Role::producer; });
    };
    const bool any_dealt = std::any_of(collection.sizes.begin(), collection.sizes.end(), dealt);
    for (Size& size : collection.sizes) size.serial = size.ranks == 1 && any_dealt;
}

} // namespace

double RankTimes::useful() const noexcept { return (*this)[Phase::clean].cpu + (*this)[Phase::resolve].cpu; }

double RankTimes::busy() const noexcept {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < phase_count; ++i)
        if (static_cast<Phase>(i) != Phase::wait) sum += phases[i].wall;
    return sum;
}

double RankTimes::other() const noexcept {
    double rest = (*this)[Phase::total].wall;
    for (std::size_t i = 0; i + 1 < phase_count; ++i) rest -= phases[i].wall;
    return std::max(rest, 0.0);
}

double Run::time() const noexcept {
    double longest = 0;
    for (const RankTimes& rank : by_rank) longest = std::max(longest, rank[Phase::total].wall);
    return longest;
}

bool Run::oversubscribed() const {
    std::map<std::string, int> workers;
    for (const RankTimes& rank : by_rank) {
        if (rank.role == Role::worker && ++workers[rank.host] > rank.cores) return true;
    }
    return false;
}

double Size::work() const noexcept {
    const Run& run = runs.front();
    if (run.work_bytes > 0) return static_cast<double>(run.work_bytes);
    return run.work_records > 0 ? static_cast<double>(run.work_records) : 1.0;
}

std::vector<Collection> collect(std::span<const RawRow> rows) {
    std::map<RunKey, Gathered> gathered;
    std::map<std::pair<Mode, std::string>, std::size_t> repeated;
    for (const RawRow& row : rows) {
        const auto [at, is_new] = gathered.try_emplace(key_of(row));
        if (is_new) begin_run(at->second, row);
        if (!add_row(at->second, row)) ++repeated[{row.mode, row.setting}];
    }
    std::vector<Collection> collections;
    for (auto& [key, one] : gathered) {
        const auto& [mode, setting, workers, ranks, study, repeat] = key;
        if (collections.empty() || collections.back().mode != mode || collections.back().setting != setting) {
            collections.emplace_back();
            collections.back().mode = mode;
            collections.back().setting = setting;
        }
        Collection& collection = collections.back();
        if (complete(one.run))
            size_of(collection, ranks, workers).runs.push_back(std::move(one.run));
        else
            collection.notes.push_back(
                fmt::format("left out, since it didn't end on every rank: study {}, {} workers, repeat {}",
                            study, workers, repeat));
    }
    for (Collection& collection : collections) {
        if (const std::size_t count = repeated[{collection.mode, collection.setting}]; count > 0)
            collection.notes.push_back(fmt::format("{} {} there twice and count{} once", count,
                                                   count == 1 ? "row was" : "rows were",
                                                   count == 1 ? "s" : ""));
        if (!collection.sizes.empty()) check_work(collection);
        for (Size& size : collection.sizes) settle(size);
        mark_serial(collection);
    }
    return collections;
}

} // namespace ordermill::study
