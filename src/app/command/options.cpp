#include "app/command/options.hpp"

#include "app/base/errors.hpp"
#include "app/base/parse_words.hpp"
#include "app/base/version.hpp"
#include "app/command/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace ordermill::app {
namespace {

namespace po = boost::program_options;

constexpr std::uint64_t largest_chunk = std::uint64_t{1} << 30; // MPI counts are ints
constexpr double least_lease = 3;                               // of a beat a second
constexpr std::uint64_t least_memory = std::uint64_t{1} << 20;

po::options_description clean_description() {
    po::options_description options;
    auto add = options.add_options();
    add("help,h", "");
    add("job-file", po::value<std::string>());
    add("input,i", po::value<std::vector<std::string>>()->composing());
    add("output,o", po::value<std::string>());
    add("set", po::value<std::vector<std::string>>()->composing());
    add("parts", po::value<std::string>());
    add("chunk-size", po::value<std::string>());
    add("transport", po::value<std::string>());
    add("gather", po::value<std::string>());
    add("memory", po::value<std::string>());
    add("scratch", po::value<std::string>());
    add("force,f", po::bool_switch());
    add("resume", po::bool_switch());
    add("checkpoint", po::value<double>());
    add("lease", po::value<double>());
    add("max-crashes", po::value<std::uint64_t>());
    add("strict", po::bool_switch());
    add("quiet,q", po::bool_switch());
    add("progress", po::value<double>());
    add("expect-ranks", po::value<int>());
    add("log-level", po::value<std::string>());
    add("log-dir", po::value<std::string>());
    add("stdin", po::value<std::vector<std::string>>());
    return options;
}

/// The options of every command that takes a job and its inputs.
po::options_description job_description() {
    po::options_description options;
    auto add = options.add_options();
    add("help,h", "");
    add("job-file", po::value<std::string>());
    add("input,i", po::value<std::vector<std::string>>()->composing());
    add("set", po::value<std::vector<std::string>>()->composing());
    add("stdin", po::value<std::vector<std::string>>());
    return options;
}

po::options_description generate_description() {
    po::options_description options;
    auto add = options.add_options();
    add("help,h", "");
    add("orders,n", po::value<std::uint64_t>());
    add("seed", po::value<std::uint64_t>());
    add("output,o", po::value<std::string>());
    return options;
}

Transport parse_transport(const std::string& text) {
    if (text == "auto") return Transport::automatic;
    if (text == "reference") return Transport::reference;
    if (text == "inline") return Transport::inline_bytes;
    throw UsageError(fmt::format("--transport {}: expected auto, reference or inline", text));
}

Gather parse_gather(const std::string& text) {
    if (text == "auto") return Gather::automatic;
    if (text == "never") return Gather::never;
    if (text == "always") return Gather::always;
    throw UsageError(fmt::format("--gather {}: expected auto, never or always", text));
}

/// `--parts N` is `--set output.parts=N`, with an error of its own.
std::string parts_override(const std::string& text) {
    std::uint32_t parts = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts);
    if (error != std::errc() || end != text.data() + text.size() || parts < 1 ||
        parts > core::OutputSpec::most_parts)
        throw UsageError(
            fmt::format("--parts {}: expected a number from 1 to {}", text, core::OutputSpec::most_parts));
    return fmt::format("output.parts={}", parts);
}

PlanRequest job_request(const po::variables_map& values) {
    PlanRequest request;
    request.job_path = values["job-file"].as<std::string>();
    request.inputs = value_or(values, "input", std::vector<std::string>());
    // What else stands on the line are inputs too: `clean job.cfg -` and `clean job.cfg a.csv b.csv`.
    for (const std::string& path : value_or(values, "stdin", std::vector<std::string>())) {
        request.inputs.push_back(path);
    }
    request.overrides = value_or(values, "set", std::vector<std::string>());
    return request;
}

