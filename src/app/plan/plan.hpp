#pragma once

#include "app/plan/output_parts.hpp"
#include "core/job/job_spec.hpp"
#include "core/recipe/recipe.hpp"
#include "io/input.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Who writes the outputs. `automatic`: each worker that sees the output folder and shares a coherent file
/// system with rank 0, and rank 0 for the others. `never`: each worker. `always`: rank 0.
enum class Gather : std::uint8_t { automatic, never, always };
/// How chunks reach the workers: as a range of a file that they read themselves, or with their bytes.
enum class Transport : std::uint8_t { automatic, reference, inline_bytes };

/// One input file, its header read.
struct PlannedFile {
    std::string path;                        ///< as named; `-` is standard input
    std::string raw_name;                    ///< its rejects' file, below rejects-raw/
    std::int32_t section = -1;               ///< of JobSpec::inputs; -1: [input]
    std::vector<std::string> header;         ///< column names, UTF-8, trimmed
    std::vector<std::string> written_header; ///< as the file has them, where the job gives other `names`
    bool has_header = true;
    std::string named_delimiter;    ///< the first line, `sep=;`, if it has it; without its line end
    std::string header_bytes;       ///< the header record as it came, with its line end
    std::uint64_t data_begin = 0;   ///< the first byte behind the header
    std::uint64_t data_end = 0;     ///< the footer's first byte, or the file's end; unknown_end for a pipe
    std::uint64_t lines_before = 0; ///< physical lines before data_begin
    std::uint64_t size = 0;
    std::uint64_t footer_lines = 0;  ///< lines at the end that are left out (found in the file)
    std::int64_t modified = 0;       ///< nanoseconds since 1970
    std::int64_t status_changed = 0; ///< the same; unlike `modified` nobody can set it
    std::uint64_t device = 0;        ///< as rank 0 sees it
    std::uint64_t inode = 0;
    std::uint64_t fingerprint = 0; ///< of its size, first and last bytes, as rank 0 sees them
    std::uint64_t copy = 0;        ///< of PlanRequest::copies: no key of one is a key of another

    static constexpr std::uint64_t unknown_end = UINT64_MAX;
    bool pipe() const noexcept { return path == "-"; }

    template<class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& path& raw_name& section& header& written_header& has_header& named_delimiter& header_bytes&
            data_begin& data_end& lines_before& size& footer_lines& modified& status_changed& device& inode&
                fingerprint& copy;
    }
};

/// Everything that a rank must know to work on a run, as plain data. Made on rank 0, sent to all.
struct Plan {
    std::string job_path;
    std::string job_text;
    std::vector<std::string> overrides;
    std::map<std::string, std::string> attachments; ///< contents of the files that the job names, by name
    std::vector<std::string> attachment_paths;      ///< where they were read
    std::vector<PlannedFile> files;
    std::vector<std::string> rest; ///< names of the columns that `rest = *` carries
    std::string output;            ///< folder
    OutputParts parts;             ///< of the clean output
    std::uint64_t chunk_size = 0;  ///< the most; never more than a stripe of the parts
    bool fixed_chunks = false;     ///< all of that size, but for the last of a file
    bool by_reference = true;      ///< a worker that sees an input reads it itself
    std::uint64_t memory = 0;      ///< a rank's bound for what it keeps; 0: from the host's memory
    std::string scratch;           ///< folder for what is over the bound, on each host
    std::uint64_t generation = 0;  ///< of the run in its output folder
    std::string mark;              ///< tells it from others of that number; empty: it has no run folder
    std::string host;              ///< rank 0's

    template<class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& job_path& job_text& overrides& attachments& attachment_paths& files& rest& output& parts&
            chunk_size& fixed_chunks& by_reference& memory& scratch& generation& mark& host;
    }
    std::string pack() const;
    static Plan unpack(const std::string& bytes);

    /// Of data, pipes apart, from a file on.
    std::uint64_t known_bytes(std::size_t first_file = 0) const noexcept;
    std::uint64_t file_bytes() const noexcept; ///< of whole files, pipes apart
    bool has_pipe() const noexcept;
    /// 16 hex digits that differ when the job, its overrides or its attached files do.
    std::string job_hash() const;
};

/// A plan compiled: the same on every rank.
struct CompiledPlan {
    core::JobSpec spec;
    std::vector<core::Recipe> recipes;         ///< [0] for [input], then one per section
    std::vector<core::HeaderMapping> mappings; ///< by file
    const core::Recipe& recipe_of(const PlannedFile& file) const {
        return recipes[static_cast<std::size_t>(file.section + 1)];
    }
};

struct PlanRequest {
    std::string job_path;
    std::vector<std::string> overrides;
    std::vector<std::string> inputs; ///< empty: the job's own
    std::string output;              ///< empty: out/<job>
    std::uint64_t chunk_size = 0;    ///< 0: chosen from the input's size
    Transport transport = Transport::automatic;
    Gather gather = Gather::automatic;
    int workers = 1;
    std::uint64_t memory = 0; ///< as in Plan
    std::string scratch = "/tmp";
    // For studies:
    int copies = 1; ///< the inputs so many times, each time as if they were other records
    struct Share {
        int index = 0;
        int of = 1;
    };
    /// Of each input only the records of this share, by bytes; borders are guessed, so that a record at one
    /// may be cut. Pipes are left whole.
    Share share{};
};

/// The output folder: as asked for, or `out/` and the job's name.
std::string output_folder(const PlanRequest& request);

/// The job with the files that it names (look-ups, lists), checked, but without inputs. Throws JobFileError.
Plan plan_job(const PlanRequest& request);

/// Reads the job, finds the inputs, reads their headers, resolves the columns. Throws JobFileError,
/// UsageError or InputError with one sentence. Reads a pipe's head through `pipe` and leaves it in the
/// window.
Plan make_plan(const PlanRequest& request, io::PipeInput& pipe);

/// Small chunks stay in the processor's cache; rank 0 has less to do with large ones. From 1 to 8 MiB by the
/// input's size; with more than a thousand workers 8 KiB for each of them, as long as each still gets 16
/// chunks: then rank 0 deals and takes back some 80,000 chunks a second at most (tests/scale).
std::uint64_t automatic_chunk_size(std::uint64_t bytes, int workers);

/// Compiles the plan. Throws JobFileError.
CompiledPlan compile_plan(const Plan& plan);

/// An input of the plan, opened again while the run goes on. Throws std::runtime_error when it can't be
/// opened: it could when the run was planned, so this is no mistake in the command.
io::InputFile reopened(const std::string& path);

/// How many bytes are read beyond a chunk's range for its last record, in the first attempt. Each further
/// attempt reads four times as many, until the record's end is found.
std::uint64_t look_ahead(std::uint64_t chunk_bytes) noexcept;

} // namespace ordermill::app
