#include "app/pipeline.hpp"

#include "app/dealing.hpp"
#include "app/errors.hpp"
#include "app/launch_checks.hpp"
#include "app/log.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "app/visibility.hpp"
#include "app/worker.hpp"
#include "cluster/farm.hpp"
#include "cluster/serial.hpp"
#include "cluster/usage.hpp"
#include "io/output.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace ordermill::app {
namespace {

constexpr const char* report_name = "report.json";
constexpr std::string_view rejects_header =
    "file,line,byte_position,column_idx,column_name,error_type,rule,raw_record,error_message\n";

void say(const CleanOptions& options, const std::string& text) {
    if (!options.quiet) std::fputs(text.c_str(), stderr);
}

std::string plan_text(const Plan& plan, const Prepared& prepared, const cluster::Session& session) {
    std::string text =
        fmt::format("ordermill: job {}: {} fields, {} rule{}\n", plan.job_path, prepared.spec.fields.size(),
                    prepared.spec.rules.size(), prepared.spec.rules.size() == 1 ? "" : "s");
    std::size_t columns = 0;
    std::string ignored;
    for (const PlannedFile& file : plan.files) {
        if (&file != &plan.files.front()) break;
        columns = file.header.size();
        if (prepared.spec.rest) continue;
        for (const std::string& name : prepared.recipe_of(file).unmapped(file.header)) {
            ignored += (ignored.empty() ? "" : ", ") + name;
        }
    }
    text += fmt::format("ordermill: {} input file{}, {}, {} columns{}\n", plan.files.size(),
                        plan.files.size() == 1 ? "" : "s",
                        plan.has_pipe() ? "standard input" : human_bytes(plan.file_bytes()), columns,
                        ignored.empty() ? "" : " (not used: " + ignored + ")");
    text += fmt::format("ordermill: {}, chunks of {} {}; outputs to {}\n",
                        session.size() == 1
                            ? std::string("one process")
                            : fmt::format("{} ranks ({} workers)", session.size(), session.size() - 1),
                        human_bytes(plan.chunk_size),
                        plan.by_reference && !plan.has_pipe() ? "by reference" : "inline", plan.output);
    return text;
}

std::vector<std::string> output_names(const Plan& plan, const Prepared& prepared) {
    std::vector<std::string> names{prepared.spec.output.clean, prepared.spec.output.rejects,
                                   prepared.spec.output.duplicates};
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
            std::string refused = "F";
            session_.broadcast(refused);
            throw;
        }
        try {
            agree();
            deal();
            return commit();
        } catch (...) {
            auto names = output_names(plan_, prepared_);
            names.emplace_back(report_name);
            io::discard(plan_.output, names);
            throw;
        }
    }

  private:
    void plan();
    void agree();
    void deal();
    int commit();
    void write_raw_headers();
    void remove_stale_raw_files(const std::vector<std::string>& names);

    const CleanOptions& options_;
    const cluster::Launch& launch_;
    cluster::Session& session_;
    io::PipeInput pipe_;
    Log log_;
    Plan plan_;
    Prepared prepared_;
    std::vector<std::string> hosts_;
    std::vector<std::uint64_t> bounds_; ///< of memory, by rank
    std::unique_ptr<Dealing> dealing_;
    RunFacts facts_;
};

void Producer::plan() {
    facts_.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    PlanRequest request = options_.request;
    request.workers = std::max(1, session_.size() - 1);
    plan_ = make_plan(request, pipe_);
    plan_.fingerprint = inputs_fingerprint(plan_);
    prepared_ = prepare(plan_);
    if (options_.strict) prepared_.spec.max_rejects = {.count = 0, .share = std::nullopt};
    std::vector<std::string> finals = output_names(plan_, prepared_);
    finals.emplace_back(report_name);
    io::prepare_folder(plan_.output, options_.force, finals);
}