std::string default_scratch() {
    const char* const folder = std::getenv("TMPDIR");
    return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

Command parse_clean(const std::vector<std::string>& words) {
    po::positional_options_description positional;
    positional.add("job-file", 1).add("stdin", -1);
    const po::variables_map values = parse("clean", words, clean_description(), positional);
    if (values.count("help") != 0) return Printed{clean_help()};
    if (values.count("job-file") == 0) {
        throw UsageError(
            "clean needs a job file: ordermill clean JOB.cfg --input FILES (see ordermill clean --help)");
    }
    CleanOptions options;
    options.request = job_request(values);
    options.request.output = value_or(values, "output", std::string());
    if (values.count("parts") != 0)
        options.request.overrides.push_back(parts_override(values["parts"].as<std::string>()));
    options.request.transport = parse_transport(value_or(values, "transport", std::string("auto")));
    options.request.gather = parse_gather(value_or(values, "gather", std::string("auto")));
    if (values.count("chunk-size") != 0) {
        options.request.chunk_size = parse_size(values["chunk-size"].as<std::string>(), "--chunk-size");
        if (options.request.chunk_size == 0 || options.request.chunk_size > largest_chunk) {
            throw UsageError(fmt::format("--chunk-size {}: expected a size from 1B to 1GiB",
                                         values["chunk-size"].as<std::string>()));
        }
    }
    if (values.count("memory") != 0) {
        options.request.memory = parse_size(values["memory"].as<std::string>(), "--memory");
        if (options.request.memory < least_memory)
            throw UsageError(
                fmt::format("--memory {}: expected at least 1MiB", values["memory"].as<std::string>()));
    }
    options.request.scratch = value_or(values, "scratch", default_scratch());
    options.force = values["force"].as<bool>();
    options.resume = values["resume"].as<bool>();
    if (options.resume && options.force)
        throw UsageError(
            "--resume continues an unfinished run and --force discards it: give only one of them");
    options.checkpoint_seconds = value_or(values, "checkpoint", options.checkpoint_seconds);
    if (options.checkpoint_seconds <= 0)
        throw UsageError(
            fmt::format("--checkpoint {}: expected a number of seconds above 0", options.checkpoint_seconds));
    options.lease_seconds = value_or(values, "lease", options.lease_seconds);
    if (options.lease_seconds < least_lease)
        throw UsageError(fmt::format("--lease {}: expected at least 3 seconds", options.lease_seconds));
    options.max_crashes = value_or(values, "max-crashes", options.max_crashes);
    options.strict = values["strict"].as<bool>();
    options.quiet = values["quiet"].as<bool>();
    options.progress_seconds = value_or(values, "progress", options.progress_seconds);
    if (options.progress_seconds < 0)
        throw UsageError(
            fmt::format("--progress {}: expected a number of seconds, or 0 for no progress lines",
                        options.progress_seconds));
    if (values.count("expect-ranks") != 0) {
        options.expect_ranks = values["expect-ranks"].as<int>();
        if (*options.expect_ranks < 1)
            throw UsageError(fmt::format("--expect-ranks {}: expected at least 1", *options.expect_ranks));
    }
    options.log.level = value_or(values, "log-level", options.log.level);
    options.log.folder = value_or(values, "log-dir", std::string());
    const std::vector<std::string> levels{"trace", "debug", "info", "warning", "error", "off"};
    if (std::find(levels.begin(), levels.end(), options.log.level) == levels.end()) {
        throw UsageError(fmt::format("--log-level {}: expected trace, debug, info, warning, error or off{}",
                                     options.log.level, suggestion(options.log.level, levels, "")));
    }
    return options;
}

Command parse_plan(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (word == "--help" || word == "-h") return Printed{plan_help()};
    }
    if (words.empty())
        throw UsageError(
            "plan needs a job file: ordermill plan JOB.cfg --input FILES (see ordermill plan --help)");
    return PlanCommand{std::get<CleanOptions>(parse_clean(words))};
}

Command parse_explain(const std::vector<std::string>& words) {
    po::options_description description = job_description();
    description.add_options()("job", po::bool_switch());
    po::positional_options_description positional;
    positional.add("job-file", 1).add("stdin", -1);
    const po::variables_map values = parse("explain", words, description, positional);
    if (values.count("help") != 0) return Printed{explain_help()};
    if (values.count("job-file") == 0) {
        throw UsageError(
            "explain needs a job file: ordermill explain JOB.cfg (see ordermill explain --help)");
    }
    ExplainOptions options;
    options.request = job_request(values);
    options.as_job = values["job"].as<bool>();
    return options;
}

Command parse_try(const std::vector<std::string>& words) {
    po::options_description description = job_description();
    description.add_options()("records,n", po::value<std::uint64_t>());
    description.add_options()("scan", po::value<std::string>());
    po::positional_options_description positional;
    positional.add("job-file", 1).add("stdin", -1);
    const po::variables_map values = parse("try", words, description, positional);
    if (values.count("help") != 0) return Printed{try_help()};
    if (values.count("job-file") == 0) {
        throw UsageError(
            "try needs a job file: ordermill try JOB.cfg --input FILE (see ordermill try --help)");
    }
    PreviewOptions options;
    options.request = job_request(values);
    options.records = value_or(values, "records", options.records);
    if (values.count("scan") != 0) options.bytes = parse_size(values["scan"].as<std::string>(), "--scan");
    return options;
}

