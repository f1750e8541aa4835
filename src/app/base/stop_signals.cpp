#include "app/base/stop_signals.hpp"

#include <csignal>
#include <initializer_list>

#include <unistd.h>

namespace ordermill::app {
namespace {

// Signals have no other way to speak.
volatile std::sig_atomic_t requested = 0;
volatile std::sig_atomic_t interrupts = 0;

void on_signal(int number) {
    requested = 1;
    if (number != SIGINT) return;
    interrupts = interrupts + 1;
    constexpr int ended_by_interrupt = 128 + SIGINT;
    if (interrupts > 1) ::_exit(ended_by_interrupt);
}

} // namespace

void catch_stop_signals() {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGUSR1, SIGTERM, SIGINT}) ::sigaction(number, &action, nullptr);
}

bool stop_requested() noexcept { return requested != 0; }

} // namespace ordermill::app
