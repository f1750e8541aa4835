#include "cluster/session/usage.hpp"

#include <sys/resource.h>
#include <sys/time.h>

namespace ordermill::cluster {

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

} // namespace

Usage measure_usage(double busy_seconds) {
    rusage resources{};
    getrusage(RUSAGE_SELF, &resources);
    Usage usage;
    usage.user_seconds = seconds(resources.ru_utime);
    usage.system_seconds = seconds(resources.ru_stime);
    usage.peak_rss = static_cast<std::uint64_t>(resources.ru_maxrss) * 1024; // Linux counts KiB
    usage.busy_seconds = busy_seconds;
    return usage;
}

} // namespace ordermill::cluster
