#pragma once

#include <csignal>
#include <exception>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

/// Runs that died, and runs that live, for tests in one process.
namespace ordermill::test {

/// A child process that does `work` and ends. It is killed with the object at the latest.
class ChildProcess {
  public:
    explicit ChildProcess(const std::function<void()>& work) : process_(::fork()) {
        if (process_ != 0) return;
        int status = 0;
        try {
            work();
        } catch (const std::exception&) {
            status = 1;
        }
        ::_exit(status);
    }
    ~ChildProcess() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    long number() const noexcept { return process_; }
    /// Waits for its end; true if `work` returned.
    bool ended_well() {
        int status = 1;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

  private:
    pid_t process_;
};

} // namespace ordermill::test
