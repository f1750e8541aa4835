#pragma once

#include "app/hosts/rank_access.hpp"
#include "app/plan/plan.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Rank 0's proof that another rank sees the same output folder: a file with a name that no other run has, in
/// the run folder, which must exist. A rank that finds the file sees rank 0's folder. The destructor removes
/// the file; if the run dies before, the file goes with the run folder. Throws io::Error.
class Probe {
  public:
    explicit Probe(std::string folder);
    ~Probe();
    Probe(const Probe&) = delete;
    static constexpr std::size_t nonce_size = 16;
    /// `nonce_size` characters.
    const std::string& nonce() const noexcept { return nonce_; }
    static std::string path(const std::string& folder, const std::string& nonce);
    /// The file in which a rank of another host writes the nonce, to show that it can: of an io::OutputFile
    /// in the run folder, under its temporary name.
    static std::string answer_name(const std::string& nonce, const std::string& host);
    /// Whether rank 0 sees that host's answer. A network file system may show it late: waits for a while, for
    /// all hosts together.
    bool answered(const std::string& host);

  private:
    std::string folder_;
    std::string nonce_;
    std::vector<std::string> answers_;                              ///< seen
    std::optional<std::chrono::steady_clock::time_point> patience_; ///< since the first question
};

/// What one rank can do for a plan: its host's cores and memory, and which files it can read and write.
struct RankCapabilities {
    std::string host;
    int cores = 1;
    std::uint64_t memory = 0; ///< that the ranks of its host may use together, in bytes
    /// Of the inputs: those that are there with the size and the bytes at both ends that rank 0 sees.
    RankAccess access;
    bool coherent = false; ///< the output's file system is known to show each host what others write
    std::string problem;   ///< why this rank can't take part at all; empty when it can

    /// Of this rank. Reads both ends of every input and waits some seconds for rank 0's probe to appear.
    /// `staged`: the job keeps chunks, so the scratch folder is tried as well.
    static RankCapabilities own(const Plan& plan, bool staged, const std::string& nonce,
                                const std::string& host, int rank);
    std::string pack() const;
    static RankCapabilities unpack(const std::string& text);
};

/// Throws std::runtime_error, naming the first input file that is gone, or whose size or time of change is no
/// longer the plan's.
void check_inputs_unchanged(const Plan& plan);

} // namespace ordermill::app
