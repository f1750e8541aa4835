#include "app/preview/run_estimate.hpp"

#include "app/base/errors.hpp"
#include "app/deal/scheduler.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/hosts/memory_limit.hpp"
#include "app/report/record_counts.hpp"
#include "app/work/worker.hpp"
#include "cluster/farm/serial.hpp"
#include "core/clean/clean.hpp"
#include "core/groups/first_occurrence.hpp"
#include "core/number/human_numbers.hpp"
#include "io/input.hpp"
#include "io/output_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include <unistd.h>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t sample_bytes = std::uint64_t{16} << 20;
/// Below it, another rank's start costs as much as it saves. mpirun itself takes about 0.4 s.
constexpr double least_share = 0.5; // seconds of work a worker
constexpr std::uint64_t most_workers_told = 4096;

/// A folder that goes with it.
class SampleFolder {
  public:
    explicit SampleFolder(const std::string& scratch)
        : path_(fs::path(scratch) / fmt::format("ordermill-plan-{}", ::getpid())) {
        io::create_folder(path_.string());
    }
    ~SampleFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    SampleFolder(const SampleFolder&) = delete;
    std::string path() const { return path_.string(); }

  private:
    fs::path path_;
};

struct Sample {
    std::uint64_t bytes = 0;
    double seconds = 0;
    std::uint64_t records = 0;
    std::uint64_t clean_bytes = 0;
    std::uint64_t peak_rss = 0;
};

/// Where the first record behind the sample begins.
std::uint64_t end_of_sample(const Plan& plan, const CompiledPlan& compiled) {
    const PlannedFile& file = plan.files.front();
    const std::uint64_t end = std::min(file.data_end, file.data_begin + sample_bytes);
    if (end == file.data_end) return end;
    core::Buffer bytes;
    io::InputFile(file.path).read(file.data_begin, std::min(file.data_end, end + (sample_bytes >> 4)), bytes);
    core::Chunk chunk;
    chunk.bytes = bytes.view();
    chunk.base = chunk.begin = file.data_begin;
    chunk.end = end;
    chunk.known_start = true;
    chunk.file = file.path;
    core::Batch batch(compiled.recipes.front().shape().size());
    core::Cleaner cleaner(compiled.recipe_of(file));
    batch.tally = core::Tally(compiled.recipe_of(file).shape());
    cleaner.clean(chunk, compiled.mappings.front(), batch, [] {});
    if (batch.needs_more)
        throw UsageError(
            fmt::format("plan can't sample {}: one of its first records is longer than 1 MiB", file.path));
    return batch.next_record;
}

/// Runs the job over the sample as one process would, output and all.
Sample take_sample(Plan plan, const std::string& scratch, bool streaming) {
    plan.files.resize(1);
    const CompiledPlan compiled = compile_plan(plan);
    plan.files.front().data_end = end_of_sample(plan, compiled);
    plan.chunk_size = std::min<std::uint64_t>(plan.chunk_size, std::uint64_t{1} << 20);
    const SampleFolder folder(scratch);
    plan.output = folder.path();
    io::PipeInput no_pipe(-1);
    Scheduler dealing(plan, compiled, no_pipe, 1);
    dealing.set_headers("", "", "");
    if (streaming) dealing.stream_duplicates();
    cluster::Peers peers;
    Worker worker(plan, compiled, {.scratch = scratch}, &peers);
    const auto begin = std::chrono::steady_clock::now();
    cluster::Usage usage;
    cluster::serial::run(
        dealing.dealer([] {}),
        [&](const cluster::Task& task, const cluster::Alive& alive) { return worker.work(task, alive); },
        &usage, &peers);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    return {.bytes = plan.files.front().data_end - plan.files.front().data_begin,
            .seconds = taken.count(),
            .records = count_records(dealing.totals()).records,
            .clean_bytes = dealing.totals().clean_bytes(),
            .peak_rss = usage.peak_rss};
}

std::string time_text(double seconds) {
    if (seconds < 10) return fmt::format("{:.1f} s", seconds);
    if (seconds < 100) return fmt::format("{:.0f} s", seconds);
    if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
}