Command parse_generate(const std::vector<std::string>& words) {
    const po::variables_map values = parse("generate", words, generate_description(), {});
    if (values.count("help") != 0) return Printed{generate_help()};
    GenerateOptions options;
    options.orders = value_or<std::uint64_t>(values, "orders", 1'000'000);
    options.seed = value_or<std::uint64_t>(values, "seed", 7);
    if (values.count("output") == 0) {
        throw UsageError(
            "generate needs --output FILE, or - for standard output (see ordermill generate --help)");
    }
    options.output = values["output"].as<std::string>();
    return options;
}

Command parse_study_command(const std::vector<std::string>& words) {
    StudyCommand command;
    command.study = parse_study(words);
    if (command.study.help) return Printed{study_help()};
    if (!command.study.combine.empty() || !command.study.compare.empty() || command.study.burn_iterations > 0)
        return command;
    const StudyOptions& study = command.study;
    std::vector<std::string> clean = study.clean_words;
    clean.insert(clean.end(), {"--output", study.output});
    const auto add = [&](const std::string& name, const std::vector<std::string>& more) {
        std::vector<std::string> all = clean;
        all.insert(all.end(), more.begin(), more.end());
        command.settings.push_back({name, std::get<CleanOptions>(parse_clean(all))});
    };
    if (study.sweep.empty()) add("", {});
    for (const std::string& value : study.sweep_values)
        add(fmt::format("{}={}", study.sweep, value), {"--" + study.sweep, value});
    if (command.settings.front().clean.request.inputs.empty() && study.weak)
        throw UsageError("study --weak needs --input FILES: each worker gets these inputs once");
    return command;
}

/// The command behind `--` is checked here too: what is wrong with it is said before mpirun starts, and once.
Command parse_run_command(const std::vector<std::string>& words) {
    RunOptions options = parse_run(words);
    if (options.help) return Printed{run_help()};
    const Command command = parse_clean({options.command.begin() + 1, options.command.end()});
    if (std::holds_alternative<Printed>(command)) return command;
    const PlanRequest& request = std::get<CleanOptions>(command).request;
    const auto& inputs = request.inputs;
    if (options.restarts > 0 && std::find(inputs.begin(), inputs.end(), "-") != inputs.end())
        throw UsageError("run --restarts needs files as inputs: standard input can't be read a second time");
    options.output = output_folder(request);
    return options;
}

} // namespace

std::uint64_t parse_size(const std::string& text, std::string_view option) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string unit(end, text.data() + text.size());
    int shift = -1;
    if (unit.empty() || unit == "B") shift = 0;
    if (unit == "KiB" || unit == "k" || unit == "K") shift = 10;
    if (unit == "MiB" || unit == "m" || unit == "M") shift = 20;
    if (unit == "GiB" || unit == "g" || unit == "G") shift = 30;
    if (error != std::errc() || shift < 0 || number > (UINT64_MAX >> shift)) {
        throw UsageError(fmt::format("{} {}: expected a size such as 64B, 4KiB, 8MiB or 1GiB", option, text));
    }
    return number << shift;
}

Command parse_command_line(int argc, const char* const* argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) throw UsageError("no command given; ordermill --help lists the commands");
    const std::string command = words.front();
    words.erase(words.begin());
    if (command == "--help" || command == "-h" || command == "help") {
        if (!words.empty() && words.front() == "clean") return Printed{clean_help()};
        if (!words.empty() && words.front() == "run") return Printed{run_help()};
        if (!words.empty() && words.front() == "plan") return Printed{plan_help()};
        if (!words.empty() && words.front() == "explain") return Printed{explain_help()};
        if (!words.empty() && words.front() == "try") return Printed{try_help()};
        if (!words.empty() && words.front() == "study") return Printed{study_help()};
        if (!words.empty() && words.front() == "generate") return Printed{generate_help()};
        return Printed{main_help()};
    }
    if (command == "--version" || command == "-V") return Printed{version_text() + '\n'};
    if (command == "clean") return parse_clean(words);
    if (command == "run") return parse_run_command(words);
    if (command == "plan") return parse_plan(words);
    if (command == "explain") return parse_explain(words);
    if (command == "try") return parse_try(words);
    if (command == "study") return parse_study_command(words);
    if (command == "generate") return parse_generate(words);
    const std::vector<std::string> commands{"clean", "run",      "plan",   "explain",  "try",
                                            "study", "generate", "--help", "--version"};
    const std::string near = suggestion(command, commands, "");
    throw UsageError(fmt::format("unknown command \"{}\"{}", command,
                                 near.empty() ? "; ordermill --help lists the commands" : near));
}

} // namespace ordermill::app
