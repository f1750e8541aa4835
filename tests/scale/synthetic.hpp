#pragma once

#include "app/plan/plan.hpp"
#include "core/recipe/tally.hpp"

#include <cstdint>
#include <string>

/// An input that is too large to exist: a plan that names it, and what becomes of each of its bytes, from a
/// sample that was really generated and cleaned.
namespace ordermill::scale {

struct Sample {
    std::uint64_t bytes = 0; ///< of input
    core::Accounts accounts;
    std::uint64_t clean_bytes = 0;
    std::uint64_t rejects_bytes = 0;
    std::string tally; ///< encoded, as a worker sends it

    /// Of something counted in the sample, as much as there is in `bytes` of input.
    std::uint64_t share(std::uint64_t counted, std::uint64_t bytes_of_input) const noexcept {
        return static_cast<std::uint64_t>(static_cast<double>(counted) / static_cast<double>(bytes) *
                                          static_cast<double>(bytes_of_input));
    }
};

struct Synthetic {
    app::Plan plan;
    app::CompiledPlan compiled;
    Sample sample;
};

/// The input has `bytes` of data; records begin at the borders of chunks. `chunk_size` 0: as a run would
/// choose it. `keeps`: with the job's duplicates, otherwise without.
Synthetic synthetic(const std::string& job_path, std::uint64_t bytes, std::uint64_t chunk_size, int workers,
                    bool keeps);

} // namespace ordermill::scale
