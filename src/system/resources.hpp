#pragma once

#include <cstdint>

namespace ordermill::system {

/// CPU seconds of this thread so far, exact to the nanosecond (CLOCK_THREAD_CPUTIME_ID). getrusage isn't: it
/// knows what the last tick or task switch told it, so that what is shorter than a tick (1 to 10 ms) reads as
/// nothing. Costs one system call, 0.2 to 1.5 us.
double thread_cpu_seconds() noexcept;

/// How much CPU, and where.
struct CpuSeconds {
    double user = 0;
    double system = 0;
    double sum() const noexcept { return user + system; }
};
/// All threads of this process so far. The sum is exact (CLOCK_PROCESS_CPUTIME_ID); the kernel's ticks say
/// how it is split. Costs two system calls.
CpuSeconds process_cpu() noexcept;

/// The most memory that this process had at once, in bytes: since `restart_peak_memory`, else since its
/// start. One system call.
std::uint64_t peak_memory() noexcept;
/// Gives free memory back to the kernel and lets `peak_memory` begin anew with what is used now
/// (/proc/self/clear_refs; Linux 4.0). Without a /proc the peak goes on. For a study's runs, which share a
/// process: it takes milliseconds.
void restart_peak_memory() noexcept;

/// What else went on on this machine while something was measured.
struct OtherLoad {
    std::uint64_t involuntary_switches = 0; ///< this thread lost its core to somebody
    double host_busy_seconds = 0;           ///< of all cores, by whomever
    double host_stolen_seconds = 0;         ///< in which the hypervisor ran somebody else
    double load_average = 0;                ///< of the last minute, when it was asked; our own runs are in it

    /// Of the time since `begin`; the load average is this one's.
    OtherLoad since(const OtherLoad& begin) const noexcept;
};
/// Counters so far. Reads two small files of /proc; what isn't there is 0.
OtherLoad other_load() noexcept;

} // namespace ordermill::system
