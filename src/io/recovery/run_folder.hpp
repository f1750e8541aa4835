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

/// Another run is writing into the folder. The user decides what to do, so this is a usage error.
class FolderInUse : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A newer run has taken the folder: this one must touch nothing more.
class Replaced : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The folder `.ordermill` in an output folder: what a run keeps beside its outputs until they are complete.
/// It holds the run's journal and its generation. A generation is a numbered file that exactly one process
/// can create. Its owner writes a count into it again and again; if the count stands still, the owner is
/// gone, on whatever machine it was. So neither locks nor clocks of different machines are needed. A run that
/// finds a newer generation than its own must write nothing more.
///
/// Used by rank 0 only, but for `is_last`. Functions throw io::Error unless they say otherwise.
class RunFolder {
  public:
    /// The run folder of this output folder.
    static std::string path_in(const std::string& output);
    /// The journal's records of the last run that didn't reach its end, the oldest first; empty if there is
    /// no such run.
    static std::vector<std::string> unfinished(const std::string& output);

    static constexpr std::chrono::milliseconds default_patience{3000};
    /// Takes the next generation and begins its journal. Throws FolderInUse if the last generation's owner
    /// lives: its count changes within `patience`. That time isn't waited for if the owner was a process of
    /// this machine and is gone.
    explicit RunFolder(const std::string& output, std::chrono::milliseconds patience = default_patience);
    /// Leaves the folder as it is: a later run can go on from it.
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    std::uint64_t generation() const noexcept { return generation_; }
    /// A random text. Generations are counted from 1 again when a run is complete; the mark tells two
    /// generations of one number apart.
    const std::string& mark() const noexcept { return mark_; }
    /// Whether that run is still the folder's last one. Any rank that sees the folder may call it. Costs two
    /// file system calls.
    static bool is_last(const std::string& output, std::uint64_t generation, const std::string& mark);
    /// Shows others that the owner lives. Call it at least once a second; it writes at most twice a second.
    /// Throws Replaced.
    void beat();
    /// Throws Replaced when this run isn't the last any more.
    void check() const;
    /// Calls `check`, then appends a record to the journal (Journal::append). Throws Replaced.
    void record(std::string_view record);
    /// The run is complete: removes the folder.
    void end();
    /// Gives the generation back, as if it had never been taken: the run before it is the last one again.
    /// Does nothing if a newer run has the folder.
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
