#pragma once

#include "app/launch/exit_status_file.hpp"
#include "app/launch/supervision.hpp"
#include "app/lifeline/lifeline_address.hpp"
#include "system/descriptor.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// The launcher's side of rank 0's connection (lifeline.hpp), for one mpirun. Anybody on the network may
/// call; who doesn't say the token within 5 s is hung up on, and at most 16 are heard at a time.
class LifelineListener {
  public:
    /// Listens on a port that the system chooses. Where that can't be done `address` has no hosts.
    LifelineListener();

    LifelineAddress address() const;
    /// Hears what has come; never waits. About ten times a second.
    void look(Moment now);
    /// Rank 0 has called, didn't hang up, and says nothing any more: its process stands still, or its host
    /// or the way to it is gone.
    bool is_silent(Moment now) const noexcept;
    /// `begun` as soon as rank 0 has called.
    const ExitStatus& said() const noexcept { return said_; }

  private:
    struct Caller {
        system::Descriptor socket;
        Moment since;
        std::string text; ///< heard, not understood yet
    };
    void accept_callers(Moment now);
    void hear(Caller& caller, Moment now);
    void hear_rank0(Moment now);

    system::Descriptor socket_;
    std::uint16_t port_ = 0;
    std::string token_;
    std::vector<Caller> callers_; ///< that haven't said the token
    Caller rank0_{};
    Moment heard_{};
    ExitStatus said_;
};

} // namespace ordermill::app
