#include "app/study/study_run.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/host_facts.hpp"
#include "app/run/pipeline.hpp"
#include "app/study/earlier_runs.hpp"
#include "app/study/measured_rows.hpp"
#include "app/terminal/message.hpp"
#include "study/analysis/metrics.hpp"
#include "study/rows/files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

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

/// What rank 0 tells the others to do next.
struct Call {
    enum class Kind { end, run, ceiling } kind = Kind::end;
    int size = 0;            ///< workers
    std::size_t setting = 0; ///< of the command's
    int repeat = 0;

    std::string pack() const {
        return fmt::format("{} {} {} {}", static_cast<int>(kind), size, setting, repeat);
    }
    static Call unpack(const std::string& text) {
        Call call;
        int kind = 0;
        std::istringstream words(text);
        words >> kind >> call.size >> call.setting >> call.repeat;
        call.kind = static_cast<Kind>(kind);
        return call;
    }
};

/// The runs of one size and setting so far.
struct Measured {
    Measured(int workers, std::size_t which) : size(workers), setting(which) {}
    int size = 1;
    std::size_t setting = 0;
    std::set<int> repeats; ///< that were measured, by an earlier launch or this one
    std::vector<double> seconds;
    double ceiling_seconds = 0;
    bool no_ceiling = false; ///< it couldn't be measured
    bool settled = false;    ///< the median is known as well as was asked for
};

