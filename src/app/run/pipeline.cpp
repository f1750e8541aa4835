#include "app/run/pipeline.hpp"

#include "app/base/errors.hpp"
#include "app/base/human_numbers.hpp"
#include "app/base/log.hpp"
#include "app/base/message.hpp"
#include "app/base/stop_signals.hpp"
#include "app/deal/scheduler.hpp"
#include "app/deal/scheduler_timeline.hpp"
#include "app/hosts/access_plan.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/hosts/rank_capabilities.hpp"
#include "app/report/progress.hpp"
#include "app/report/rank0_traffic.hpp"
#include "app/report/report.hpp"
#include "app/resume/run_journal.hpp"
#include "app/run/worker_rank.hpp"
#include "app/work/worker.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/farm/serial.hpp"
#include "cluster/session/usage.hpp"
#include "io/output.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto longest_drain = std::chrono::seconds(10);
constexpr const char* report_name = "report.json";
constexpr std::string_view rejects_header =
    "file,line,byte_position,column_idx,column_name,error_type,rule,raw_record,error_message\n";

void say(const CleanOptions& options, const std::string& text) {
    if (!options.quiet) say_lines(text);
}

std::string plan_text(const Plan& plan, const CompiledPlan& compiled, const cluster::Session& session,
                      const AccessPlan& access) {
    std::string text =
        fmt::format("ordermill: job {}: {} fields, {} rule{}\n", plan.job_path, compiled.spec.fields.size(),
                    compiled.spec.rules.size(), compiled.spec.rules.size() == 1 ? "" : "s");
    std::size_t columns = 0;
    std::string ignored;
    for (const PlannedFile& file : plan.files) {
        if (&file != &plan.files.front()) break;
        columns = file.header.size();
        if (compiled.spec.rest) continue;
        for (const std::string& name : compiled.recipe_of(file).unmapped(file.header)) {
            ignored += (ignored.empty() ? "" : ", ") + name;
        }
    }
    text += fmt::format("ordermill: {} input file{}, {}, {} columns{}\n", plan.files.size(),
                        plan.files.size() == 1 ? "" : "s",
                        plan.has_pipe() ? "standard input" : human_bytes(plan.file_bytes()), columns,
                        ignored.empty() ? "" : " (not used: " + ignored + ")");
    text += fmt::format(
        "ordermill: {}, chunks of {} {}; outputs to {}{}\n",
        session.size() == 1 ? std::string("one process")
                            : fmt::format("{} ranks ({} workers)", session.size(), session.size() - 1),
        human_bytes(plan.chunk_size),
        plan.has_pipe() || access.inputs == "inline" ? "inline" : "by " + access.inputs, plan.output,
        access.outputs.starts_with("direct") ? access.outputs.substr(std::string_view("direct").size())
                                             : ", " + access.outputs);
    return text;
}

std::vector<std::string> output_names(const Plan& plan, const CompiledPlan& compiled) {
    std::vector<std::string> names{compiled.spec.output.clean, compiled.spec.output.rejects,
                                   compiled.spec.output.duplicates};
    for (const PlannedFile& file : plan.files) names.push_back(raw_output_name(file));
    return names;
}

/// By rank: what it may keep in memory. By default half the host's, shared by the host's ranks.
std::vector<std::uint64_t> memory_bounds(const Plan& plan, const std::vector<std::string>& hosts,
                                         const std::vector<std::uint64_t>& memory) {
    std::vector<std::uint64_t> bounds;
    for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
        const auto sharing = std::count(hosts.begin(), hosts.end(), hosts[rank]);
        bounds.push_back(plan.memory != 0 ? plan.memory
                                          : memory[rank] / 2 / static_cast<std::uint64_t>(sharing));
    }
    return bounds;
}

/// Rank 0's part of a run, from the plan to the commit.
class Producer {
  public:
    Producer(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session)
        : options_(options), launch_(launch), session_(session), pipe_(STDIN_FILENO),
          log_(options.log, session.rank(), session.host(), true) {}

    int run() {
        try {
            plan();
        } catch (...) {
            refuse_workers();
            throw;
        }
        if (journal_->begin() == RunJournal::Begin::complete) {
            refuse_workers();
            say(options_,
                fmt::format("ordermill: {} is complete: there is nothing left to do\n", plan_.output));
            return journal_->finished_code();
        }
        try {
            agree();
            deal();
            return scheduler_->stopping() ? stopped() : commit();
        } catch (const io::Replaced&) {
            throw;
        } catch (...) {
            clear_up();
            throw;
        }
    }

    /// After `run`.
    RunMeasures measures() const;

