#include "app/outputs/output_set.hpp"

namespace ordermill::app {

io::OutputFile OutputSet::make(std::uint32_t number) const { return {folder_, name_of_(number), fence_}; }

io::OutputFile& OutputSet::open(std::uint32_t number) {
    if (const auto found = by_number_.find(number); found != by_number_.end()) return found->second->second;
    if (open_.size() >= most_open_) {
        closed_unsynced_.insert(open_.front().first);
        open_.front().second.close();
        by_number_.erase(open_.front().first);
        open_.pop_front();
    }
    open_.emplace_back(number, make(number));
    by_number_[number] = std::prev(open_.end());
    return open_.back().second;
}

void OutputSet::write_at(std::uint32_t number, std::uint64_t offset, std::string_view bytes) {
    open(number).write_at(offset, bytes);
}

bool OutputSet::try_write_at(std::uint32_t number, std::uint64_t offset, std::string_view bytes) {
    io::OutputFile& file = open(number);
    if (!file.try_take()) return false;
    struct GiveBack {
        io::OutputFile& file;
        ~GiveBack() { file.give_back(); }
    } const taken{file};
    file.write_at(offset, bytes);
    return true;
}

bool OutputSet::is_free(std::uint32_t number) {
    io::OutputFile& file = open(number);
    if (!file.try_take()) return false;
    file.give_back();
    return true;
}

void OutputSet::sync() {
    for (auto& [number, file] : open_) {
        file.sync();
        closed_unsynced_.erase(number);
    }
    for (const std::uint32_t number : closed_unsynced_) {
        io::OutputFile file = make(number);
        file.write_at(0, {}); // opens it
        file.sync();
        file.close();
    }
    closed_unsynced_.clear();
}

void OutputSet::close() {
    for (auto& [number, file] : open_) file.close();
    open_.clear();
    by_number_.clear();
}

} // namespace ordermill::app
