#pragma once

#include "app/plan/plan.hpp"
#include "app/resume/checkpoint.hpp"
#include "io/recovery/run_folder.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Rank 0's record of a run, which outlives a run that doesn't reach its end: which run writes into the
/// output folder, how far the outputs are complete, and whether they were being put in place. Functions throw
/// io::Error unless they say otherwise.
class RunJournal {
  public:
    enum class Begin {
        fresh,    ///< from the beginning
        go_on,    ///< from the checkpoint `from()`
        complete, ///< nothing to do: an earlier run of the same job and inputs has written all outputs
    };
    struct Wish {
        bool resume = false;
        bool force = false;
    };

    /// Takes the output folder, which must exist, for this run. `plan` must outlive the journal. `outputs`:
    /// all names: those of the clean records, the rejects', others',
    /// the report's last. Throws io::FolderInUse while another run lives (ResumeLater, if `wish`
    /// is to resume it); UsageError if there is an unfinished run that `wish` doesn't speak of, or that is of
    /// another job; io::OutputExists if outputs are there that must not be replaced. Costs up to 3 s when
    /// the last run was on another machine.
    RunJournal(const Plan& plan, const CompiledPlan& compiled, Wish wish, std::vector<std::string> outputs);

    Begin begin() const noexcept { return begin_; }
    /// Only when `begin()` is `go_on`.
    const Checkpoint& from() const { return *from_; }
    /// The chunks that an earlier run saved, if the job keeps its records; empty otherwise.
    const std::vector<SavedRange>& saved() const noexcept { return saved_; }
    /// Of this run (checkpoint.hpp): of its inputs as they were when it began.
    const std::string& identity() const noexcept { return identity_; }
    std::uint64_t generation() const noexcept { return folder_->generation(); }
    const std::string& mark() const noexcept { return folder_->mark(); }
    /// False once a newer run has the folder.
    bool is_last() const {
        return io::RunFolder::is_last(plan_.output, folder_->generation(), folder_->mark());
    }
    /// When `begin()` is `complete`: the exit code of the run that wrote the outputs.
    int finished_code() const noexcept { return finished_code_; }

    /// Shows others that this run lives; call it at least once a second. Throws io::Replaced.
    void beat() { folder_->beat(); }
    /// Records a checkpoint. The outputs up to it, or the chunks in `point.saved`, must be on the disk
    /// already. On the disk when it returns. Throws io::Replaced.
    void record(const Checkpoint& point);
    bool has_checkpoint() const noexcept { return has_checkpoint_; }
    /// Gives the outputs their final names, the report last, and removes the run folder. All of them must be
    /// complete under their temporary names. Throws io::Replaced.
    void commit(const std::vector<std::string>& names, int exit_code);
    /// Removes the run folder: nothing was done that a later run could use.
    void abandon() { folder_->end(); }

  private:
    void check_parts() const;
    void finish_commit(const std::string& entry);
    bool complete_already();

    const Plan& plan_;
    std::string identity_;
    std::vector<std::string> outputs_;
    std::vector<std::string> former_; ///< outputs of the run before
    std::unique_ptr<io::RunFolder> folder_;
    Begin begin_ = Begin::fresh;
    std::optional<Checkpoint> from_;
    std::vector<SavedRange> saved_;
    bool has_checkpoint_ = false;
    int finished_code_ = 0;
};

} // namespace ordermill::app