/// What a plan foresees.
class Forecast {
  public:
    /// `streaming`: see can_stream_duplicates. `bound`: what a rank may keep of records that wait.
    Forecast(const Plan& plan, const CompiledPlan& compiled, const Sample& sample, bool streaming,
             const std::vector<HostFacts>& hosts, std::uint64_t bound)
        : plan_(plan), compiled_(compiled), sample_(sample), streaming_(streaming), hosts_(hosts),
          bound_(bound),
          scale_(sample.bytes == 0
                     ? 0
                     : static_cast<double>(plan.known_bytes()) / static_cast<double>(sample.bytes)) {
        for (const HostFacts& host : hosts) cores_[host.host] = std::max(cores_[host.host], host.cores);
        for (const auto& [host, count] : cores_) all_cores_ += count;
    }

    std::string text() const { return inputs() + launch() + sampled() + memory() + limits() + times(); }

  private:
    double alone() const { return sample_.seconds * scale_; }
    double records() const { return static_cast<double>(sample_.records) * scale_; }

    std::string inputs() const {
        const auto chunks = (plan_.known_bytes() + plan_.chunk_size - 1) / plan_.chunk_size;
        std::string text =
            fmt::format("inputs    {} file{}, {}, about {} records\n", plan_.files.size(),
                        plan_.files.size() == 1 ? "" : "s", core::human_bytes(plan_.file_bytes()),
                        core::grouped(static_cast<std::uint64_t>(records())));
        constexpr std::size_t most_named = 5;
        for (std::size_t i = 0; i < std::min(most_named, plan_.files.size()); ++i)
            text += fmt::format("            {}: {}, {} columns\n", plan_.files[i].path,
                                core::human_bytes(plan_.files[i].size), plan_.files[i].header.size());
        if (plan_.files.size() > most_named)
            text += fmt::format("            and {} more\n", plan_.files.size() - most_named);
        text += fmt::format("chunks    {} of {}\noutputs   {}\n", core::grouped(chunks),
                            core::human_bytes(plan_.chunk_size), plan_.output);
        return text;
    }

    std::string launch() const {
        std::string text;
        std::map<std::string, int> ranks;
        for (const HostFacts& host : hosts_) ++ranks[host.host];
        for (const auto& [host, count] : cores_) {
            text += fmt::format("host      {}: {} core{}", host, count, count == 1 ? "" : "s");
            if (hosts_.size() > 1)
                text += fmt::format(", {} rank{} of this launch", ranks[host], ranks[host] == 1 ? "" : "s");
            text += '\n';
        }
        std::vector<std::string> names;
        std::vector<int> cores;
        for (const HostFacts& host : hosts_) {
            names.push_back(host.host);
            cores.push_back(host.cores);
        }
        for (const std::string& warning : launch_warnings({}, names, cores))
            text += "warning   " + warning + '\n';
        return text;
    }

    std::string sampled() const {
        return fmt::format("sample    {} in {:.3f} s, as one process: {}/s, {:.0f} ns a record\n",
                           core::human_bytes(sample_.bytes), sample_.seconds,
                           core::human_bytes(static_cast<std::uint64_t>(static_cast<double>(sample_.bytes) /
                                                                        std::max(sample_.seconds, 1e-9))),
                           sample_.seconds * 1e9 / std::max(1.0, static_cast<double>(sample_.records)));
    }

    /// What a job that keeps its records keeps of them, in bytes: the rendered text, a row, and by section a
    /// key and its contender (core/groups/duplicates.hpp); where they are decided in turn, only who has which
    /// key.
    double kept() const {
        const core::Recipe& recipe = compiled_.recipes.front();
        if (!recipe.stages()) return 0;
        if (streaming_)
            return records() * (sizeof(core::FirstOccurrence::Holder) + 2 * sizeof(std::uint64_t));
        const auto sections =
            static_cast<double>(recipe.duplicates().size() + (recipe.orders() != nullptr ? 1 : 0));
        return static_cast<double>(sample_.clean_bytes) * scale_ +
               records() * (sizeof(core::Row) + sections * (sizeof(core::Key) + 44));
    }

    std::string memory() const {
        const double share = kept_by_worker();
        std::string text = fmt::format(
            "memory    about {} a worker",
            core::human_bytes(static_cast<std::uint64_t>(static_cast<double>(sample_.peak_rss) + share)));
        if (streaming_)
            return text +
                   fmt::format(", {} of it for keys\n", core::human_bytes(static_cast<std::uint64_t>(share)));
        if (kept() > 0) {
            text += fmt::format(", {} of it for records that are kept until all input is read",
                                core::human_bytes(static_cast<std::uint64_t>(share)));
            text += fmt::format("; what is over {}{} goes to {}", plan_.memory > 0 ? "--memory " : "",
                                core::human_bytes(bound_), plan_.scratch);
        }
        return text + '\n';
    }

