#include "app/resolve/staging.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::app {

const StagedChunk::Loss* StagedChunk::loss(std::uint32_t row) const noexcept {
    const auto found =
        std::lower_bound(losses.begin(), losses.end(), row,
                         [](const Loss& loss, std::uint32_t wanted) { return loss.row < wanted; });
    return found != losses.end() && found->row == row ? &*found : nullptr;
}

Staging::Staging(io::ScratchFile& scratch, Fresh fresh, Recycle recycle)
    : scratch_(scratch), fresh_(std::move(fresh)), recycle_(std::move(recycle)) {}

void Staging::count(Entry& entry) {
    memory_ -= entry.memory;
    entry.memory = entry.chunk.batch ? entry.chunk.batch->memory() : 0;
    memory_ += entry.memory;
}

StagedChunk& Staging::put(std::uint64_t id, StagedChunk&& chunk) {
    discard(id);
    Entry& entry = entries_[id];
    entry.chunk = std::move(chunk);
    count(entry);
    return entry.chunk;
}

void Staging::drop(Entry& entry) {
    if (entry.chunk.batch) recycle_(std::move(entry.chunk.batch));
    entry.chunk.batch = nullptr;
    count(entry);
}

void Staging::discard(std::uint64_t id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    drop(found->second);
    entries_.erase(found);
}

void Staging::load(Entry& entry) {
    if (entry.chunk.batch) return;
    buffer_.clear();
    scratch_.read(entry.offset, entry.size, buffer_);
    entry.chunk.batch = fresh_(entry.chunk.file);
    entry.chunk.batch->decode(buffer_.view());
    count(entry);
}

StagedChunk& Staging::at(std::uint64_t id) {
    Entry& entry = entries_.at(id);
    load(entry);
    return entry.chunk;
}

void Staging::written(std::uint64_t id, bool keep_keys) {
    if (!keep_keys) return discard(id);
    Entry& entry = entries_.at(id);
    entry.chunk.written = true;
    entry.chunk.duplicates = {};
    if (entry.size == 0 && entry.chunk.batch) {
        auto keys = std::make_unique<core::Batch>(entry.chunk.batch->tally.size());
        keys->take_keys(*entry.chunk.batch);
        recycle_(std::exchange(entry.chunk.batch, std::move(keys)));
        count(entry);
    } else {
        drop(entry);
    }
}

void Staging::for_each(const std::function<void(std::uint64_t, StagedChunk&)>& visit) {
    for (auto& [id, entry] : entries_) {
        const bool on_disk = !entry.chunk.batch;
        load(entry);
        visit(id, entry.chunk);
        if (on_disk) drop(entry);
    }
}

void Staging::for_each_marks(const std::function<void(StagedChunk&)>& visit) {
    for (auto& [id, entry] : entries_) visit(entry.chunk);
}

void Staging::save(std::uint64_t id, const Save& save) { this->save(id, entries_.at(id), save); }

void Staging::save_all(const Save& save) {
    for (auto& [id, entry] : entries_) this->save(id, entry, save);
}

void Staging::save(std::uint64_t id, Entry& entry, const Save& save) {
    StagedChunk& chunk = entry.chunk;
    if (!chunk.published || chunk.saved || chunk.measured || chunk.written) return;
    buffer_.clear();
    if (entry.size > 0)
        scratch_.read(entry.offset, entry.size, buffer_);
    else
        chunk.batch->encode(buffer_);
    save(id, chunk, buffer_.view());
    chunk.saved = true;
}

void Staging::spill(std::uint64_t most) {
    for (auto one = entries_.rbegin(); one != entries_.rend() && memory_ > most; ++one) {
        Entry& entry = one->second;
        if (!entry.chunk.batch || (entry.chunk.measured && !entry.chunk.written)) continue;
        if (entry.size == 0) {
            buffer_.clear();
            entry.chunk.batch->encode(buffer_);
            entry.offset = scratch_.append(buffer_.view());
            entry.size = buffer_.size();
        }
        drop(entry);
    }
    buffer_ = {};
}

} // namespace ordermill::app
