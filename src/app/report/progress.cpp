#include "app/report/progress.hpp"

#include "app/terminal/message.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unistd.h>

namespace ordermill::app {
namespace {

constexpr double redraw_seconds = 0.2;

std::string duration(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

std::string bar(double share) {
    constexpr int width = 20;
    const int full = static_cast<int>(share * width + 0.5);
    return fmt::format("[{}{}]", std::string(static_cast<std::size_t>(full), '#'),
                       std::string(static_cast<std::size_t>(width - full), '.'));
}

} // namespace

Progress::Style style_of_stderr(bool quiet, double every_seconds) {
    const char* const term = std::getenv("TERM");
    const bool dumb = term == nullptr || std::string_view(term) == "dumb";
    return {
        .terminal = ::isatty(STDERR_FILENO) == 1 && !dumb, .quiet = quiet, .every_seconds = every_seconds};
}

Progress::Progress(Style style, std::vector<std::string> hosts)
    : style_(style), hosts_(std::move(hosts)), begin_(std::chrono::steady_clock::now()),
      next_at_(style.terminal ? redraw_seconds : style.every_seconds) {}

double Progress::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

void Progress::update(const Scheduler& scheduler, const std::vector<cluster::Usage>& usage) {
    if (style_.quiet || (!style_.terminal && style_.every_seconds <= 0)) return;
    const double now = seconds();
    if (now < next_at_) return;
    next_at_ = now + (style_.terminal ? redraw_seconds : style_.every_seconds);
    const std::string text = printable(line(scheduler, usage));
    if (style_.terminal) {
        std::fputs(fmt::format("\r\033[K{}", text).c_str(), stderr);
        drawn_ = true;
    } else {
        std::fputs(fmt::format("ordermill: {}\n", text).c_str(), stderr);
    }
    std::fflush(stderr);
}

void Progress::done() {
    if (!drawn_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

std::string Progress::line(const Scheduler& scheduler, const std::vector<cluster::Usage>& usage) {
    const double now = seconds();
    const SchedulerCounts& counts = scheduler.counts();
    const double rate = static_cast<double>(counts.bytes_accepted) / std::max(now, 1e-9);
    std::string text;
    if (const auto share = scheduler.share_done()) {
        if (style_.terminal) text += bar(*share) + ' ';
        text += fmt::format("{:.0f} %", *share * 100);
        if (*share > 0.01) text += fmt::format(", {} left", duration(now / *share - now));
        text += ", ";
    }
    text += fmt::format("{} records, {} rejected, {}, {}/s{}", core::grouped(counts.records_accepted),
                        core::grouped(counts.rejected_accepted), core::human_bytes(counts.bytes_accepted),
                        core::human_bytes(static_cast<std::uint64_t>(rate)), host_part(usage));
    return text;
}

/// CPU (cores in use since the last line) and memory, by host.
std::string Progress::host_part(const std::vector<cluster::Usage>& usage) {
    struct Host {
        double cpu = 0;
        std::uint64_t memory = 0;
    };
    std::map<std::string, Host> hosts;
    double all_cpu = 0;
    for (std::size_t rank = 0; rank < usage.size() && rank < hosts_.size(); ++rank) {
        Host& host = hosts[hosts_[rank]];
        host.cpu += usage[rank].user_seconds + usage[rank].system_seconds;
        host.memory += usage[rank].peak_rss;
        all_cpu += usage[rank].user_seconds + usage[rank].system_seconds;
    }
    const double now = seconds();
    std::string text;
    if (hosts.size() == 1 && now > cpu_at_) {
        text = fmt::format(", {:.1f} cores, {}", std::max(0.0, all_cpu - cpu_before_) / (now - cpu_at_),
                           core::human_bytes(hosts.begin()->second.memory));
    } else {
        for (const auto& [name, host] : hosts) {
            text += fmt::format("; {}: {:.0f} s CPU, {}", name, host.cpu, core::human_bytes(host.memory));
        }
    }
    cpu_before_ = all_cpu;
    cpu_at_ = now;
    return text;
}

} // namespace ordermill::app