    /// What the ranks of each host may use together, and what says so.
    std::string limits() const {
        std::string text;
        std::set<std::string> told;
        for (const HostFacts& host : hosts_) {
            if (!told.insert(host.host).second) continue;
            text += fmt::format("limit     {}: {} for its ranks together ({})\n", host.host,
                                core::human_bytes(host.memory.bytes), host.memory.source);
            const int workers = workers_on(host.host);
            const double kept = std::min(kept_by_worker(), static_cast<double>(bound_));
            const double needed = workers * (static_cast<double>(sample_.peak_rss) + kept);
            if (needed <= static_cast<double>(host.memory.bytes)) continue;
            text +=
                fmt::format("warning   {} worker{} need{} about {} on {}, more than the limit: ask for more "
                            "memory, or start fewer ranks\n",
                            workers, workers == 1 ? "" : "s", workers == 1 ? "s" : "",
                            core::human_bytes(static_cast<std::uint64_t>(needed)), host.host);
        }
        return text;
    }

    /// Of this launch; of the one that is advised, where this process is alone.
    int workers_on(const std::string& host) const {
        if (hosts_.size() == 1) return recommended_workers();
        const auto ranks = std::count_if(hosts_.begin(), hosts_.end(),
                                         [&](const HostFacts& one) { return one.host == host; });
        return static_cast<int>(ranks) - (host == hosts_.front().host ? 1 : 0);
    }

    double kept_by_worker() const { return kept() / std::max(1, recommended_workers()); }

    /// As many as have something to do for a while, and a core.
    int recommended_workers() const {
        const double by_work = std::ceil(alone() / least_share);
        return std::clamp(static_cast<int>(std::min(by_work, 1e6)), 1, std::max(1, all_cores_));
    }

    std::string times() const {
        std::string text = "time      estimated from the sample (cleaning and writing)\n";
        text += fmt::format("            one process  {}\n", time_text(alone()));
        for (std::uint64_t workers = 2;
             workers <= most_workers_told && alone() / static_cast<double>(workers) > least_share;
             workers *= 2)
            text += fmt::format("            {:>4} workers {}{}\n", workers,
                                time_text(alone() / static_cast<double>(workers)),
                                workers > static_cast<std::uint64_t>(all_cores_) ? "   (more than the cores)"
                                                                                 : "");
        const int workers = recommended_workers();
        if (workers == 1) return text + "advice    one process is enough: ordermill clean ...\n";
        return text + fmt::format("advice    {} ranks here, {} workers and rank 0, which sleeps: mpirun -n "
                                  "{} ordermill clean ...\n",
                                  workers + 1, workers, workers + 1);
    }

    const Plan& plan_;
    const CompiledPlan& compiled_;
    const Sample& sample_;
    bool streaming_;
    const std::vector<HostFacts>& hosts_;
    std::uint64_t bound_;
    double scale_;
    std::map<std::string, int> cores_;
    int all_cores_ = 0;
};

/// As in a run: what the rank with the least may keep.
std::uint64_t least_bound(const Plan& plan, const std::vector<HostFacts>& hosts) {
    std::vector<std::string> names;
    std::vector<std::uint64_t> memory;
    for (const HostFacts& host : hosts) {
        names.push_back(host.host);
        memory.push_back(host.memory.bytes);
    }
    const std::vector<std::uint64_t> bounds = memory_bounds(plan.memory, names, memory);
    return *std::min_element(bounds.begin(), bounds.end());
}

} // namespace

std::string estimate_run(const CleanOptions& options, const std::vector<HostFacts>& hosts) {
    io::PipeInput pipe(-1);
    PlanRequest request = options.request;
    if (std::find(request.inputs.begin(), request.inputs.end(), "-") != request.inputs.end())
        throw UsageError("plan can't read a pipe: what it reads would be gone");
    request.workers = std::max(1, static_cast<int>(hosts.size()) - 1);
    const Plan plan = make_plan(request, pipe);
    if (plan.has_pipe()) throw UsageError("plan can't read a pipe: what it reads would be gone");
    const CompiledPlan compiled = compile_plan(plan);
    const std::uint64_t memory = least_bound(plan, hosts);
    const bool streaming =
        can_stream_duplicates(plan, compiled, static_cast<std::uint64_t>(request.workers), memory);
    const Sample sample = take_sample(plan, plan.scratch, streaming);
    return Forecast(plan, compiled, sample, streaming, hosts, memory).text();
}

} // namespace ordermill::app
