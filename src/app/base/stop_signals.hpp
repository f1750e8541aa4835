#pragma once

#include <cstdint>
#include <utility>

/// How a process is asked to end: SIGTERM, SIGINT, and SIGUSR1 (Slurm's way).
namespace ordermill::app {

/// From now on SIGUSR1 asks for an orderly end. SIGTERM and SIGINT still end the process at once: there is
/// nothing to be kept.
void catch_stop_signals();
/// From now on, when work is dealt, SIGTERM and SIGINT too ask for an orderly end; a second SIGINT ends the
/// process at once.
void defer_stop_signals();

/// One of them has come.
bool stop_requested() noexcept;

/// A piece of work that calls back now and then. What takes more than a second after SIGTERM or SIGINT
/// without coming any further ends the process at once, with exit_resume: it may never end. One at a time.
class Steps {
  public:
    Steps() noexcept { enter(); }
    ~Steps() { leave(); }
    Steps(const Steps&) = delete;
    Steps& operator=(const Steps&) = delete;

    /// `call` may take its time. `done` is how far the work has come, in bytes of whole records for example:
    /// a record that calls back from within is the same step all the while.
    template<class Call>
    void between(const Call& call, std::uint64_t done) {
        leave();
        call();
        if (std::exchange(done_, done) != done)
            enter();
        else
            go_on();
    }

  private:
    static void enter() noexcept;
    static void go_on() noexcept;
    static void leave() noexcept;

    std::uint64_t done_ = 0;
};

} // namespace ordermill::app
