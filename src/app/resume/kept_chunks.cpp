#include "app/resume/kept_chunks.hpp"

#include "io/crc.hpp"
#include "io/input.hpp"
#include "io/run_folder.hpp"

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

KeptChunks::KeptChunks(const std::string& output, std::uint64_t generation, int rank,
                       io::OutputFile::Fence fence)
    : file_(io::RunFolder::path_in(output), name_of(generation, rank), std::move(fence)),
      generation_(generation), rank_(rank) {}

KeptPlace KeptChunks::put(const CleanReply& reply, std::string_view batch) {
    const std::string head = pack(reply);
    file_.write_at(size_, head);
    file_.write_at(size_ + head.size(), batch);
    const KeptPlace place{.generation = generation_,
                          .offset = size_,
                          .size = head.size() + batch.size(),
                          .rank = rank_,
                          .crc = io::crc32_combine(io::crc32(head), io::crc32(batch), batch.size())};
    size_ += place.size;
    if (size_ - synced_ > bytes_between_syncs) sync();
    return place;
}

void KeptChunks::sync() {
    if (synced_ == size_) return;
    file_.sync();
    synced_ = size_;
}

void KeptChunks::read(const std::string& output, const KeptPlace& place, core::Buffer& kept) {
    const std::string path =
        io::temporary_path(io::RunFolder::path_in(output), name_of(place.generation, place.rank));
    try {
        io::InputFile(path).read(place.offset, place.offset + place.size, kept);
    } catch (const std::exception&) { // gone, cut short, unreadable: cleaned again
        kept.clear();
    }
}

std::optional<CleanReply> KeptChunks::open(const KeptPlace& place, std::string_view kept,
                                           std::string_view& batch) {
    if (kept.size() != place.size || kept.size() < sizeof(CleanReply) || io::crc32(kept) != place.crc)
        return std::nullopt;
    batch = kept.substr(sizeof(CleanReply));
    return unpack<CleanReply>(kept);
}

void KeptChunks::remove_all(const std::string& output) noexcept {
    std::error_code ignored;
    const std::string begin = "." + std::string(name_begin);
    for (const auto& entry : std::filesystem::directory_iterator(io::RunFolder::path_in(output), ignored)) {
        if (entry.path().filename().string().starts_with(begin))
            std::filesystem::remove(entry.path(), ignored);
    }
}

} // namespace ordermill::app
