#pragma once

#include "core/groups/keys.hpp"
#include "core/memory/buffer.hpp"
#include "io/scratch.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ordermill::app {

/// Items of one size that begin with a key, in parts by bits of the key, so that all items of one key are in
/// one part and a part fits in memory when the whole doesn't (and in the processor's cache when the whole
/// doesn't fit there). What is added is only appended: a part is looked at when all is in.
class PartitionedKeys {
  public:
    explicit PartitionedKeys(std::size_t item_bytes) : item_bytes_(item_bytes) {}

    void add(std::string_view items);
    /// Held in memory, in bytes.
    std::uint64_t memory() const noexcept { return memory_; }
    /// Moves all that is in memory to the file. It stays readable through the store.
    void spill(io::ScratchFile& scratch);

    static constexpr std::size_t parts = 256;
    /// A part's items, in no particular order; valid until the next call. Takes them out of memory.
    std::string_view take(std::size_t part, const io::ScratchFile& scratch);
    /// The same, left where it is.
    std::string_view look(std::size_t part, const io::ScratchFile& scratch, core::Buffer& into) const;

  private:
    struct Extent {
        std::uint64_t offset;
        std::uint64_t size;
    };
    struct Part {
        std::vector<core::Buffer> blocks;
        std::vector<Extent> extents;
    };
    void append(Part& part, std::string_view item);

    std::size_t item_bytes_;
    std::array<Part, parts> parts_;
    std::uint64_t memory_ = 0;
    core::Buffer taken_;
};

} // namespace ordermill::app
