#include "system/resources.hpp"

#include "support/catch.hpp"
#include "support/skip.hpp"

#include <chrono>
#include <cstring>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

using namespace ordermill::system;

namespace {

/// Uses the CPU for so many seconds of it.
void burn(double seconds) {
    const double end = thread_cpu_seconds() + seconds;
    while (thread_cpu_seconds() < end) {
    }
}

/// Uses so much memory at once, and gives it back.
void use_memory(std::size_t bytes) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    std::memset(memory, 1, bytes);
    ::munmap(memory, bytes);
}

} // namespace

TEST_CASE("CPU time shorter than a tick is counted") {
    double sum = 0;
    for (int i = 0; i < 400; ++i) {
        const double begin = thread_cpu_seconds();
        burn(0.0005);
        sum += thread_cpu_seconds() - begin;
        ::usleep(200); // a task switch, at which getrusage would learn of it too late
    }
    CHECK(sum >= 0.2);
    CHECK(sum < 0.4);
}

TEST_CASE("the process' CPU time is its threads', split in two") {
    const CpuSeconds before = process_cpu();
    burn(0.05);
    const CpuSeconds after = process_cpu();
    CHECK(after.sum() - before.sum() >= 0.05);
    CHECK(after.user >= 0);
    CHECK(after.system >= 0);
}

TEST_CASE("the peak of memory begins anew") {
    constexpr std::size_t large = std::size_t{64} << 20;
    use_memory(large);
    REQUIRE(peak_memory() >= large);
    if (::access("/proc/self/clear_refs", W_OK) != 0)
        return ordermill::test::skip("no /proc/self/clear_refs here");
    const std::uint64_t before = peak_memory();
    restart_peak_memory();
    CHECK(peak_memory() + large / 2 < before);
    use_memory(large);
    CHECK(peak_memory() >= large);
}

TEST_CASE("other load: counters grow, and a busy thread is part of the host's") {
    const OtherLoad begin = other_load();
    if (begin.host_busy_seconds == 0) return ordermill::test::skip("no /proc/stat here");
    burn(0.3);
    const OtherLoad since = other_load().since(begin);
    CHECK(since.host_busy_seconds >= 0.2);
    CHECK(since.host_stolen_seconds >= 0);
    CHECK(since.load_average >= 0);
}