  private:
    void plan();
    void agree();
    void begin_dealing();
    void deal();
    int commit();
    void open_outputs();
    void close_outputs();
    void tick(Progress& progress, std::vector<cluster::Usage>& usage);
    void record(const Checkpoint& point);
    void stop_if_asked();
    int stopped();
    void clear_up();
    void refuse_workers();
    void write_raw_headers();

    const CleanOptions& options_;
    const cluster::Launch& launch_;
    cluster::Session& session_;
    io::PipeInput pipe_;
    Log log_;
    Plan plan_;
    CompiledPlan compiled_;
    std::vector<std::string> hosts_;
    std::vector<std::uint64_t> bounds_; ///< of memory, by rank
    std::vector<std::string> outputs_;  ///< all that there may be, the report's last
    std::unique_ptr<RunJournal> journal_;
    std::unique_ptr<Scheduler> scheduler_;
    AccessPlan access_;
    std::vector<io::OutputFile> files_; ///< with a header that rank 0 writes
    std::optional<ChunkOutputs> gathered_;
    Clock::time_point next_checkpoint_{};
    std::optional<Clock::time_point> stop_asked_;
    bool stop_wanted_ = false;                      ///< by a worker
    std::optional<SchedulerTimeline> dealing_time_; ///< in a study
    std::vector<study::PhaseBuckets::Bar> own_timeline_;
    RunFacts facts_;
};

void Producer::refuse_workers() {
    std::string refused = "F";
    session_.broadcast(refused);
}

/// What can be gone on with stays, and what belongs to a newer run.
void Producer::clear_up() {
    if (!journal_->is_last()) return;
    if (journal_->has_checkpoint()) {
        log_.warning("what was finished is kept: --resume goes on with it");
        return;
    }
    io::discard(plan_.output, outputs_);
    journal_->abandon();
}

void Producer::plan() {
    facts_.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    PlanRequest request = options_.request;
    request.workers = std::max(1, session_.size() - 1);
    plan_ = make_plan(request, pipe_);
    plan_.host = session_.host();
    for (PlannedFile& file : plan_.files) {
        if (!file.pipe()) file.fingerprint = fingerprint_of(file.path);
    }
    compiled_ = compile_plan(plan_);
    if (options_.strict) compiled_.spec.max_rejects = {.count = 0, .share = std::nullopt};
    outputs_ = output_names(plan_, compiled_);
    outputs_.emplace_back(report_name);
    if (options_.resume && plan_.has_pipe())
        throw UsageError("--resume can't read a pipe a second time; write it to a file, or start over");
    io::create_folder(plan_.output);
    journal_ = std::make_unique<RunJournal>(
        plan_, compiled_, RunJournal::Wish{.resume = options_.resume, .force = options_.force}, outputs_);
    plan_.generation = journal_->generation();
    plan_.mark = journal_->mark();
}

/// Sends the plan to everybody and hears what they can see of it.
void Producer::agree() {
    Probe probe(plan_.output);
    std::string packed = 'P' + probe.nonce() + plan_.pack();
    session_.broadcast(packed);
    std::vector<RankCapabilities> views;
    for (const std::string& text :
         session_.gather(RankCapabilities::own(plan_, compiled_.recipes.front().stages(), probe.nonce(),
                                               session_.host(), 0)
                             .pack())) {
        views.push_back(RankCapabilities::unpack(text));
    }
    std::vector<int> cores;
    std::vector<std::uint64_t> memory;
    std::optional<cluster::RemoteError> problem;
    for (const RankCapabilities& view : views) {
        const int rank = static_cast<int>(hosts_.size());
        hosts_.push_back(view.host);
        cores.push_back(view.cores);
        memory.push_back(view.memory);
        if (!view.problem.empty() && !problem)
            problem.emplace(rank, view.host, view.problem, exit_environment);
    }
    access_ = plan_access(plan_, options_.request, views, probe);
    if (!access_.problem.empty() && !problem) {
        const int rank = access_.problem_rank;
        problem.emplace(rank, hosts_[static_cast<std::size_t>(rank)], access_.problem, exit_environment);
    }
    bounds_ = memory_bounds(plan_, hosts_, memory);
    if (problem) {
        refuse_workers();
        throw *problem;
    }
    try {
        begin_dealing();
    } catch (...) { // the workers would wait for the first task
        refuse_workers();
        throw;
    }
    std::string go = "G" + pack_items(bounds_);
    session_.broadcast(go);
    if (!options_.in_study) {
        for (const std::string& warning : launch_warnings(launch_, hosts_, cores))
            log_.warning("warning: " + warning);
    }
    say(options_, plan_text(plan_, compiled_, session_, access_));
    if (compiled_.recipes.front().stages() && !scheduler_->streams_duplicates())
        say(options_,
            fmt::format("ordermill: keeps cleaned records until the last is read: up to {} a rank in memory, "
                        "then in {}\n",
                        human_bytes(*std::min_element(bounds_.begin(), bounds_.end())), plan_.scratch));
}

