#include "app/run/pipeline.hpp"

#include "app/base/errors.hpp"
#include "app/base/stop_signals.hpp"
#include "app/deal/scheduler.hpp"
#include "app/deal/scheduler_timeline.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/report/clean_file_load.hpp"
#include "app/report/progress.hpp"
#include "app/report/rank0_traffic.hpp"
#include "app/report/record_counts.hpp"
#include "app/report/report.hpp"
#include "app/report/summary.hpp"
#include "app/resume/run_journal.hpp"
#include "app/run/agreement.hpp"
#include "app/run/commit.hpp"
#include "app/run/plan_summary.hpp"
#include "app/run/run_outputs.hpp"
#include "app/run/worker_rank.hpp"
#include "app/terminal/log.hpp"
#include "app/terminal/message.hpp"
#include "app/work/worker.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/farm/serial.hpp"
#include "cluster/session/usage.hpp"
#include "core/number/human_numbers.hpp"
#include "io/output_folder.hpp"
#include "system/resources.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto longest_drain = std::chrono::seconds(10);

void say(const CleanOptions& options, const std::string& text) {
    if (!options.quiet) say_lines(text);
}

/// The bound of the rank that has least.
std::uint64_t least_memory(const Agreement& agreement) {
    return *std::min_element(agreement.memory.begin(), agreement.memory.end());
}

/// Rank 0's part of a run.
class Producer {
  public:
    Producer(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session)
        : options_(options), launch_(launch), session_(session), pipe_(STDIN_FILENO),
          log_(options.log, session.rank(), session.host(), true) {}

    /// The exit code.
    int run();
    /// After `run`.
    RunMeasures measures() const;

  private:
    void plan();
    int say_complete();
    void prepare();
    void continue_earlier_run();
    void announce();
    void deal();
    void work(const cluster::Dealer& dealer, std::vector<cluster::Usage>& usage);
    void tick(Progress& progress, std::vector<cluster::Usage>& usage);
    void worker_lost(int worker, double after_seconds);
    void record(const Checkpoint& point);
    void stop_if_asked();
    int stopped();
    int commit_run();
    void clear_up();
    bool alone() const { return session_.size() == 1; }

    const CleanOptions& options_;
    const cluster::Launch& launch_;
    cluster::Session& session_;
    io::PipeInput pipe_;
    Log log_;
    Plan plan_;
    CompiledPlan compiled_;
    std::unique_ptr<RunJournal> journal_;
    Agreement agreement_;
    std::unique_ptr<Scheduler> scheduler_;
    std::optional<RunOutputs> outputs_;
    Clock::time_point next_checkpoint_{};
    std::optional<Clock::time_point> stop_asked_;
    bool stop_wanted_ = false; ///< by a worker
    Bars own_timeline_;        ///< in a study
    RunFacts facts_;
};

int Producer::run() {
    try {
        plan();
        if (journal_->begin() == RunJournal::Begin::complete) return say_complete();
        prepare();
    } catch (...) { // the workers wait for a plan, or for the first task
        refuse_workers(session_);
        if (journal_) clear_up();
        throw;
    }
    start_workers(agreement_, session_);
    defer_stop_signals();
    try {
        announce();
        continue_earlier_run();
        deal();
        return scheduler_->stopping() ? stopped() : commit_run();
    } catch (const io::Replaced&) {
        throw;
    } catch (...) {
        clear_up();
        throw;
    }
}

void Producer::plan() {
    facts_.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    PlanRequest request = options_.request;
    request.workers = std::max(1, session_.size() - 1);
    plan_ = make_plan(request, pipe_);
    plan_.host = session_.host();
    compiled_ = compile_plan(plan_);
    if (options_.strict) compiled_.spec.max_rejects = {.count = 0, .share = std::nullopt};
    if (options_.resume && plan_.has_pipe())
        throw UsageError("--resume can't read standard input a second time; save the input to a file, or "
                         "start over without --resume");
    io::create_folder(plan_.output);
    journal_ = std::make_unique<RunJournal>(
        plan_, compiled_, RunJournal::Wish{.resume = options_.resume, .force = options_.force},
        possible_outputs(plan_, compiled_));
    plan_.generation = journal_->generation();
    plan_.mark = journal_->mark();
}

int Producer::say_complete() {
    refuse_workers(session_);
    say(options_,
        fmt::format("ordermill: the outputs in {} are complete already; nothing to do\n", plan_.output));
    return journal_->finished_code();
}

