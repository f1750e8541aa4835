#pragma once

#include "app/plan.hpp"

#include <string>

namespace ordermill::app {

/// A file with a name that no other run has, in the output's run folder, which must be there: who sees it
/// sees rank 0's folder. Removed when the probe goes; with the run folder, if the run dies before.
class Probe {
  public:
    explicit Probe(std::string folder);
    ~Probe();
    Probe(const Probe&) = delete;
    static constexpr std::size_t nonce_size = 16;
    /// `nonce_size` characters.
    const std::string& nonce() const noexcept { return nonce_; }
    static std::string path(const std::string& folder, const std::string& nonce);

  private:
    std::string folder_;
    std::string nonce_;
};

/// What one rank says to a plan.
struct RankView {
    std::string host;
    int cores = 1;
    std::uint64_t memory = 0; ///< of its host, in bytes
    bool sees_inputs = false; ///< every file, with the same size and the same bytes at both ends
    bool sees_output = false;
    std::string problem; ///< why it can't work at all; empty when it can

    /// `staged`: the job keeps chunks, so scratch may be needed.
    static RankView own(const Plan& plan, bool staged, const std::string& nonce, const std::string& host);
    std::string pack() const;
    static RankView unpack(const std::string& text);
};

/// Throws std::runtime_error, naming the first input file that is gone, or whose size or time of change is no
/// longer the plan's.
void check_inputs_unchanged(const Plan& plan);

/// A hash over each file's size, first and last bytes; the same on every rank that sees the same files.
std::uint64_t inputs_fingerprint(const Plan& plan);

} // namespace ordermill::app