/// Sends the plan to everybody and hears what they can see of it.
void Producer::agree() {
    const Probe probe(plan_.output);
    std::string packed = 'P' + probe.nonce() + plan_.pack();
    session_.broadcast(packed);
    std::vector<RankView> views;
    for (const std::string& text : session_.gather(
             RankView::own(plan_, prepared_.recipes.front().stages(), probe.nonce(), session_.host())
                 .pack())) {
        views.push_back(RankView::unpack(text));
    }
    std::vector<int> cores;
    std::vector<std::uint64_t> memory;
    std::optional<cluster::RemoteError> problem;
    for (const RankView& view : views) {
        const int rank = static_cast<int>(hosts_.size());
        hosts_.push_back(view.host);
        cores.push_back(view.cores);
        memory.push_back(view.memory);
        const auto complain = [&](const std::string& what) {
            if (!problem) problem.emplace(rank, view.host, what, exit_environment);
        };
        if (!view.problem.empty()) complain(view.problem);
        if (!view.sees_output) {
            complain(fmt::format(
                "can't see the output folder {}: it must be on a file system that all ranks share",
                plan_.output));
        }
        if (view.sees_inputs) continue;
        if (options_.request.transport == Transport::reference) {
            complain("can't see the same input files; use --transport auto");
        }
        plan_.by_reference = false;
    }
    bounds_ = memory_bounds(plan_, hosts_, memory);
    std::string go = (problem ? "F" : plan_.by_reference ? "R" : "I") + pack_items(bounds_);
    session_.broadcast(go);
    if (problem) throw *problem;
    for (const std::string& warning : launch_warnings(launch_, hosts_, cores))
        log_.warning("warning: " + warning);
    say(options_, plan_text(plan_, prepared_, session_));
    if (prepared_.recipes.front().stages())
        say(options_, fmt::format("ordermill: keeps cleaned records until the last is read: up to {} a rank in memory, "
                                  "then in {}\n",
                                  human_bytes(*std::min_element(bounds_.begin(), bounds_.end())), plan_.scratch));
}

void Producer::deal() {
    const int workers = std::max(1, session_.size() - 1);
    dealing_ = std::make_unique<Dealing>(plan_, prepared_, pipe_, workers);
    const std::string clean_header = prepared_.recipes.front().output_header();
    const bool contest = !prepared_.recipes.front().duplicates().empty();
    const std::string duplicates_header =
        contest ? prepared_.recipes.front().duplicates_header() : std::string();
    dealing_->set_headers(clean_header, std::string(rejects_header), duplicates_header);
    io::OutputFile clean(plan_.output, prepared_.spec.output.clean);
    clean.write_at(0, clean_header);
    io::OutputFile rejects(plan_.output, prepared_.spec.output.rejects);
    rejects.write_at(0, rejects_header);
    io::OutputFile duplicates(plan_.output, prepared_.spec.output.duplicates);
    if (contest) duplicates.write_at(0, duplicates_header);

    Progress progress(style_of_stderr(options_.quiet, options_.progress_seconds), hosts_);
    std::vector<cluster::Usage> usage(hosts_.size());
    const cluster::Usage before = cluster::measure_usage(0);
    const cluster::Dealer dealer = dealing_->dealer([&] {
        if (session_.size() == 1) usage[0] = cluster::measure_usage(0);
        progress.update(*dealing_, usage);
    });
    try {
        if (session_.size() == 1) {
            cluster::Peers peers;
            Worker worker(plan_, prepared_, {.memory = bounds_.front(), .scratch = plan_.scratch}, &peers);
            const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
                return worker.work(task, alive);
            };
            cluster::serial::run(dealer, work, &usage[0], &peers);
        } else {
            cluster::farm::run(*session_.world(), dealer, &usage);
        }
    } catch (...) {
        progress.done();
        throw;
    }
    progress.done();
    const cluster::Usage after = cluster::measure_usage(0);
    if (session_.size() == 1) usage[0] = after;
    facts_.dealing_cpu_seconds =
        after.user_seconds + after.system_seconds - before.user_seconds - before.system_seconds;
    facts_.dealing_seconds = progress.seconds();
    facts_.usage = usage;
    write_raw_headers();
    clean.sync();
    clean.close();
    rejects.sync();
    rejects.close();
    duplicates.sync();
    duplicates.close();
    facts_.wall_seconds = progress.seconds();
}