/// All that can fail before the first chunk is dealt.
void Producer::prepare() {
    agreement_ = agree(plan_, compiled_, options_.request, session_);
    const int workers = std::max(1, session_.size() - 1);
    scheduler_ = std::make_unique<Scheduler>(plan_, compiled_, pipe_, workers, options_.max_crashes);
    if (can_stream_duplicates(plan_, compiled_, static_cast<std::uint64_t>(workers),
                              least_memory(agreement_)))
        scheduler_->stream_duplicates();
    outputs_.emplace(plan_, compiled_);
    scheduler_->set_headers(outputs_->headers().clean, outputs_->headers().rejects,
                            outputs_->headers().duplicates);
    scheduler_->set_access(
        agreement_.access.by_worker,
        [this](const WriteTask& where, const ChunkTexts& texts) { outputs_->write(where, texts); });
}

void Producer::announce() {
    if (!options_.in_study) {
        for (const std::string& warning : launch_warnings(launch_, agreement_.hosts, agreement_.cores))
            log_.warning("warning: " + warning);
    }
    say(options_, plan_summary(plan_, compiled_, session_.size(), agreement_.access));
    if (compiled_.recipes.front().stages() && !scheduler_->streams_duplicates())
        say(options_,
            fmt::format("ordermill: each rank keeps cleaned records until all input is read: up to {} in "
                        "memory, the rest in {}\n",
                        core::human_bytes(least_memory(agreement_)), plan_.scratch));
}

void Producer::continue_earlier_run() {
    if (journal_->begin() == RunJournal::Begin::go_on) {
        scheduler_->resume(journal_->from());
        say(options_,
            fmt::format("ordermill: continues at {:.1f} % of the input, where an earlier run stopped\n",
                        100 * scheduler_->share_done().value_or(0)));
    }
    if (!journal_->saved().empty()) {
        scheduler_->resume(journal_->saved());
        say(options_, fmt::format("ordermill: reuses {} chunks that an earlier run cleaned\n",
                                  journal_->saved().size()));
    }
}

void Producer::deal() {
    Progress progress(style_of_stderr(options_.quiet, options_.progress_seconds), agreement_.hosts);
    std::vector<cluster::Usage> usage(agreement_.hosts.size());
    const cluster::Usage before = cluster::measure_usage(0);
    const system::OtherLoad others_before = system::other_load();
    next_checkpoint_ = Clock::now() + std::chrono::microseconds(
                                          static_cast<std::int64_t>(options_.checkpoint_seconds * 1e6));
    cluster::Dealer dealer = scheduler_->dealer([&] { tick(progress, usage); });
    dealer.stop = [this] { stop_wanted_ = true; };
    dealer.lost = [&](int worker) { worker_lost(worker, progress.seconds()); };
    std::optional<SchedulerTimeline> dealing_time;
    if (options_.in_study) dealer = dealing_time.emplace().measured(std::move(dealer));
    try {
        work(dealer, usage);
    } catch (...) {
        progress.done();
        throw;
    }
    progress.done();
    if (dealing_time) own_timeline_ = dealing_time->bars();
    const cluster::Usage after = cluster::measure_usage(0);
    if (alone()) usage[0] = after;
    facts_.others = system::other_load().since(others_before);
    facts_.dealing_cpu_seconds =
        after.user_seconds + after.system_seconds - before.user_seconds - before.system_seconds;
    facts_.dealing_user_seconds = after.user_seconds - before.user_seconds;
    facts_.dealing_seconds = progress.seconds();
    facts_.usage = usage;
    outputs_->finish(scheduler_->totals());
    facts_.wall_seconds = progress.seconds();
}

/// Until there is nothing left to do.
void Producer::work(const cluster::Dealer& dealer, std::vector<cluster::Usage>& usage) {
    if (!alone()) return cluster::farm::run(*session_.world(), dealer, &usage, farm_limits(options_));
    cluster::Peers peers;
    Worker worker(
        plan_, compiled_,
        {.memory = agreement_.memory.front(), .scratch = plan_.scratch, .timeline = options_.in_study},
        &peers);
    const auto work_on = [&](const cluster::Task& task, const cluster::Alive& alive) {
        return worker.work(task, alive);
    };
    cluster::serial::run(dealer, work_on, &usage.front(), &peers);
}

