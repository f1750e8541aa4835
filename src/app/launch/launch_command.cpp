#include "app/launch/launch_command.hpp"

#include "app/base/errors.hpp"
#include "app/launch/exit_status_file.hpp"
#include "app/lifeline/lifeline_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <initializer_list>

namespace ordermill::app {
namespace {

using Words = std::vector<std::string>;

bool contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// `--bind-to` and `-bind-to` are one option to mpirun: "bind-to". Empty: not an option.
std::string_view option_name(std::string_view word) {
    if (!word.starts_with('-')) return {};
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    return word.substr(0, word.find('='));
}

const Words rank_options{"n", "np", "c"};
const Words host_options{"host", "H"};
const Words host_file_options{"hostfile", "machinefile", "default-hostfile"};
const Words parameter_options{"mca", "gmca", "omca", "prtemca", "pmixmca"}; // a name and a value follow
/// Where one of them is given, mpirun counts the ranks.
const Words counting_options{"N", "npernode", "npersocket", "pernode"};

int parse_count(const std::string& text, std::string_view option, int least) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least)
        throw UsageError(
            fmt::format("run {} {}: expected a whole number of at least {}", option, text, least));
    return number;
}

/// Walks over the words before `--`.
class RunWords {
  public:
    explicit RunWords(const Words& words) : words_(words) {}

    RunOptions read() {
        while (at_ < words_.size() && !options_.help) read_option();
        return std::move(options_);
    }

  private:
    void read_option() {
        const std::string& word = words_[at_++];
        const std::string_view name = option_name(word);
        if (name == "help" || name == "h") {
            options_.help = true;
        } else if (contains(rank_options, name)) {
            options_.ranks = parse_count(value(word), word, 1);
            if (*options_.ranks == 1) {
                throw UsageError(
                    fmt::format("run {} 1: a single rank can't clean, because rank 0 only deals the work "
                                "out; give at least 2, or use ordermill clean without run for one process",
                                word));
            }
        } else if (name == "restarts") {
            options_.restarts = parse_count(value(word), "--restarts", 0);
        } else {
            pass_on(word, name);
        }
    }

    void pass_on(const std::string& word, std::string_view name) {
        Words& words = options_.mpirun;
        words.push_back(word);
        if (contains(host_options, name)) options_.host_lists.push_back(words.emplace_back(value(word)));
        if (contains(host_file_options, name)) options_.host_files.push_back(words.emplace_back(value(word)));
        if (contains(parameter_options, name)) {
            words.push_back(value(word));
            words.push_back(value(word));
        }
    }

    const std::string& value(const std::string& option) {
        if (at_ == words_.size()) throw UsageError(fmt::format("run {} needs a value", option));
        return words_[at_++];
    }

    const Words& words_;
    std::size_t at_ = 0;
    RunOptions options_;
};

[[noreturn]] void complain_of_no_command(const Words& words) {
    const auto clean = std::find(words.begin(), words.end(), "clean");
    if (clean == words.end())
        throw UsageError("run needs a command after \"--\": ordermill run -n 3 -- clean JOB.cfg (see "
                         "ordermill run --help)");
    throw UsageError(
        fmt::format("run needs \"--\" before the command: ordermill run {}-- {} ...",
                    clean == words.begin() ? "" : fmt::format("{} ", fmt::join(words.begin(), clean, " ")),
                    fmt::join(clean, std::min(clean + 2, words.end()), " ")));
}

/// A setting of ours that gives way to the user's.
struct Setting {
    Words words;
    Words options;                 ///< any of these, or
    std::string parameter;         ///< this MCA parameter, or
    std::string other_parameter{}; ///< this one, says what the user wants instead
};

Setting parameter(const std::string& name, const std::string& value) {
    return {{"--mca", name, value}, {}, name};
}

