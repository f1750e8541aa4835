#include "app/study/study_run.hpp"

#include "app/base/errors.hpp"
#include "app/base/version.hpp"
#include "app/hosts/host_facts.hpp"
#include "app/run/pipeline.hpp"
#include "app/terminal/message.hpp"
#include "study/analysis/analysis.hpp"
#include "study/rows/files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <random>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;
using study::Phase;

constexpr std::string_view end_word = "end";

/// 1, 2, 4 ... and the most there are.
std::vector<int> default_sizes(int most) {
    std::vector<int> sizes;
    for (int size = 1; size < most; size *= 2) sizes.push_back(size);
    sizes.push_back(most);
    return sizes;
}

std::string new_study_name() {
    std::random_device random;
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}-{:04x}", fmt::gmtime(std::time(nullptr)), random() & 0xffffU);
}

class Study {
  public:
    Study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session)
        : options_(command.study), clean_(command.clean), launch_(launch), session_(session),
          sizes_(options_.workers.empty() ? default_sizes(std::max(1, session.size() - 1))
                                          : options_.workers) {
        clean_.quiet = true;
        clean_.progress_seconds = 0;
        clean_.force = true;
        clean_.in_study = true;
    }

    int run(std::string& said) {
        try {
            check();
        } catch (const UsageError&) { // everybody's verdict, so one says it
            if (session_.rank() != 0) return exit_usage;
            throw;
        }
        // Splitting is collective, so all of it comes first: from here on a rank sleeps until it is called.
        for (const int size : sizes_) worlds_[size] = session_.of_first(size + 1);
        for (const std::string& text : session_.gather(HostFacts::own(session_.host()).pack()))
            hosts_.push_back(HostFacts::unpack(text));
        if (session_.rank() != 0) return follow();
        try {
            lead();
        } catch (...) {
            dismiss();
            fs::remove_all(folder() / "runs");
            throw;
        }
        dismiss();
        said = publish_study(options_.output, study::read_raw(raw_path()),
                             study::read_timeline(timeline_path()));
        return exit_done;
    }

  private:
    fs::path folder() const { return options_.output; }
    std::string raw_path() const { return (folder() / "raw.csv").string(); }
    std::string timeline_path() const { return (folder() / "timeline.csv").string(); }

    /// Collective: what only rank 0 can see is everybody's verdict.
    void check() const {
        const int most = *std::max_element(sizes_.begin(), sizes_.end());
        if (session_.size() == 1)
            throw UsageError("study needs at least 2 ranks: mpirun -n 5 ordermill study JOB.cfg ... measures "
                             "up to 4 workers");
        if (most + 1 > session_.size())
            throw UsageError(fmt::format("--workers {}: this size needs {} ranks, but the launch has {}",
                                         most, most + 1, session_.size()));
        std::string problem;
        if (session_.rank() == 0 && !options_.force && fs::exists(raw_path()))
            problem = fmt::format("{} has a study already: choose another --output, or give --force to "
                                  "replace the study (--combine combines several)",
                                  options_.output);
        session_.broadcast(problem);
        if (!problem.empty()) throw UsageError(problem);
    }

    /// Every rank but 0: takes part when it is called.
    int follow() {
        for (;;) {
            const std::string word = session_.hear();
            if (word == end_word) return exit_done;
            cluster::Session* const world = worlds_.at(std::stoi(word)).get();
            if (world != nullptr) run_clean(clean_, launch_, *world);
        }
    }

    void lead() {
        fs::create_directories(folder());
        for (const std::string& path : {raw_path(), timeline_path()}) fs::remove(path);
        name_ = new_study_name();
        for (int repeat = 0; repeat < options_.repeats; ++repeat) {
            for (const int size : sizes_) measure(size, repeat);
        }
        fs::remove_all(folder() / "runs");
    }

    void measure(int size, int repeat) {
        CleanOptions options = clean_;
        options.request.output = (folder() / "runs" / fmt::format("{}-{}", size, repeat)).string();
        if (options_.weak) {
            options.request.inputs = copies(size);
            options.request.repeats_inputs = true;
        }
        for (int rank = 1; rank < session_.size(); ++rank) {
            if (rank <= size) session_.tell(rank, std::to_string(size));
        }
        RunMeasures measures;
        const int code = run_clean(options, launch_, *worlds_.at(size), &measures);
        fs::remove_all(options.request.output);
        if (code == exit_resume) throw Stopped("stopped by a signal; the rows of the finished runs are kept");
        if (!measures.complete)
            throw std::runtime_error(fmt::format(
                "a rank died while {} workers were measured; the rows of the finished runs are kept in {}",
                size, raw_path()));
        study::append_raw(raw_path(), rows(measures, size, repeat));
        study::append_timeline(timeline_path(), bars(measures, size, repeat));
        say(fmt::format("{} worker{}, run {} of {}: {:.3f} s", size, size == 1 ? "" : "s", repeat + 1,
                        options_.repeats, measures.wall_seconds));
    }

    /// The inputs once for each worker, by other names: a name that is there twice counts once.
    std::vector<std::string> copies(int size) {
        std::vector<std::string> paths;
        const fs::path links = folder() / "runs" / "inputs";
        fs::create_directories(links);
        for (int copy = 0; copy < size; ++copy) {
            for (std::size_t i = 0; i < clean_.request.inputs.size(); ++i) {
                const fs::path source = fs::absolute(clean_.request.inputs[i]);
                const fs::path link = links / fmt::format("{}-{}-{}", copy, i, source.filename().string());
                std::error_code is_there;
                fs::create_symlink(source, link, is_there);
                paths.push_back(link.string());
            }
        }
        return paths;
    }

    std::vector<study::RawRow> rows(const RunMeasures& measures, int size, int repeat) const {
        std::vector<study::RawRow> rows;
        for (std::size_t rank = 0; rank < measures.usage.size(); ++rank) {
            study::RawRow row{.study = name_,
                              .mode = options_.weak ? study::Mode::weak : study::Mode::strong,
                              .ranks = static_cast<int>(measures.usage.size()),
                              .workers = size,
                              .repeat = repeat,
                              .rank = static_cast<int>(rank),
                              .role = rank == 0 ? study::Role::producer : study::Role::worker,
                              .host = hosts_[rank].host,
                              .cpu_model = hosts_[rank].cpu_model,
                              .cores = hosts_[rank].cores,
                              .date = measures.started,
                              .version = version_text().substr(std::string_view("ordermill ").size()),
                              .commit = source_commit(),
                              .work_records = measures.records,
                              .work_bytes = measures.bytes,
                              .peak_rss_bytes = measures.usage[rank].peak_rss};
            const auto add = [&](Phase phase, const Spent& spent, std::uint64_t bytes, std::uint64_t records,
                                 std::uint64_t chunks) {
                row.phase = phase;
                row.wall_s = spent.wall;
                row.user_s = spent.user;
                row.system_s = spent.system;
                row.bytes = bytes;
                row.records = records;
                row.chunks = chunks;
                rows.push_back(row);
            };
            if (rank == 0)
                add_producer(measures, add);
            else
                add_worker(measures, measures.phases[rank], add);
        }
        return rows;
    }

    template<class Add>
    static void add_producer(const RunMeasures& measures, const Add& add) {
        std::uint64_t chunks = 0;
        for (const Phases& phases : measures.phases) chunks += phases.chunks;
        add(Phase::deal, measures.dealing, 0, measures.records, chunks);
        add(Phase::wait, Spent{.wall = std::max(0.0, measures.wall_seconds - measures.dealing.wall)}, 0, 0,
            0);
        Spent total = measures.dealing;
        total.wall = measures.wall_seconds;
        add(Phase::total, total, measures.bytes, measures.records, chunks);
    }

    template<class Add>
    static void add_worker(const RunMeasures& measures, const Phases& phases, const Add& add) {
        const Spent write{.wall = phases.write.wall + phases.sync.wall,
                          .user = phases.write.user + phases.sync.user,
                          .system = phases.write.system + phases.sync.system};
        Spent busy;
        for (const Spent& spent : {phases.read, phases.clean, phases.resolve, phases.exchange, write}) {
            busy.wall += spent.wall;
            busy.user += spent.user;
            busy.system += spent.system;
        }
        add(Phase::read, phases.read, phases.read_bytes, 0, phases.chunks);
        add(Phase::clean, phases.clean, phases.read_bytes, phases.records, phases.chunks);
        add(Phase::resolve, phases.resolve, 0, phases.records, phases.chunks);
        add(Phase::exchange, phases.exchange, 0, phases.records, phases.chunks);
        add(Phase::write, write, phases.written_bytes, 0, phases.chunks);
        // The run's end, as rank 0 sees it, is everybody's: who is done before it waits.
        const double wall = std::max({measures.wall_seconds, busy.wall});
        add(Phase::wait,
            Spent{.wall = wall - busy.wall,
                  .user = std::max(0.0, phases.total.user - busy.user),
                  .system = std::max(0.0, phases.total.system - busy.system)},
            0, 0, 0);
        add(Phase::total, Spent{.wall = wall, .user = phases.total.user, .system = phases.total.system},
            phases.read_bytes, phases.records, phases.chunks);
    }

    std::vector<study::TimelineRow> bars(const RunMeasures& measures, int size, int repeat) const {
        std::vector<study::TimelineRow> rows;
        for (std::size_t rank = 0; rank < measures.timelines.size(); ++rank) {
            for (const study::PhaseBuckets::Bar& bar : measures.timelines[rank]) {
                rows.push_back({.study = name_,
                                .mode = options_.weak ? study::Mode::weak : study::Mode::strong,
                                .ranks = static_cast<int>(measures.usage.size()),
                                .workers = size,
                                .repeat = repeat,
                                .rank = static_cast<int>(rank),
                                .phase = bar.phase,
                                .begin_s = bar.begin,
                                .end_s = bar.end});
            }
        }
        return rows;
    }

    void dismiss() {
        for (int rank = 1; rank < session_.size(); ++rank) session_.tell(rank, std::string(end_word));
    }

    const StudyOptions& options_;
    CleanOptions clean_;
    const cluster::Launch& launch_;
    cluster::Session& session_;
    std::vector<int> sizes_;
    std::map<int, std::unique_ptr<cluster::Session>>
        worlds_;                   ///< by workers; null where this rank isn't in it
    std::vector<HostFacts> hosts_; ///< by rank
    std::string name_;
};

} // namespace

int run_study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session,
              std::string& said) {
    return Study(command, launch, session).run(said);
}

} // namespace ordermill::app
