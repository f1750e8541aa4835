#include "app/base/errors.hpp"
#include "app/base/stop_signals.hpp"
#include "app/base/version.hpp"
#include "app/command/options.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/launch/exit_status_file.hpp"
#include "app/launch/launcher.hpp"
#include "app/launch/leftovers.hpp"
#include "app/lifeline/lifeline.hpp"
#include "app/preview/run_estimate.hpp"
#include "app/run/pipeline.hpp"
#include "app/study/concurrency_comparison.hpp"
#include "app/study/study_run.hpp"
#include "app/terminal/message.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/session/session.hpp"
#include "cluster/work/work.hpp"
#include "core/number/human_numbers.hpp"
#include "io/error.hpp"
#include "io/input.hpp"
#include "system/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

using namespace ordermill;

/// Says what went wrong, once, and what the exit code is.
int report(const std::exception& error, const cluster::Session* session) {
    if (const auto* remote = dynamic_cast<const cluster::RemoteError*>(&error)) {
        app::say(fmt::format("rank {} on {}: {}", remote->rank, remote->host, remote->what()));
        return remote->exit_code;
    }
    const int code = app::exit_code_of(error);
    const bool name_rank = session != nullptr && session->size() > 1 && code == app::exit_environment;
    app::say(name_rank ? fmt::format("rank {} on {}: {}", session->rank(), session->host(), error.what())
                       : error.what());
    return code;
}

int run_generate(const app::GenerateOptions& options) {
    const app::GenerateSummary made = app::generate(options);
    if (options.output == "-") return app::exit_done;
    app::say(fmt::format("{} records ({} order lines, {} repeated; {} faulty), {}, to {}",
                         core::grouped(made.records), core::grouped(made.orders),
                         core::grouped(made.duplicates), core::grouped(made.faulty_records),
                         core::human_bytes(made.bytes), options.output));
    return app::exit_done;
}

int print(const std::string& words) {
    const std::string text = app::printable(words);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw io::Error("write to", "standard output", errno);
    return app::exit_done;
}

/// What a command that only tells has to say; no MPI.
template<typename Tell, typename Options>
int print(Tell tell, const Options& options) {
    io::PipeInput pipe(STDIN_FILENO);
    return print(tell(options, pipe));
}

int published(const app::StudyOptions& options, const std::string& text) {
    app::say(fmt::format("study.html, study.json, raw.csv and the plots are in {}", options.output));
    return print(text);
}

int combine(const app::StudyOptions& options) { return published(options, app::combine_studies(options)); }

/// What a command does on every rank, between the check of the launch and the end: this rank's exit code.
/// `lifeline`, if given, is rank 0's.
int on_all_ranks(const std::optional<int>& expected, const cluster::Launch& launch, cluster::Session& session,
                 const std::function<int()>& work, app::Lifeline* lifeline = nullptr) {
    try {
        app::check_launch(launch, session.size(), expected);
        session.check_same_version(app::build_identity());
    } catch (const cluster::RankDied& died) {
        if (session.rank() == 0) report(died, &session);
        std::_Exit(app::exit_environment);
    } catch (const std::exception& error) { // every rank's exit_status, so one says it
        return session.rank() == 0 ? report(error, nullptr) : app::exit_code_of(error);
    }
    if (session.rank() == 0) app::write_begun();
    if (session.rank() == 0 && lifeline != nullptr) lifeline->begin();
    try {
        return work();
    } catch (const cluster::RankDied& died) {
        if (session.rank() == 0) report(died, &session);
        std::_Exit(app::exit_environment);
    } catch (const cluster::farm::Orphaned& orphaned) {
        report(orphaned, &session);
        std::_Exit(app::exit_environment); // MPI would wait for rank 0
    } catch (const cluster::farm::Unstopped& unstopped) {
        int code = app::exit_environment;
        try {
            if (unstopped.cause) std::rethrow_exception(unstopped.cause);
            app::say(unstopped.what());
        } catch (const std::exception& cause) {
            code = report(cause, &session);
        }
        if (session.rank() == 0) app::write_exit_status(code);
        if (lifeline != nullptr) lifeline->say_exit_status(code);
        session.abort(code);
    } catch (const std::exception& error) {
        return report(error, &session);
    }
}