void Producer::write_raw_headers() {
    for (const auto& [file, total] : dealing_->totals().raw) {
        io::OutputFile raw(plan_.output, raw_output_name(plan_.files[file]));
        raw.write_at(0, plan_.files[file].header_bytes);
        raw.sync();
        raw.close();
    }
}

/// What an earlier run left below rejects-raw/ and this one doesn't replace would be taken for this run's.
void Producer::remove_stale_raw_files(const std::vector<std::string>& names) {
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(plan_.output) / "rejects-raw", ignored)) {
        const std::string name = "rejects-raw/" + entry.path().filename().string();
        if (std::find(names.begin(), names.end(), name) == names.end() &&
            !entry.path().filename().string().starts_with('.')) {
            std::filesystem::remove(entry.path(), ignored);
        }
    }
}

/// The report's temporary file is written last and renamed last: it is the mark of a whole run.
int Producer::commit() {
    const Totals& totals = dealing_->totals();
    check_accounts(plan_, *dealing_);
    std::vector<std::string> names{prepared_.spec.output.clean, prepared_.spec.output.rejects};
    if (totals.duplicates.bytes > 0) names.push_back(prepared_.spec.output.duplicates);
    for (const auto& [file, total] : totals.raw) names.push_back(raw_output_name(plan_.files[file]));
    facts_.hosts = hosts_;
    facts_.transport =
        plan_.by_reference ? (plan_.has_pipe() ? "reference, inline from the pipe" : "reference") : "inline";
    const std::string report = report_json(plan_, prepared_, *dealing_, facts_);
    io::OutputFile file(plan_.output, report_name);
    file.write_at(0, report);
    file.sync();
    file.close();
    io::commit(plan_.output, names, report_name);
    remove_stale_raw_files(names);
    say(options_, summary_table(plan_, prepared_, totals, facts_));
    log_.info("done");
    if (!over_limit(prepared_.spec.max_rejects, count_records(totals))) return exit_done;
    log_.error(fmt::format("{} records were rejected, more than the limit allows",
                           grouped(count_records(totals).rejected)));
    return exit_over_limit;
}

/// Every other rank.
int run_worker(const CleanOptions& options, cluster::Session& session) {
    std::string packed;
    session.broadcast(packed);
    if (packed.empty() || packed.front() != 'P') return exit_done; // rank 0 has said why
    const std::string nonce = packed.substr(1, Probe::nonce_size);
    Plan plan;
    Prepared prepared;
    RankView view;
    try {
        plan = Plan::unpack(packed.substr(1 + Probe::nonce_size));
        prepared = prepare(plan);
        view = RankView::own(plan, prepared.recipes.front().stages(), nonce, session.host());
    } catch (const std::exception& error) {
        view.problem = error.what();
    }
    session.gather(view.pack());
    std::string go;
    session.broadcast(go);
    if (go.front() == 'F') return exit_done;
    plan.by_reference = go.front() == 'R';
    std::string_view bounds = std::string_view(go).substr(1);
    const auto memory = unpack_items<std::uint64_t>(bounds, static_cast<std::size_t>(session.size()));
    Log log(options.log, session.rank(), session.host(), false);
    log.info(fmt::format("ready: {} files, chunks of {}", plan.files.size(), human_bytes(plan.chunk_size)));
    cluster::Peers peers;
    Worker worker(plan, prepared,
                  {.workers = session.size() - 1,
                   .own_rank = session.rank(),
                   .memory = memory[static_cast<std::size_t>(session.rank())],
                   .scratch = plan.scratch},
                  &peers);
    const bool orderly = cluster::farm::serve(
        *session.world(),
        [&](const cluster::Task& task, const cluster::Alive& alive) {
            log.debug(fmt::format("task {} of kind {}", task.id, static_cast<int>(kind_of(task.head))));
            return worker.work(task, alive);
        },
        exit_code_of, &peers);
    log.info(orderly ? "done" : "stopped");
    return exit_done;
}

} // namespace

int run_clean(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session) {
    if (session.rank() != 0) return run_worker(options, session);
    return Producer(options, launch, session).run();
}

} // namespace ordermill::app
