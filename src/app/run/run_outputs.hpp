#pragma once

#include "app/outputs/chunk_outputs.hpp"
#include "app/plan/plan.hpp"
#include "app/resume/checkpoint.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

constexpr const char* report_name = "report.json";

/// The names of all outputs that a run may have, the report's last.
std::vector<std::string> possible_outputs(const Plan& plan, const CompiledPlan& compiled);

/// The names of those that a run has, those of the clean records first, but the report: there are raw rejects
/// only of files with rejects, and duplicates only in a job that looks for them.
std::vector<std::string> actual_outputs(const Plan& plan, const CompiledPlan& compiled, const Totals& totals);

/// What rank 0 writes of the outputs: their headers, and the chunks of workers that can't write. Functions
/// throw io::Error, or io::Replaced once a newer run has the folder.
class RunOutputs {
  public:
    /// What stands at the beginning of an output; empty: there is no such output.
    struct Headers {
        std::string clean;
        std::string rejects;
        std::string duplicates;
    };

    /// Opens the outputs and writes their headers. All must outlive it.
    RunOutputs(const Plan& plan, const CompiledPlan& compiled);
    const Headers& headers() const noexcept { return headers_; }

    void write(const WriteTask& where, const ChunkTexts& texts) { outputs_.write(where, texts); }
    /// What was written is on the disk when it returns.
    void sync() { outputs_.sync(); }
    /// The same, when everything is written; and the headers of the raw rejects.
    void finish(const Totals& totals);

  private:
    const Plan& plan_;
    Headers headers_;
    ChunkOutputs outputs_;
};

} // namespace ordermill::app