class Study {
  public:
    Study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session)
        : options_(command.study), settings_(command.settings), launch_(launch), session_(session),
          sizes_(options_.workers.empty() ? default_sizes(std::max(1, session.size() - 1))
                                          : options_.workers) {
        for (Setting& setting : settings_) {
            setting.clean.quiet = true;
            setting.clean.progress_seconds = 0;
            setting.clean.force = true;
            setting.clean.in_study = true;
        }
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
        if (session_.rank() == 0 && !options_.force && !options_.resume && fs::exists(raw_path()))
            problem = fmt::format("{} has a study already: choose another --output, give --resume to go on "
                                  "with it, or give --force to replace it (--combine combines several)",
                                  options_.output);
        session_.broadcast(problem);
        if (!problem.empty()) throw UsageError(problem);
    }

    /// Every rank but 0: takes part when it is called.
    int follow() {
        for (;;) {
            const Call call = Call::unpack(session_.hear());
            if (call.kind == Call::Kind::end) return exit_done;
            cluster::Session* const world = worlds_.at(call.size).get();
            if (world == nullptr) continue;
            if (call.kind == Call::Kind::run)
                run_clean(settings_[call.setting].clean, launch_, *world);
            else
                clean_share(call, *world);
        }
    }

    void lead() {
        fs::create_directories(folder());
        fs::remove_all(folder() / "runs"); // of a launch that was killed
        name_ = new_study_name();
        std::vector<Measured> all;
        for (std::size_t setting = 0; setting < settings_.size(); ++setting)
            for (const int size : sizes_) all.emplace_back(size, setting);
        const EarlierRuns earlier = begin_files();
        for (Measured& one : all) take_over(earlier, one);
        // In turn, so that what drifts (clock rates, other people's work) meets all sizes alike.
        for (int repeat = 0; repeat < options_.repeats; ++repeat) {
            for (Measured& one : all) {
                if (one.settled || one.repeats.contains(repeat)) continue;
                measure(one, repeat);
                if (wants_ceiling(one)) measure_ceiling(one, repeat);
            }
        }
        fs::remove_all(folder() / "runs");
    }

    /// The files of rows with what an earlier launch finished, and nothing else in them.
    EarlierRuns begin_files() {
        EarlierRuns earlier;
        if (options_.resume)
            earlier = earlier_runs(raw_path(), timeline_path(), label(Measured(1, 0), 0), hosts_);
        if (!earlier.begins_again.empty())
            say(fmt::format("the study begins again: {}", earlier.begins_again));
        if (!earlier.study.empty()) name_ = earlier.study;
        // Whole or as they were: a launch that is killed here loses no rows.
        for (const std::string& path : {raw_path(), timeline_path()}) fs::remove(path + ".part");
        study::append_raw(raw_path() + ".part", earlier.rows);
        study::append_timeline(timeline_path() + ".part", earlier.timeline);
        for (const std::string& path : {timeline_path(), raw_path()}) fs::rename(path + ".part", path);
        return earlier;
    }

    /// Counts an earlier launch's runs of this size as measured.
    void take_over(const EarlierRuns& earlier, Measured& one) const {
        const RunLabel own = label(one, 0);
        for (const study::RawRow& row : earlier.rows) {
            if (row.phase != study::Phase::total || row.workers != one.size || row.setting != own.setting)
                continue;
            if (study::is_ceiling(row.mode)) {
                if (row.rank == 0) one.ceiling_seconds += row.wall_s;
            } else if (row.rank == 0) {
                one.repeats.insert(row.repeat);
                one.seconds.push_back(row.wall_s);
            }
        }
        one.settled = study::median_doubt(one.seconds) <= options_.precision;
        if (!one.seconds.empty())
            say(fmt::format("{}: {} of at most {} runs were measured by an earlier launch", size_text(one),
                            one.seconds.size(), options_.repeats));
    }

    std::string size_text(const Measured& one) const {
        const std::string& setting = settings_[one.setting].name;
        return fmt::format("{}{}{} worker{}", setting, setting.empty() ? "" : ", ", one.size,
                           one.size == 1 ? "" : "s");
    }

    void call(const Call& call) {
        for (int rank = 1; rank <= call.size; ++rank) session_.tell(rank, call.pack());
    }

    RunLabel label(const Measured& one, int repeat) const {
        const PlanRequest& request = settings_[one.setting].clean.request;
        return {.study = name_,
                .mode = options_.weak ? study::Mode::weak : study::Mode::strong,
                .workers = one.size,
                .repeat = repeat,
                .setting = settings_[one.setting].name,
                .job = request.job_path,
                .inputs = fmt::format("{}", fmt::join(request.inputs, " ")),
                .command = options_.command};
    }

    void measure(Measured& one, int repeat) {
        CleanOptions options = settings_[one.setting].clean;
        options.request.output =
            (folder() / "runs" / fmt::format("{}-{}-{}", one.setting, one.size, repeat)).string();
        if (options_.weak) options.request.copies = one.size;
        call({.kind = Call::Kind::run, .size = one.size, .setting = one.setting});
        RunMeasures measures;
        const int code = run_clean(options, launch_, *worlds_.at(one.size), &measures);
        fs::remove_all(options.request.output);
        if (code == exit_resume) throw Stopped("stopped by a signal; the rows of the finished runs are kept");
        if (!measures.complete)
            throw std::runtime_error(fmt::format(
                "a rank died while {} workers were measured; the rows of the finished runs are kept in {}",
                one.size, raw_path()));
        study::append_raw(raw_path(), rows_of(measures, label(one, repeat), hosts_));
        study::append_timeline(timeline_path(), bars_of(measures, label(one, repeat)));
        one.repeats.insert(repeat);
        one.seconds.push_back(measures.wall_seconds);
        const double doubt = study::median_doubt(one.seconds);
        one.settled = doubt <= options_.precision;
        say(fmt::format("{}, run {} of {}{}: {:.3f} s{}", size_text(one), repeat + 1,
                        options_.repeats > 1 ? "at most " : "", options_.repeats, measures.wall_seconds,
                        outcome(one, doubt, repeat)));
    }

    /// Why no more runs of this size follow; empty when they do.
    std::string outcome(const Measured& one, double doubt, int repeat) const {
        if (one.settled) return fmt::format("; settled: the median is known to {:.1f} %", doubt * 100);
        if (repeat + 1 < options_.repeats) return {};
        if (one.seconds.size() < study::fewest_for_interval) return {};
        return fmt::format("; not settled: the median is known to {:.1f} % only", doubt * 100);
    }

    bool wants_ceiling(const Measured& one) const {
        double spent = 0;
        for (const double seconds : one.seconds) spent += seconds;
        return options_.ceiling != Ceiling::never && !one.no_ceiling &&
               (options_.ceiling == Ceiling::always || one.ceiling_seconds < spent);
    }

    /// As many processes that share nothing, at the same time.
    void measure_ceiling(Measured& one, int repeat) {
        const Call shares{
            .kind = Call::Kind::ceiling, .size = one.size, .setting = one.setting, .repeat = repeat};
        call(shares);
        cluster::Session& world = *worlds_.at(one.size);
        std::string go = name_;
        world.broadcast(go);
        std::vector<std::vector<study::RawRow>> processes;
        std::string problem;
        const std::vector<std::string> told = world.gather({});
        for (std::size_t rank = 1; rank < told.size(); ++rank) {
            if (told[rank].starts_with(failed))
                problem = fmt::format("rank {}: {}", rank, told[rank].substr(failed.size()));
            else
                processes.push_back(study::parse_raw(study::raw_header() + told[rank], "ceiling"));
        }
        if (!problem.empty()) {
            one.no_ceiling = true;
            return say(
                fmt::format("no ceiling for {} worker{}: {}", one.size, one.size == 1 ? "" : "s", problem));
        }
        std::vector<study::RawRow> rows = together(processes);
        double longest = 0;
        for (std::size_t i = 0, rank = 0; i < rows.size(); ++i) {
            rank = static_cast<std::size_t>(rows[i].rank) + 1;
            rows[i].host = hosts_[rank].host;
            rows[i].cpu_model = hosts_[rank].cpu_model;
            rows[i].cores = hosts_[rank].cores;
            longest = std::max(longest, rows[i].wall_s);
        }
        one.ceiling_seconds += longest;
        study::append_raw(raw_path(), rows);
    }

    static constexpr std::string_view failed = "!";

    /// A worker's side of it: the rows of its own run, or why there are none.
    void clean_share(const Call& call, cluster::Session& world) {
        CleanOptions options = settings_[call.setting].clean;
        options.request.output =
            (folder() / "runs" / fmt::format("ceiling-{}-{}", call.size, session_.rank())).string();
        if (!options_.weak) options.request.share = {.index = session_.rank() - 1, .of = call.size};
        const Measured one(call.size, call.setting);
        std::string study;
        world.broadcast(study); // from here on all at the same time
        std::string told;
        try {
            cluster::Session alone(cluster::Launch{});
            RunMeasures measures;
            run_clean(options, launch_, alone, &measures);
            if (!measures.complete) throw std::runtime_error("it didn't come to its end");
            RunLabel own = label(one, call.repeat);
            own.study = study;
            own.workers = 1;
            own.mode = options_.weak ? study::Mode::weak_ceiling : study::Mode::strong_ceiling;
            const std::vector<HostFacts> here(1); // rank 0 knows the hosts
            told = study::raw_text(rows_of(measures, own, here));
        } catch (const std::exception& error) { // the runs of the study itself go on
            told = std::string(failed) + error.what();
        }
        std::error_code ignored;
        fs::remove_all(options.request.output, ignored); // before rank 0 may clear up
        world.gather(told);
    }

    void dismiss() {
        for (int rank = 1; rank < session_.size(); ++rank) session_.tell(rank, Call().pack());
    }

    const StudyOptions& options_;
    std::vector<Setting> settings_;
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
