#include "app/resume/saved_chunks.hpp"

#include "io/crc.hpp"
#include "io/input.hpp"
#include "io/recovery/run_folder.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

namespace ordermill::app {
namespace {

constexpr std::uint64_t bytes_between_syncs = std::uint64_t{64} << 20;
constexpr std::string_view name_begin = "kept-";

std::string name_of(std::uint64_t generation, int rank) {
    return fmt::format("{}{}-{}", name_begin, generation, rank);
}

} // namespace

SavedChunks::SavedChunks(const std::string& output, std::uint64_t generation, int rank,
                         io::OutputFile::Fence fence)
    : file_(io::RunFolder::path_in(output), name_of(generation, rank), std::move(fence)),
      generation_(generation), rank_(rank) {}

SavedPlace SavedChunks::put(const CleanReply& reply, std::string_view batch) {
    const std::string head = pack(reply);
    file_.write_at(size_, head);
    file_.write_at(size_ + head.size(), batch);
    const SavedPlace place{.generation = generation_,
                           .offset = size_,
                           .size = head.size() + batch.size(),
                           .rank = rank_,
                           .crc = io::crc32_combine(io::crc32(head), io::crc32(batch), batch.size())};
    size_ += place.size;
    if (size_ - synced_ > bytes_between_syncs) sync();
    return place;
}

void SavedChunks::sync() {
    if (synced_ == size_) return;
    file_.sync();
    synced_ = size_;
}

void SavedChunks::read(const std::string& output, const SavedPlace& place, core::Buffer& saved) {
    const std::string path =
        io::temporary_path(io::RunFolder::path_in(output), name_of(place.generation, place.rank));
    try {
        io::InputFile(path).read(place.offset, place.offset + place.size, saved);
    } catch (const std::exception&) { // gone, cut short, unreadable: cleaned again
        saved.clear();
    }
}

std::optional<CleanReply> SavedChunks::open(const SavedPlace& place, std::string_view saved,
                                            std::string_view& batch) {
    if (saved.size() != place.size || saved.size() < sizeof(CleanReply) || io::crc32(saved) != place.crc)
        return std::nullopt;
    batch = saved.substr(sizeof(CleanReply));
    return unpack<CleanReply>(saved);
}

void SavedChunks::remove_all(const std::string& output) noexcept {
    std::error_code ignored;
    const std::string begin = "." + std::string(name_begin);
    for (const auto& entry : std::filesystem::directory_iterator(io::RunFolder::path_in(output), ignored)) {
        if (entry.path().filename().string().starts_with(begin))
            std::filesystem::remove(entry.path(), ignored);
    }
}

} // namespace ordermill::app
