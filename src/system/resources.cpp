#include "system/resources.hpp"

#include "system/descriptor.hpp"

#include <cstdio>
#include <ctime>
#include <memory>

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace ordermill::system {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double clock_seconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

} // namespace

double thread_cpu_seconds() noexcept { return clock_seconds(CLOCK_THREAD_CPUTIME_ID); }

CpuSeconds process_cpu() noexcept {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const double sum = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double user = seconds(used.ru_utime);
    const double ticks = user + seconds(used.ru_stime);
    const double share = ticks > 0 ? user / ticks : 1;
    return {.user = sum * share, .system = sum * (1 - share)};
}

std::uint64_t peak_memory() noexcept {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_maxrss) * 1024; // Linux counts KiB
}

void restart_peak_memory() noexcept {
    ::malloc_trim(0);
    const Descriptor file(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));
    if (file) write_all(file.number(), "5"); // proc(5): resets the peak resident set size
}

OtherLoad OtherLoad::since(const OtherLoad& begin) const noexcept {
    return {.involuntary_switches = involuntary_switches - begin.involuntary_switches,
            .host_busy_seconds = host_busy_seconds - begin.host_busy_seconds,
            .host_stolen_seconds = host_stolen_seconds - begin.host_stolen_seconds,
            .load_average = load_average};
}

OtherLoad other_load() noexcept {
    OtherLoad load;
    rusage used{};
    ::getrusage(RUSAGE_THREAD, &used);
    load.involuntary_switches = static_cast<std::uint64_t>(used.ru_nivcsw);
    // proc(5): user nice system idle iowait irq softirq steal
    unsigned long long ticks[8] = {};
    if (const File file{std::fopen("/proc/stat", "re")};
        file && std::fscanf(file.get(), "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1],
                            &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) == 8) {
        const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
        load.host_busy_seconds =
            static_cast<double>(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / per_second;
        load.host_stolen_seconds = static_cast<double>(ticks[7]) / per_second;
    }
    if (const File file{std::fopen("/proc/loadavg", "re")};
        file && std::fscanf(file.get(), "%lf", &load.load_average) != 1)
        load.load_average = 0;
    return load;
}

} // namespace ordermill::system
