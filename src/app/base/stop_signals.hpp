#pragma once

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

/// A piece of work that calls back between its steps. A step that goes on for more than a second after
/// SIGTERM or SIGINT ends the process at once, with exit_resume: it may never end. One at a time.
class Steps {
  public:
    Steps() noexcept { enter(); }
    ~Steps() { leave(); }
    Steps(const Steps&) = delete;
    Steps& operator=(const Steps&) = delete;

    /// Between two steps: `call` may take its time.
    template<class Call>
    void between(const Call& call) {
        leave();
        call();
        enter();
    }

  private:
    static void enter() noexcept;
    static void leave() noexcept;
};

} // namespace ordermill::app
