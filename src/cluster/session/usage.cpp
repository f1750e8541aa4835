#include "cluster/session/usage.hpp"

#include "system/resources.hpp"

namespace ordermill::cluster {

Usage measure_usage(double busy_seconds) {
    const system::CpuSeconds cpu = system::process_cpu();
    Usage usage;
    usage.user_seconds = cpu.user;
    usage.system_seconds = cpu.system;
    usage.peak_rss = system::peak_memory();
    usage.busy_seconds = busy_seconds;
    return usage;
}

} // namespace ordermill::cluster
