#include "app/resolve/partitioned_keys.hpp"

#include <algorithm>
#include <cstring>

namespace ordermill::app {
namespace {

constexpr std::size_t smallest_block = 1024;
constexpr std::size_t largest_block = 64 << 10;

/// Neither the bits that choose the worker (the upper 16) nor those that choose a slot in a table.
std::size_t part_of(std::string_view item) noexcept {
    core::Key key;
    std::memcpy(&key, item.data(), sizeof key);
    return static_cast<std::size_t>(key.high >> 32) % PartitionedKeys::parts;
}

} // namespace

void PartitionedKeys::add(std::string_view items) {
    for (; items.size() >= item_bytes_; items.remove_prefix(item_bytes_)) {
        const std::string_view item = items.substr(0, item_bytes_);
        Part& part = parts_[part_of(item)];
        if (part.blocks.empty() || part.blocks.back().capacity() - part.blocks.back().size() < item_bytes_) {
            const std::size_t size = part.blocks.empty() ? smallest_block : part.blocks.back().capacity() * 4;
            core::Buffer block;
            block.ensure(std::max(item_bytes_, std::min(size, largest_block)));
            memory_ += block.capacity();
            part.blocks.push_back(std::move(block));
        }
        part.blocks.back().append(item);
    }
}

void PartitionedKeys::spill(io::ScratchFile& scratch) {
    core::Buffer together;
    for (Part& part : parts_) {
        if (part.blocks.empty()) continue;
        together.clear();
        for (const core::Buffer& block : part.blocks) together.append(block.view());
        part.extents.push_back({scratch.append(together.view()), together.size()});
        part.blocks.clear();
    }
    memory_ = 0;
}

std::string_view PartitionedKeys::look(std::size_t index, const io::ScratchFile& scratch,
                                       core::Buffer& into) const {
    const Part& part = parts_[index];
    into.clear();
    for (const Extent& extent : part.extents) scratch.read(extent.offset, extent.size, into);
    for (const core::Buffer& block : part.blocks) into.append(block.view());
    return into.view();
}

std::string_view PartitionedKeys::take(std::size_t index, const io::ScratchFile& scratch) {
    const std::string_view items = look(index, scratch, taken_);
    for (const core::Buffer& block : parts_[index].blocks) memory_ -= block.capacity();
    parts_[index].blocks.clear();
    parts_[index].extents.clear();
    return items;
}

} // namespace ordermill::app
