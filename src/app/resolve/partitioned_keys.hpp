#pragma once

#include "core/groups/keys.hpp"
#include "core/memory/buffer.hpp"
#include "io/scratch.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ordermill::app {

/// Items of one size, each beginning with a key (core::Key), kept in `parts` partitions by bits of the key.
/// All items of one key are in one partition. So a user can decide partition by partition, in a 256th of the
/// memory that the whole needs. Items are only appended; read partitions once all items are added. Memory is
/// the items' own size, or a scratch file's once `spill` was called. Not for several threads.
class PartitionedKeys {
  public:
    explicit PartitionedKeys(std::size_t item_bytes) : item_bytes_(item_bytes) {}

    /// Copies `items`, which must be a whole number of items. Linear in their size.
    void add(std::string_view items);
    /// Bytes of memory that the items take.
    std::uint64_t memory() const noexcept { return memory_; }
    /// Appends all items held in memory to `scratch` and frees their memory. Pass the same file to `take` and
    /// `look` from then on. Throws io::Error.
    void spill(io::ScratchFile& scratch);

    static constexpr std::size_t parts = 256;
    /// All items of one partition, in no particular order, and removes them from memory. The view is valid
    /// until the next call of `take`. Throws io::Error.
    std::string_view take(std::size_t part, const io::ScratchFile& scratch);
    /// The same without removing them: the items are copied to `into`, which the view points into.
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
