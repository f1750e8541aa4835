#pragma once

#include "app/plan/plan.hpp"
#include "app/resume/checkpoint.hpp"
#include "io/run_folder.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Rank 0's hand on what outlives a run that doesn't reach its end: who writes into the output folder, how
/// far the outputs are whole, and that they were being put in place.
class RunJournal {
  public:
    enum class Begin {
        fresh,    ///< from the beginning
        go_on,    ///< from `from()`
        complete, ///< there is nothing to do: an earlier run of the same job ended well
    };
    struct Wish {
        bool resume = false;
        bool force = false;
    };

    /// Takes the output folder, which must be there, for this run, or refuses: throws io::FolderInUse while
    /// another run lives (ResumeLater, if that was to be gone on with), and UsageError for an unfinished run
    /// that isn't to be gone on with, or is another one than this. `outputs`: all names, the report's last.
    RunJournal(const Plan& plan, const CompiledPlan& compiled, Wish wish, std::vector<std::string> outputs);

    Begin begin() const noexcept { return begin_; }
    const Checkpoint& from() const { return *from_; }
    /// What an earlier run of a job that keeps its records has kept.
    const std::vector<SavedRange>& saved() const noexcept { return saved_; }
    std::uint64_t generation() const noexcept { return folder_->generation(); }
    const std::string& mark() const noexcept { return folder_->mark(); }
    /// False once a newer run has the folder.
    bool is_last() const {
        return io::RunFolder::is_last(plan_.output, folder_->generation(), folder_->mark());
    }
    /// The exit code of the run that was interrupted while its outputs were put in place; it is finished now.
    int finished_code() const noexcept { return finished_code_; }

    /// Often: tells others that this run lives. Throws io::Replaced.
    void beat() { folder_->beat(); }
    /// The outputs up to there, or what it says is kept, are on the disk.
    void record(const Checkpoint& point);
    bool has_checkpoint() const noexcept { return has_checkpoint_; }
    /// All outputs are whole under their temporary names: puts them in place, and forgets the run.
    void commit(const std::vector<std::string>& names, int exit_code);
    /// Nothing that is worth going on with was done.
    void abandon() { folder_->end(); }

  private:
    void check_parts() const;
    void finish_commit(const std::string& entry);
    bool complete_already();

    const Plan& plan_;
    std::string identity_;
    std::vector<std::string> outputs_;
    std::unique_ptr<io::RunFolder> folder_;
    Begin begin_ = Begin::fresh;
    std::optional<Checkpoint> from_;
    std::vector<SavedRange> saved_;
    bool has_checkpoint_ = false;
    int finished_code_ = 0;
};

} // namespace ordermill::app
