#pragma once

#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "core/recipe/tally.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ordermill::app {

/// An output as it grows, in chunk order.
struct OutputTotal {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
};

/// What a run came to, the same for any number of ranks: of the chunks that are written, in order.
struct Totals {
    std::vector<core::Accounts> files; ///< by input file
    std::vector<std::uint64_t>
        data_ends; ///< by input file: where its data ended (a pipe's is only known now)
    std::uint64_t records_read = 0;
    core::Tally tally;
    std::vector<OutputTotal> clean; ///< by part
    OutputTotal rejects;
    OutputTotal duplicates;
    std::map<std::uint32_t, OutputTotal> raw; ///< by input file, those that have rejects

    std::uint64_t clean_bytes() const noexcept;
};

/// A part of an input whose records are kept on the disk, by a job that keeps its records.
struct SavedRange {
    std::uint32_t file = 0;
    std::uint64_t begin = 0; ///< of its first record
    std::uint64_t end = 0;   ///< of its last
    SavedPlace place;
    std::uint64_t range_end = 0; ///< no record of it begins at or behind this, which may lie before `end`
};

/// A point up to which everything is done: the inputs before it are in the outputs, whole and on the disk.
struct Checkpoint {
    std::uint32_t file = 0;
    std::uint64_t offset = 0; ///< at which the next record begins
    std::uint64_t line = 0;   ///< physical lines before it
    Totals totals;
    std::vector<SavedRange> saved; ///< instead of the rest: what came on the disk since the last point

    std::string encode() const;
    /// `compiled`: of the same job and inputs. Throws std::runtime_error for counters that the job doesn't
    /// have, and nlohmann's exceptions for a text that isn't a checkpoint's.
    static Checkpoint decode(const std::string& text, const CompiledPlan& compiled);
};

/// The records of a journal put together: of which run they are, and how far it got.
struct JournalEntries {
    std::string identity;
    std::string checkpoint;           ///< the last one, encoded; empty: none
    std::vector<std::string> outputs; ///< names of all that it might write
    std::string commit;               ///< of a run that was putting its outputs in place; empty: not so far
    std::vector<SavedRange> saved;
};
JournalEntries read_entries(const std::vector<std::string>& records);
std::string identity_entry(const std::string& identity);
std::string outputs_entry(const std::vector<std::string>& names);
std::string checkpoint_entry(const std::string& checkpoint);
std::string saved_entry(const std::vector<SavedRange>& saved);
std::string commit_entry(const std::string& commit);

/// What a run and the run that it resumes must have in common, as JSON: version, job, inputs (size, time of
/// change, sampled content), names of the outputs. Opens each input; throws io::InputError.
std::string identity_of(const Plan& plan, const CompiledPlan& compiled);
/// The first difference between two identities, as a clause: "the input a.csv has changed since then"; empty
/// when there is none.
std::string difference(const std::string& before, const std::string& now);

} // namespace ordermill::app