void Producer::tick(Progress& progress, std::vector<cluster::Usage>& usage) {
    if (alone()) usage[0] = cluster::measure_usage(0);
    progress.update(*scheduler_, usage);
    journal_->beat();
    stop_if_asked();
    const auto now = Clock::now();
    if (plan_.has_pipe() || scheduler_->stopping()) return;
    if (now < next_checkpoint_ && !scheduler_->much_is_unsafe()) return;
    next_checkpoint_ =
        now + std::chrono::microseconds(static_cast<std::int64_t>(options_.checkpoint_seconds * 1e6));
    scheduler_->begin_checkpoint([this](const Checkpoint& point) { record(point); });
}

void Producer::worker_lost(int worker, double after_seconds) {
    log_.warning(fmt::format("rank {} on {} is lost; the other workers clean its chunks again", worker,
                             agreement_.hosts[static_cast<std::size_t>(worker)]));
    facts_.lost.push_back({.rank = worker, .after_seconds = after_seconds});
    scheduler_->lost(worker);
}

void Producer::record(const Checkpoint& point) {
    outputs_->sync();
    journal_->record(point);
}

/// What is in hand is finished, for a while.
void Producer::stop_if_asked() {
    if (!stop_wanted_ && !stop_requested()) return;
    if (plan_.has_pipe())
        throw Stopped("stopped by a signal; no work is recorded, because standard input can't be read again");
    if (!stop_asked_) {
        stop_asked_ = Clock::now();
        log_.warning("stopping: the ranks finish and record the chunks that they have");
        scheduler_->stop([this](const Checkpoint& point) { record(point); });
    }
    if (Clock::now() > *stop_asked_ + longest_drain)
        throw Stopped("stopped by a signal; the unfinished chunks are not recorded");
}

/// After an orderly stop: everything in hand is written and synced.
int Producer::stopped() {
    if (!compiled_.recipes.front().stages()) journal_->record(scheduler_->written());
    log_.warning(fmt::format(
        "stopped at {:.0f} % of the input; {:.0f} % are recorded, and --resume continues from there",
        100 * scheduler_->share_done().value_or(0), 100 * scheduler_->share_recorded()));
    return exit_resume;
}

int Producer::commit_run() {
    facts_.hosts = agreement_.hosts;
    const AccessPlan& access = agreement_.access;
    facts_.transport =
        plan_.by_reference && plan_.has_pipe() ? access.inputs + ", inline from the pipe" : access.inputs;
    facts_.outputs = access.outputs;
    facts_.identity = journal_->identity();
    const bool over = commit(plan_, compiled_, *scheduler_, facts_, *journal_);
    const Totals& totals = scheduler_->totals();
    say(options_, summary_table(plan_, compiled_, totals, facts_));
    const Rank0Traffic traffic =
        rank0_traffic(scheduler_->counts(), scheduler_->phases(), facts_.dealing_seconds);
    if (traffic.binds && !alone()) log_.warning(in_words(traffic));
    const CleanFileLoad file =
        clean_file_load(plan_.parts.count, scheduler_->phases(), agreement_.hosts, facts_.dealing_seconds);
    if (file.binds && !options_.in_study) log_.warning(in_words(file));
    log_.info("done");
    if (!over) return exit_done;
    log_.error(fmt::format("{} records were rejected, more than max_rejects or --strict allows",
                           core::grouped(count_records(totals).rejected)));
    return exit_over_limit;
}

/// What can be gone on with stays, and what belongs to a newer run.
void Producer::clear_up() {
    if (!journal_->is_last()) return;
    if (journal_->has_checkpoint()) {
        log_.warning("the finished work is recorded; --resume continues from there");
        return;
    }
    io::discard(plan_.output, possible_outputs(plan_, compiled_));
    journal_->abandon();
}

RunMeasures Producer::measures() const {
    return scheduler_ ? measures_of(plan_, *scheduler_, facts_, own_timeline_) : RunMeasures{};
}

} // namespace

int run_clean(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session,
              RunMeasures* measures) {
    if (options.in_study) system::restart_peak_memory(); // the size before this one had another peak
    if (session.rank() != 0) return run_worker(options, session);
    Producer producer(options, launch, session);
    const int code = producer.run();
    if (measures != nullptr) *measures = producer.measures();
    return code;
}

} // namespace ordermill::app
