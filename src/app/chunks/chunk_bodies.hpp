#pragma once

#include "app/chunks/chunk.hpp"
#include "app/chunks/input_cutter.hpp"
#include "app/plan/plan.hpp"
#include "core/memory/buffer.hpp"
#include "io/input.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ordermill::app {

/// The bytes that travel with a chunk to a worker that can't read them itself.
class ChunkBodies {
  public:
    /// All must outlive it.
    ChunkBodies(const Plan& plan, const InputCutter& cutter, io::PipeInput& pipe);

    /// What an earlier run kept of the chunk. Throws io::Error.
    std::shared_ptr<const std::string> saved(const Chunk& chunk);
    /// The chunk's bytes and those behind it that its last record may need: `chunk.ahead`, which is set when
    /// it is 0. The byte before it comes along when its start must be guessed. Sets what the task says of its
    /// body. Throws io::InputError.
    std::shared_ptr<const std::string> input(Chunk& chunk, CleanTask& task);
    /// Of all bodies so far.
    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    std::shared_ptr<const std::string> counted(std::string_view bytes);
    std::string_view of_pipe(const Chunk& chunk, CleanTask& task);
    std::string_view of_file(const Chunk& chunk, CleanTask& task);

    const Plan& plan_;
    const InputCutter& cutter_;
    io::PipeInput& pipe_;
    std::optional<io::InputFile> file_; ///< the one that was read last
    std::uint32_t file_index_ = 0;
    core::Buffer buffer_;
    std::uint64_t bytes_ = 0;
};

} // namespace ordermill::app