/// Nobody else needs to reach the ranks of one host: their sockets listen on the loopback interface only.
void add_loopback(std::vector<Setting>& settings, const Machine& machine,
                  std::initializer_list<std::string_view> frameworks) {
    if (machine.several_hosts || !machine.loopback) return;
    for (const std::string_view framework : frameworks) {
        const std::string name = fmt::format("{}_tcp_if_", framework);
        settings.push_back(parameter(name + "include", "lo"));
        settings.back().other_parameter = name + "exclude";
    }
}

std::vector<Setting> for_open_mpi_4(const Machine& machine) {
    std::vector<Setting> settings{parameter("orte_enable_recovery", "1")};
    settings.back().options = {"enable-recovery"};
    // With ranks on other hosts mpirun would never return, even if nobody died.
    if (!machine.several_hosts) settings.push_back(parameter("async_mpi_finalize", "1"));
    settings.push_back(parameter("odls_base_sigkill_timeout", std::to_string(seconds_to_end)));
    if (machine.several_hosts) { // a link that was silently cut is found out within 7 s
        settings.push_back(parameter("oob_tcp_keepalive_time", "3"));
        settings.push_back(parameter("oob_tcp_keepalive_intvl", "2"));
        settings.push_back(parameter("oob_tcp_keepalive_probes", "2"));
    } else {
        settings.push_back(
            {{"--oversubscribe"}, {"oversubscribe", "nooversubscribe"}, "rmaps_base_oversubscribe"});
    }
    add_loopback(settings, machine, {"oob", "btl"});
    settings.push_back({{"--bind-to", "none"}, {"bind-to", "rankfile", "rf"}, "hwloc_base_binding_policy"});
    return settings;
}

std::vector<Setting> for_open_mpi_5(const Machine& machine) {
    const auto runtime = [](const std::string& name, const std::string& value) {
        return Setting{{"--prtemca", name, value}, {}, name};
    };
    std::vector<Setting> settings{{{"--with-ft", "ulfm"}, {"with-ft"}, "mpi_ft_enable"},
                                  parameter("async_mpi_finalize", "1"),
                                  runtime("odls_base_sigkill_timeout", std::to_string(seconds_to_end))};
    if (machine.several_hosts) {
        settings.push_back(runtime("oob_tcp_keepalive_time", "3"));
        settings.push_back(runtime("oob_tcp_keepalive_intvl", "2"));
        settings.push_back(runtime("oob_tcp_keepalive_probes", "2"));
    } else {
        settings.push_back({{"--map-by", ":OVERSUBSCRIBE"},
                            {"map-by", "oversubscribe", "nooversubscribe"},
                            "rmaps_default_mapping_policy"});
    }
    // PMIx listens on the loopback interface by itself. prte_if_include (once oob_tcp_if_include) can't be
    // `lo`: PRRTE 3, which Open MPI 5.0 brings, passes that interface over where there is another one, and
    // would find none. PRRTE 5 is the first that says it can.
    add_loopback(settings, machine, {"btl"});
    settings.push_back(
        {{"--bind-to", "none"}, {"bind-to", "rankfile", "rf"}, "hwloc_default_binding_policy"});
    return settings;
}

bool is_parameter_set(const std::string& parameter, const RunOptions& options, const Machine& machine) {
    const Words& words = options.mpirun;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (contains(parameter_options, option_name(words[i])) && words[i + 1] == parameter) return true;
    return machine.variables.contains("OMPI_MCA_" + parameter) ||
           machine.variables.contains("PRTE_MCA_" + parameter);
}

bool is_set_by_user(const Setting& setting, const RunOptions& options, const Machine& machine) {
    const Words& words = options.mpirun;
    return std::any_of(
               words.begin(), words.end(),
               [&](const std::string& word) { return contains(setting.options, option_name(word)); }) ||
           is_parameter_set(setting.parameter, options, machine) ||
           (!setting.other_parameter.empty() && is_parameter_set(setting.other_parameter, options, machine));
}