int clean(const app::CleanOptions& options, const cluster::Launch& launch) {
    if (!launch.under_mpi) app::check_launch(launch, 1, options.expect_ranks);
    if (launch.under_mpi && launch.rank == 0) app::clear_leftovers();
    app::catch_stop_signals(); // before the session is there: SIGUSR1 may come at any time
    cluster::Session session(launch);
    app::Lifeline lifeline;
    const int code = on_all_ranks(
        options.expect_ranks, launch, session, [&] { return app::run_clean(options, launch, session); },
        &lifeline);
    if (session.rank() == 0) { // the end of the session may not return after a death
        app::write_exit_status(code);
        lifeline.say_exit_status(code);
    }
    return code;
}

int measure(const app::StudyCommand& command, const cluster::Launch& launch) {
    app::catch_stop_signals();
    cluster::Session session(launch);
    std::string said;
    const std::optional<int> expected =
        command.settings.empty() ? std::nullopt : command.settings.front().clean.expect_ranks;
    const int code = on_all_ranks(expected, launch, session, [&] {
        return command.study.burn_iterations > 0 ? app::burn_orders(command.study, session, said)
                                                 : app::run_study(command, launch, session, said);
    });
    if (session.rank() == 0 && code == app::exit_done && command.study.burn_iterations > 0)
        return print(said);
    return session.rank() == 0 && code == app::exit_done ? published(command.study, said) : code;
}

/// What takes no runs is done by one rank.
int study_on(const app::StudyCommand& command, const cluster::Launch& launch) {
    const bool compares = !command.study.compare.empty();
    if (!compares && command.study.combine.empty()) return measure(command, launch);
    if (launch.rank != 0) return app::exit_done;
    return compares ? print(app::compare_two(command.study)) : combine(command.study);
}

int estimate_run(const app::CleanOptions& options, const cluster::Launch& launch) {
    cluster::Session session(launch);
    return on_all_ranks(options.expect_ranks, launch, session, [&] {
        std::vector<app::HostFacts> hosts;
        for (const std::string& text : session.gather(app::HostFacts::own(session.host()).pack()))
            if (session.rank() == 0) hosts.push_back(app::HostFacts::unpack(text));
        return session.rank() == 0 ? print(app::estimate_run(options, hosts)) : app::exit_done;
    });
}

/// The part of main behind the command line's parsing.
int run(const app::Command& command, const cluster::Launch& launch) {
    if (const auto* printed = std::get_if<app::Printed>(&command)) {
        return launch.rank == 0 ? print(printed->text) : app::exit_done;
    }
    if (const auto* options = std::get_if<app::GenerateOptions>(&command)) {
        return launch.rank == 0 ? run_generate(*options) : app::exit_done;
    }
    if (const auto* options = std::get_if<app::ExplainOptions>(&command))
        return launch.rank == 0 ? print(app::explain_job, *options) : app::exit_done;
    if (const auto* options = std::get_if<app::PreviewOptions>(&command))
        return launch.rank == 0 ? print(app::preview_job, *options) : app::exit_done;
    if (const auto* plan = std::get_if<app::PlanCommand>(&command)) return estimate_run(plan->clean, launch);
    if (const auto* study = std::get_if<app::StudyCommand>(&command)) return study_on(*study, launch);
    if (const auto* options = std::get_if<app::RunOptions>(&command)) {
        if (launch.under_mpi)
            throw app::UsageError("ordermill run starts mpirun itself: start it without mpirun");
        return app::launch(*options);
    }
    return clean(std::get<app::CleanOptions>(command), launch);
}

/// Where the reader of what we write has gone, as in `ordermill explain JOB | head`, we end as other programs
/// do: by SIGPIPE.
void end_with_reader(const std::exception& error) {
    const auto* failed = dynamic_cast<const io::Error*>(&error);
    if (failed == nullptr || failed->code().value() != EPIPE) return;
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
}

} // namespace

int main(int argc, char** argv) {
    system::open_standard_descriptors(); // else a file that we open may become standard error
    std::signal(SIGXFSZ, SIG_IGN);       // a file size limit is an error to report, not a death
    std::signal(SIGPIPE, SIG_IGN);       // nor is a reader that has gone
    const cluster::Launch launch = cluster::read_launch();
    try {
        return run(app::parse_command_line(argc, argv), launch);
    } catch (const std::exception& error) {
        end_with_reader(error);
        if (launch.rank != 0) return app::exit_code_of(error);
        const int code = report(error, nullptr);
        app::write_exit_status(code);
        return code;
    }
}
