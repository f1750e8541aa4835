#pragma once

#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resume/checkpoint.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace ordermill::app {

/// The lengths of what is written of a chunk, in bytes.
struct TextSizes {
    std::uint64_t clean = 0; ///< of the part that the chunk goes to
    std::uint64_t rejects = 0;
    std::uint64_t raw = 0; ///< of the raw rejects of the chunk's file
    std::uint64_t duplicates = 0;
    std::uint64_t all() const noexcept { return clean + rejects + raw + duplicates; }
};

/// Where chunks stand in the outputs: each behind those before it, as they are placed in the order of the
/// inputs.
class OutputPlacement {
  public:
    /// The plan must outlive it.
    explicit OutputPlacement(const Plan& plan) : plan_(plan), clean_(plan.parts.count) {}

    /// What stands at the beginning of the outputs. Before the first chunk is placed.
    void begin(const TextSizes& headers);
    /// Behind what an earlier run wrote.
    void resume(const Totals& written);

    /// The places of the next chunk, which is of that file and goes to that part of the clean output; the
    /// rest of the task is left as it is.
    WriteTask place(std::uint32_t file, std::uint32_t part, const TextSizes& sizes);

  private:
    /// A file's raw rejects begin with its header, as it came.
    std::uint64_t& raw(std::uint32_t file);

    const Plan& plan_;
    TextSizes next_;                             ///< `clean` and `raw` apart
    std::vector<std::uint64_t> clean_;           ///< by part
    std::map<std::uint32_t, std::uint64_t> raw_; ///< by input file
};

/// The text's length when its chunk begins at line `base`; nothing when its line numbers must be counted one
/// by one, as their digits change within it.
std::optional<std::uint64_t> length_at(const LinedSize& size, std::uint64_t base);

} // namespace ordermill::app