/// The headers, and what they come to.
void Producer::open_outputs() {
    const core::Recipe& recipe = compiled_.recipes.front();
    const std::string clean = recipe.output_header();
    const std::string duplicates = recipe.duplicates().empty() ? std::string() : recipe.duplicates_header();
    scheduler_->set_headers(clean, std::string(rejects_header), duplicates);
    const auto open = [this](const std::string& name, std::string_view header) {
        files_.emplace_back(plan_.output, name, fence_of(plan_)).write_at(0, header);
    };
    open(compiled_.spec.output.clean, clean);
    open(compiled_.spec.output.rejects, rejects_header);
    if (!duplicates.empty()) open(compiled_.spec.output.duplicates, duplicates);
}

void Producer::close_outputs() {
    write_raw_headers();
    gathered_->sync();
    gathered_->close();
    for (io::OutputFile& file : files_) {
        file.sync();
        file.close();
    }
}

void Producer::tick(Progress& progress, std::vector<cluster::Usage>& usage) {
    if (session_.size() == 1) usage[0] = cluster::measure_usage(0);
    progress.update(*scheduler_, usage);
    journal_->beat();
    stop_if_asked();
    const auto now = Clock::now();
    if (now < next_checkpoint_ || plan_.has_pipe() || scheduler_->stopping()) return;
    next_checkpoint_ =
        now + std::chrono::microseconds(static_cast<std::int64_t>(options_.checkpoint_seconds * 1e6));
    scheduler_->begin_checkpoint([this](const Checkpoint& point) { record(point); });
}

void Producer::record(const Checkpoint& point) {
    for (io::OutputFile& file : files_) file.sync();
    gathered_->sync();
    journal_->record(point);
}

/// What is in hand is finished, for a while.
void Producer::stop_if_asked() {
    if (!stop_wanted_ && !stop_requested()) return;
    if (plan_.has_pipe()) throw Stopped("stopped by a signal; nothing is kept");
    if (!stop_asked_) {
        stop_asked_ = Clock::now();
        log_.warning("stopping: what is in hand is finished and recorded");
        scheduler_->stop([this](const Checkpoint& point) { record(point); });
    }
    if (Clock::now() > *stop_asked_ + longest_drain)
        throw Stopped("stopped by a signal; what was in hand is lost");
}

/// After an orderly stop: everything in hand is written and synced.
int Producer::stopped() {
    if (!compiled_.recipes.front().stages()) journal_->record(scheduler_->written());
    log_.warning(fmt::format("stopped at {:.0f} % of the input; --resume goes on with {:.0f} % done",
                             100 * scheduler_->share_done().value_or(0), 100 * scheduler_->share_recorded()));
    return exit_resume;
}

void Producer::begin_dealing() {
    const int workers = std::max(1, session_.size() - 1);
    scheduler_ = std::make_unique<Scheduler>(plan_, compiled_, pipe_, workers, options_.max_crashes);
    if (can_stream_duplicates(plan_, compiled_, static_cast<std::uint64_t>(workers),
                              *std::min_element(bounds_.begin(), bounds_.end())))
        scheduler_->stream_duplicates();
    gathered_.emplace(plan_, compiled_);
    scheduler_->set_access(access_.by_worker, [this](const WriteTask& where, const ChunkTexts& texts) {
        gathered_->write(where, texts);
    });
    open_outputs();
}

void Producer::deal() {
    defer_stop_signals();
    if (journal_->begin() == RunJournal::Begin::go_on) {
        scheduler_->resume(journal_->from());
        say(options_,
            fmt::format("ordermill: goes on at {:.1f} % of the input, where an earlier run stopped\n",
                        100 * scheduler_->share_done().value_or(0)));
    }
    if (!journal_->saved().empty()) {
        scheduler_->resume(journal_->saved());
        say(options_,
            fmt::format("ordermill: {} chunks were cleaned by an earlier run and are taken from it\n",
                        journal_->saved().size()));
    }
    Progress progress(style_of_stderr(options_.quiet, options_.progress_seconds), hosts_);
    std::vector<cluster::Usage> usage(hosts_.size());
    const cluster::Usage before = cluster::measure_usage(0);
    next_checkpoint_ = Clock::now() + std::chrono::microseconds(
                                          static_cast<std::int64_t>(options_.checkpoint_seconds * 1e6));
    cluster::Dealer dealer = scheduler_->dealer([&] { tick(progress, usage); });
    dealer.stop = [this] { stop_wanted_ = true; };
    dealer.lost = [&](int worker) {
        log_.warning(fmt::format("rank {} on {} is gone; its work is done again by the others", worker,
                                 hosts_[static_cast<std::size_t>(worker)]));
        facts_.lost.push_back({.rank = worker, .after_seconds = progress.seconds()});
        scheduler_->lost(worker);
    };
    if (options_.in_study) dealer = dealing_time_.emplace().measured(std::move(dealer));
    try {
        if (session_.size() == 1) {
            cluster::Peers peers;
            Worker worker(
                plan_, compiled_,
                {.memory = bounds_.front(), .scratch = plan_.scratch, .timeline = options_.in_study}, &peers);
            const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
                return worker.work(task, alive);
            };
            cluster::serial::run(dealer, work, &usage[0], &peers);
        } else {
            cluster::farm::run(*session_.world(), dealer, &usage, farm_limits(options_));
        }
    } catch (...) {
        progress.done();
        throw;
    }
    progress.done();
    if (dealing_time_) own_timeline_ = dealing_time_->bars();
    const cluster::Usage after = cluster::measure_usage(0);
    if (session_.size() == 1) usage[0] = after;
    facts_.dealing_cpu_seconds =
        after.user_seconds + after.system_seconds - before.user_seconds - before.system_seconds;
    facts_.dealing_user_seconds = after.user_seconds - before.user_seconds;
    facts_.dealing_seconds = progress.seconds();
    facts_.usage = usage;
    close_outputs();
    facts_.wall_seconds = progress.seconds();
}

