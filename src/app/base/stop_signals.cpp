#include "app/base/stop_signals.hpp"

#include "app/base/errors.hpp"

#include <csignal>
#include <initializer_list>
#include <string_view>

#include <unistd.h>

namespace ordermill::app {
namespace {

// Signals have no other way to speak.
volatile std::sig_atomic_t requested = 0;
volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t in_step = 0;
volatile std::sig_atomic_t step = 0; ///< counts
volatile std::sig_atomic_t step_at_alarm = -1;

constexpr useconds_t half_a_second = 500'000;

void on_signal(int number) {
    requested = 1;
    if (number == SIGUSR1) return;
    ::ualarm(half_a_second, 0);
    if (number != SIGINT) return;
    interrupts = interrupts + 1;
    constexpr int ended_by_interrupt = 128 + SIGINT;
    if (interrupts > 1) ::_exit(ended_by_interrupt);
}

/// Every half second: a step that was there half a second ago, and still is, is given up.
void on_alarm(int) {
    constexpr std::string_view text = "ordermill: stopped by a signal in the middle of a record that takes "
                                      "long; what was in hand is lost\n";
    if (in_step != 0 && step == step_at_alarm) {
        static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
        ::_exit(exit_resume);
    }
    step_at_alarm = step;
    ::ualarm(half_a_second, 0);
}

void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

} // namespace

void catch_stop_signals() { handle(SIGUSR1, on_signal); }

void defer_stop_signals() {
    handle(SIGALRM, on_alarm);
    for (const int number : {SIGTERM, SIGINT}) handle(number, on_signal);
}

bool stop_requested() noexcept { return requested != 0; }

void Steps::enter() noexcept {
    step = (step + 1) & 0xFFFF;
    in_step = 1;
}

void Steps::go_on() noexcept { in_step = 1; }

void Steps::leave() noexcept { in_step = 0; }

} // namespace ordermill::app
