#include "app/deal/checkpoint_rounds.hpp"

#include <utility>

namespace ordermill::app {

std::optional<std::uint64_t> CheckpointRounds::begin(std::uint64_t so_far, Checkpoint point,
                                                     const std::vector<int>& workers, Reached reached) {
    if (point_ || so_far_ == so_far) return std::nullopt;
    so_far_ = so_far;
    point_ = std::move(point);
    saving_ = false;
    waiting_for_ = workers;
    reached_ = std::move(reached);
    return ++number_;
}

std::optional<std::uint64_t>
CheckpointRounds::begin_saving(std::uint64_t so_far, const std::vector<int>& workers, Reached reached) {
    const auto number = begin(so_far, Checkpoint{}, workers, std::move(reached));
    if (number) saving_ = true;
    return number;
}

std::optional<std::uint64_t> CheckpointRounds::begin_syncing(const std::vector<int>& workers) {
    if (point_) return std::nullopt;
    point_ = Checkpoint{};
    saving_ = true; // with nothing saved, nothing is reached
    waiting_for_ = workers;
    reached_ = nullptr;
    return ++number_;
}

void CheckpointRounds::abandon() {
    if (saving_) return;
    point_.reset();
    so_far_ = UINT64_MAX;
}

void CheckpointRounds::add_saved(const SavedRange& range) {
    if (point_) point_->saved.push_back(range);
}

void CheckpointRounds::answered(int worker, std::uint64_t number) {
    if (!point_ || number != number_) return;
    std::erase(waiting_for_, worker);
    end_if_all_answered();
}

void CheckpointRounds::lost(int worker) {
    if (!point_) return;
    std::erase(waiting_for_, worker);
    end_if_all_answered();
}

void CheckpointRounds::end_if_all_answered() {
    if (!waiting_for_.empty()) return;
    const Checkpoint point = std::move(*point_);
    point_.reset();
    if (!saving_ || !point.saved.empty()) reached_(point);
}

} // namespace ordermill::app
