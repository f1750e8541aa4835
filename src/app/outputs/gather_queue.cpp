#include "app/outputs/gather_queue.hpp"

#include <algorithm>

namespace ordermill::app {

std::optional<std::uint64_t> GatherQueue::next() {
    if (waiting_.empty()) return std::nullopt;
    const auto [chunk, bytes] = waiting_.front();
    if (!under_way_.empty() && bytes_ + bytes > most_) return std::nullopt;
    waiting_.pop_front();
    under_way_.emplace(chunk, bytes);
    bytes_ += bytes;
    return chunk;
}

void GatherQueue::arrived(std::uint64_t chunk) {
    const auto found = under_way_.find(chunk);
    if (found == under_way_.end()) return;
    bytes_ -= found->second;
    under_way_.erase(found);
}

bool GatherQueue::forget(std::uint64_t chunk) {
    arrived(chunk);
    return forget_waiting(chunk);
}

bool GatherQueue::forget_waiting(std::uint64_t chunk) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const auto& waits) { return waits.first == chunk; });
    if (found == waiting_.end()) return false;
    waiting_.erase(found);
    return true;
}

} // namespace ordermill::app