bool mpirun_counts(const RunOptions& options, const Machine& machine) {
    return machine.several_hosts || !options.host_lists.empty() || !options.host_files.empty() ||
           std::any_of(options.mpirun.begin(), options.mpirun.end(), [](const std::string& word) {
               return contains(counting_options, option_name(word)) || word.starts_with("ppr:");
           });
}

/// `-qf` isn't taken for one: `clean` will say what it thinks of it beside --resume.
bool is_force(const std::string& word) { return word == "--force" || word == "-f"; }

void add(Words& to, const Words& words) { to.insert(to.end(), words.begin(), words.end()); }

} // namespace

RunOptions parse_run(const Words& words) {
    const auto separator = std::find(words.begin(), words.end(), "--");
    const Words before(words.begin(), separator);
    RunOptions options = RunWords(before).read();
    if (options.help) return options;
    if (separator == words.end() || separator + 1 == words.end()) complain_of_no_command(words);
    options.command.assign(separator + 1, words.end());
    if (options.command.front() != "clean") {
        throw UsageError(
            fmt::format("run can start only \"clean\", not \"{0}\"; without run: ordermill {0} ...",
                        options.command.front()));
    }
    return options;
}

std::vector<std::string> hosts_in_list(std::string_view list) {
    Words hosts;
    while (!list.empty()) {
        const std::string_view host = list.substr(0, list.find(','));
        list.remove_prefix(std::min(host.size() + 1, list.size()));
        if (!host.empty()) hosts.emplace_back(host.substr(0, host.find(':')));
    }
    return hosts;
}

std::vector<std::string> hosts_in_file(std::string_view text) {
    Words hosts;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const std::size_t start = line.find_first_not_of(" \t\r");
        if (start == std::string_view::npos) continue;
        std::string_view host = line.substr(start);
        host = host.substr(0, host.find_first_of(" \t\r"));
        hosts.emplace_back(host.substr(host.find('@') + 1)); // npos + 1 == 0: no user
    }
    return hosts;
}

bool leaves_this_host(const Words& hosts, std::string_view this_host) {
    const std::string_view short_name = this_host.substr(0, this_host.find('.'));
    return std::any_of(hosts.begin(), hosts.end(), [&](std::string_view host) {
        return host != "localhost" && host != "127.0.0.1" && host != "::1" && host != this_host &&
               host != short_name;
    });
}

std::optional<int> open_mpi_version(std::string_view printed) {
    constexpr std::string_view name = "(Open MPI) ";
    const std::size_t at = printed.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    int version = 0;
    const char* const start = printed.data() + at + name.size();
    if (std::from_chars(start, printed.data() + printed.size(), version).ec != std::errc())
        return std::nullopt;
    return version;
}

std::vector<std::string> mpirun_command(const RunOptions& options, const Machine& machine) {
    Words command{"mpirun"};
    if (options.ranks) {
        add(command, {"-n", std::to_string(*options.ranks)});
    } else if (!mpirun_counts(options, machine)) {
        add(command, {"-n", std::to_string(machine.cores + 1)}); // rank 0 sleeps
    }
    for (const Setting& setting : machine.open_mpi >= 5 ? for_open_mpi_5(machine) : for_open_mpi_4(machine)) {
        if (!is_set_by_user(setting, options, machine)) add(command, setting.words);
    }
    add(command, {"-x", exit_status_variable});
    if (machine.several_hosts) add(command, {"-x", lifeline_variable});
    add(command, options.mpirun);
    command.push_back(machine.program);
    add(command, options.command);
    return command;
}

RunOptions resumed(RunOptions options, bool recorded) {
    Words& command = options.command;
    const auto end = std::find(command.begin(), command.end(), "--"); // inputs follow
    const bool has_force = std::any_of(command.begin(), end, is_force);
    if (contains(command, "--resume") || (has_force && !recorded)) return options;
    command.erase(std::remove_if(command.begin(), end, is_force), end); // the two exclude each other
    command.insert(command.begin() + 1, "--resume");
    return options;
}

} // namespace ordermill::app
