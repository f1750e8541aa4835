#include "app/work/crash_finder.hpp"

#include "io/error.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <initializer_list>
#include <new>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

/// Memory that a child shares with its parent.
class Shared {
    struct Page {
        std::atomic<std::uint64_t> record{none}; ///< the one that the child is at
        std::atomic<std::uint64_t> steps{0};     ///< that it has made
    };

  public:
    Shared()
        : page_(::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (page_ == MAP_FAILED) throw std::bad_alloc();
        new (page_) Page;
    }
    ~Shared() { ::munmap(page_, sizeof(Page)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    static constexpr std::uint64_t none = UINT64_MAX;
    std::atomic<std::uint64_t>& record() const noexcept { return static_cast<Page*>(page_)->record; }
    std::atomic<std::uint64_t>& steps() const noexcept { return static_cast<Page*>(page_)->steps; }

  private:
    void* page_;
};

/// Ends with 0, or not at all.
[[noreturn]] void be_child(core::Cleaner& cleaner, const core::Chunk& chunk,
                           const core::HeaderMapping& mapping, const FaultInjection& faults,
                           const Shared& shared) {
    for (const int number : {SIGUSR1, SIGTERM, SIGINT}) std::signal(number, SIG_DFL);
    try {
        core::Batch batch(cleaner.recipe().shape().size());
        cleaner.set_watch([&](std::uint64_t offset, std::string_view record) {
            shared.record() = offset;
            ++shared.steps();
            faults.look_at(record);
        });
        cleaner.clean(chunk, mapping, batch, [&] { ++shared.steps(); });
    } catch (...) {
        ::_exit(1);
    }
    ::_exit(0);
}

/// True when the child got through.
bool wait_for(pid_t child, const Shared& shared, std::chrono::milliseconds patience,
              const cluster::Alive& alive) {
    std::uint64_t before = shared.steps();
    Clock::time_point progress = Clock::now();
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (ended < 0 && errno != EINTR) throw io::Error("wait for", "a child process", errno);
        const std::uint64_t now = shared.steps();
        if (now != before) {
            before = now;
            progress = Clock::now();
        } else if (Clock::now() - progress > patience) {
            ::kill(child, SIGKILL);
        }
        constexpr timespec pause{0, 200'000};
        ::nanosleep(&pause, nullptr);
        alive();
    }
}

} // namespace

std::vector<std::uint64_t> find_crashing(core::Cleaner& cleaner, const core::Chunk& chunk,
                                         const core::HeaderMapping& mapping, const FaultInjection& faults,
                                         std::size_t most, std::chrono::milliseconds patience,
                                         const cluster::Alive& alive) {
    std::vector<std::uint64_t> found;
    const Shared shared;
    while (found.size() < most) {
        shared.record() = Shared::none;
        core::Chunk without = chunk;
        without.crashing = found;
        const pid_t child = ::fork();
        if (child < 0) throw io::Error("start", "a child process", errno);
        if (child == 0) be_child(cleaner, without, mapping, faults, shared);
        if (wait_for(child, shared, patience, alive)) break;
        const std::uint64_t record = shared.record();
        if (record == Shared::none || std::binary_search(found.begin(), found.end(), record)) break;
        found.insert(std::upper_bound(found.begin(), found.end(), record), record);
    }
    return found;
}

} // namespace ordermill::app