RunMeasures Producer::measures() const {
    RunMeasures measures;
    measures.complete = scheduler_ && !scheduler_->stopping() && facts_.lost.empty();
    if (!measures.complete) return measures;
    measures.started = facts_.started;
    measures.wall_seconds = facts_.wall_seconds;
    measures.records = count_records(scheduler_->totals()).records;
    measures.bytes = scheduler_->counts().bytes_accepted;
    measures.dealing = {.wall = facts_.dealing_cpu_seconds,
                        .user = facts_.dealing_user_seconds,
                        .system = std::max(0.0, facts_.dealing_cpu_seconds - facts_.dealing_user_seconds)};
    measures.usage = facts_.usage;
    measures.phases = scheduler_->phases();
    measures.timelines = scheduler_->timelines();
    measures.timelines.front() = own_timeline_;
    if (session_.size() == 1) { // both rank 0 and worker 1
        measures.phases.erase(measures.phases.begin());
        measures.timelines.erase(measures.timelines.begin());
    }
    return measures;
}

void Producer::write_raw_headers() {
    for (const auto& [file, total] : scheduler_->totals().raw) {
        io::OutputFile raw(plan_.output, raw_output_name(plan_.files[file]), fence_of(plan_));
        raw.write_at(0, plan_.files[file].header_bytes);
        raw.sync();
        raw.close();
    }
}

/// The report's temporary file is written last and renamed last: it is the mark of a whole run.
int Producer::commit() {
    const Totals& totals = scheduler_->totals();
    check_inputs_unchanged(plan_);
    check_accounts(plan_, *scheduler_);
    std::vector<std::string> names{compiled_.spec.output.clean, compiled_.spec.output.rejects};
    if (totals.duplicates.bytes > 0) names.push_back(compiled_.spec.output.duplicates);
    for (const auto& [file, total] : totals.raw) names.push_back(raw_output_name(plan_.files[file]));
    facts_.hosts = hosts_;
    facts_.transport =
        plan_.by_reference && plan_.has_pipe() ? access_.inputs + ", inline from the pipe" : access_.inputs;
    facts_.outputs = access_.outputs;
    facts_.identity = identity_of(plan_, compiled_);
    const std::string report = report_json(plan_, compiled_, *scheduler_, facts_);
    fence_of(plan_)();
    io::discard(plan_.output, {report_name}); // of a run that died when it had written it
    io::OutputFile file(plan_.output, report_name, fence_of(plan_));
    file.write_at(0, report);
    file.sync();
    file.close();
    const bool over = over_limit(compiled_.spec.max_rejects, count_records(totals));
    journal_->commit(names, over ? exit_over_limit : exit_done);
    say(options_, summary_table(plan_, compiled_, totals, facts_));
    const Rank0Traffic link =
        rank0_traffic(scheduler_->counts(), scheduler_->phases(), facts_.dealing_seconds);
    if (link.binds && session_.size() > 1) log_.warning(in_words(link));
    log_.info("done");
    if (!over) return exit_done;
    log_.error(fmt::format("{} records were rejected, more than the limit allows",
                           grouped(count_records(totals).rejected)));
    return exit_over_limit;
}

} // namespace

int run_clean(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session,
              RunMeasures* measures) {
    if (session.rank() != 0) return run_worker(options, session);
    Producer producer(options, launch, session);
    const int code = producer.run();
    if (measures != nullptr) *measures = producer.measures();
    return code;
}

} // namespace ordermill::app
