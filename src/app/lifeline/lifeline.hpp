#pragma once

#include "app/lifeline/lifeline_address.hpp"
#include "system/descriptor.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

/// Rank 0's connection to the launcher, for a rank 0 on another host than its: there the launcher sees no
/// process and no file of rank 0's. Rank 0 calls the launcher over TCP and says the token, then a beat a
/// second, and in the end its exit code.
namespace ordermill::app {

/// The side of rank 0. A thread of its own makes the call and the beats, so that they go on whatever rank 0
/// waits for, and stop when its process is stopped. It never blocks rank 0: a launcher that can't be reached
/// goes without.
class Lifeline {
  public:
    Lifeline() = default;
    /// Ends the beats; waits for the thread, which takes some milliseconds.
    ~Lifeline();
    Lifeline(const Lifeline&) = delete;
    Lifeline& operator=(const Lifeline&) = delete;

    /// Calls the launcher, if lifeline_variable says where it is. Once, when all ranks are past MPI_Init.
    void begin();
    void begin(LifelineAddress address);
    /// As soon as the exit code is known. Waits until it is sent, 0.5 s at most.
    void say_exit_status(int code);

  private:
    void run(const std::stop_token& stop, const LifelineAddress& address);
    void beat(const std::stop_token& stop, int socket);

    std::mutex mutex_; ///< for what follows
    std::condition_variable_any changed_;
    std::optional<int> exit_status_;
    bool is_said_ = false; ///< the exit code, or there is nobody to say it to
    std::jthread thread_;  ///< last, so that it ends first
};

} // namespace ordermill::app
