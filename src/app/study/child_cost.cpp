#include "app/study/child_cost.hpp"

#include "io/error.hpp"
#include "study/burn/busy_loop.hpp"
#include "system/descriptor.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}
double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

void add(Cost& cost, const rusage& used) {
    cost.user += seconds(used.ru_utime);
    cost.system += seconds(used.ru_stime);
    cost.peak += static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
}

/// Memory that child processes share with this one.
template<class Item>
class Shared {
  public:
    explicit Shared(std::size_t count) : bytes_(count * sizeof(Item)) {
        void* const memory =
            ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw io::Error("share memory with", "a child process", errno);
        items_ = static_cast<Item*>(memory);
    }
    ~Shared() { ::munmap(items_, bytes_); }
    Shared(const Shared&) = delete;
    Item& operator[](std::size_t i) { return items_[i]; }

  private:
    std::size_t bytes_;
    Item* items_;
};

/// Starts a child that does `work` and ends without any of this process' clearing up.
pid_t start_child(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child < 0) throw io::Error("start", "a child process", errno);
    if (child > 0) return child;
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (const int number : {SIGSEGV, SIGABRT, SIGTERM, SIGINT}) std::signal(number, SIG_DFL);
    work();
    ::_exit(0);
}

/// Its wait status; what it used is exact, since it has ended.
int wait_for(pid_t child, rusage& used) {
    int status = 0;
    while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    return status;
}

/// The second order takes a little longer than the crash.
void clean_or_crash(std::uint64_t order, std::uint64_t& done) {
    if (order == 0) std::raise(SIGSEGV);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    done = study::clean_order(order, 1000) != 0 ? 1 : 0;
}

std::string read_to_end(int descriptor) {
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t got = ::read(descriptor, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(block, static_cast<std::size_t>(got));
    }
}

} // namespace

Cost in_child(const std::function<std::uint64_t()>& work) {
    return in_children(1, [&](std::uint64_t) { return work(); });
}

Cost in_children(std::uint64_t orders, const std::function<std::uint64_t(std::uint64_t order)>& work) {
    Shared<std::uint64_t> results(orders);
    const auto begin = Clock::now();
    std::vector<pid_t> children;
    for (std::uint64_t order = 0; order < orders; ++order)
        children.push_back(start_child([&, order] { results[order] = work(order); }));
    Cost cost;
    for (const pid_t child : children) {
        rusage used{};
        wait_for(child, used);
        add(cost, used);
    }
    cost.wall = seconds_since(begin);
    for (std::uint64_t order = 0; order < orders; ++order) cost.results += results[order];
    return cost;
}

std::optional<ProgramRun> run_program(const std::vector<std::string>& command) {
    constexpr int not_started = 127;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw io::Error("make", "a pipe", errno);
    const system::Descriptor output(ends[0]);
    system::Descriptor input(ends[1]);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const auto begin = Clock::now();
    const pid_t child = start_child([&] {
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, STDIN_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        ::dup2(input.number(), STDOUT_FILENO);
        ::execvp(words.front(), words.data());
        ::_exit(not_started);
    });
    input.reset();
    ProgramRun run;
    run.output = read_to_end(output.number());
    rusage used{};
    const int status = wait_for(child, used);
    add(run.cost, used);
    run.cost.wall = seconds_since(begin);
    run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : not_started;
    if (run.exit_code == not_started) return std::nullopt;
    return run;
}

Survivors crash_demo() {
    constexpr std::uint64_t orders = 2;
    Shared<std::uint64_t> done(2 * orders);
    std::vector<pid_t> children;
    for (std::uint64_t order = 0; order < orders; ++order)
        children.push_back(start_child([&, order] { clean_or_crash(order, done[order]); }));
    children.push_back(start_child([&] {
        std::vector<std::jthread> threads;
        for (std::uint64_t order = 0; order < orders; ++order)
            threads.emplace_back([&, order] { clean_or_crash(order, done[orders + order]); });
    }));
    for (const pid_t child : children) {
        rusage used{};
        wait_for(child, used);
    }
    return {.processes = done[0] + done[1], .threads = done[orders] + done[orders + 1]};
}

} // namespace ordermill::app
