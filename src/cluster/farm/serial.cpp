#include "cluster/farm/serial.hpp"

#include "cluster/session/usage.hpp"
#include "cluster/wire/waiting.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace ordermill::cluster::serial {

namespace {

constexpr int self = 1;
constexpr auto tick_interval = std::chrono::milliseconds(50);

class Ticker {
  public:
    explicit Ticker(const Dealer& dealer) : dealer_(dealer) {}
    void operator()() {
        const auto now = Clock::now();
        if (now < next_) return;
        next_ = now + tick_interval;
        if (dealer_.tick) dealer_.tick();
    }

  private:
    const Dealer& dealer_;
    Clock::time_point next_{};
};

} // namespace

void run(const Dealer& dealer, const Work& work, Usage* usage, Peers* peers) {
    if (peers) peers->send = [peers](int, std::string&& bytes) { peers->receive(self, std::move(bytes)); };
    Ticker tick(dealer);
    const Alive alive = [&tick] { tick(); };
    Waiting waiting(Waiting::Duration(0));
    Clock::duration busy{};
    Clock::time_point next_measuring{};
    const auto measure = [&](Clock::time_point now) {
        if (!usage || now < next_measuring) return;
        next_measuring = now + usage_interval;
        *usage = measure_usage(std::chrono::duration<double>(busy).count());
    };
    while (!dealer.finished()) {
        tick();
        std::optional<Task> task = dealer.next(self, true);
        if (!task) {
            waiting.pause();
            continue;
        }
        waiting.arrived();
        const auto begin = Clock::now();
        Reply reply = work(*task, alive);
        while (reply.not_yet && reply.soon) {
            waiting.pause();
            tick();
            reply = work(*task, alive);
        }
        const auto end = Clock::now();
        busy += end - begin;
        reply.id = task->id;
        if (reply.not_yet) throw std::logic_error("a task waits for other workers, and there are none");
        task.reset(); // its body may be large
        measure(end);
        dealer.take(self, std::move(reply));
    }
    next_measuring = {};
    measure(Clock::now());
}

} // namespace ordermill::cluster::serial
