#pragma once

#include "io/error.hpp"
#include "io/recovery/journal.hpp"
#include "system/descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::io {

/// Another run is writing into the folder: the user's to decide, so a usage error.
class FolderInUse : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A newer run has taken the folder: this one must touch nothing more.
class Replaced : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a run keeps beside its outputs until they are complete, in the folder `.ordermill`: its generation,
/// which fences an older run off, and its journal. A generation is a file that is created exclusively; its
/// owner counts in it, so whoever sees the count stand still knows that the owner is gone, whatever machine
/// it was on: no lock and no clock is compared. On rank 0 only. Functions throw io::Error.
class RunFolder {
  public:
    static std::string path_in(const std::string& output);
    /// Records of the last run that didn't end, the oldest first; empty when there is none.
    static std::vector<std::string> unfinished(const std::string& output);

    static constexpr std::chrono::milliseconds default_patience{3000};
    /// Takes the next generation and begins its journal. Throws FolderInUse while the last one's owner lives:
    /// its count changes within `patience` (not waited for when it is a process of this machine that is
    /// gone).
    explicit RunFolder(const std::string& output, std::chrono::milliseconds patience = default_patience);
    /// Leaves everything there.
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    std::uint64_t generation() const noexcept { return generation_; }
    /// By chance: generations are counted anew when a run is complete, and this tells two of one number
    /// apart.
    const std::string& mark() const noexcept { return mark_; }
    /// Whether that run is still the folder's last. For every rank that sees the folder; costs two looks.
    static bool is_last(const std::string& output, std::uint64_t generation, const std::string& mark);
    /// Counts on, at most twice a second; call it at least once a second. Throws Replaced.
    void beat();
    /// Throws Replaced when this run isn't the last any more.
    void check() const;
    /// Checks, then appends.
    void record(std::string_view record);
    /// The run is complete: removes the folder.
    void end();
    /// As if it had never been taken: the run before it is the last again. Nothing if a newer one has it.
    void leave();

  private:
    void take_next_generation(const std::string& output, std::chrono::milliseconds patience,
                              bool again_if_gone);
    bool of_newer_run(std::string_view name) const;

    std::string folder_;
    std::uint64_t generation_ = 0;
    std::string mark_;
    system::Descriptor descriptor_; ///< of the generation's file
    std::unique_ptr<Journal> journal_;
    std::uint64_t count_ = 0;
    std::chrono::steady_clock::time_point next_beat_{};
};

} // namespace ordermill::io
