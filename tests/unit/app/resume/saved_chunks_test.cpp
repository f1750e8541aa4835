// What a worker keeps on the disk comes back whole, or not at all.
#include "app/resume/saved_chunks.hpp"

#include "io/crc.hpp"
#include "io/recovery/run_folder.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace ordermill;
namespace fs = std::filesystem;

namespace {

struct Saved {
    test::TemporaryFolder folder;
    std::string output = folder / "out";
    std::vector<app::SavedPlace> places;
    const std::vector<std::string> batches{"the first batch", "", std::string("\0 and more", 10)};

    Saved() {
        fs::create_directories(io::RunFolder::path_in(output));
        app::SavedChunks chunks(output, 7, 2, {});
        for (const std::string& batch : batches) {
            app::CleanReply reply;
            reply.chunk = 40 + places.size();
            reply.raw_bytes = batch.size();
            places.push_back(chunks.put(reply, batch));
        }
        chunks.sync();
        CHECK(chunks.bytes() == places.back().offset + places.back().size);
    }
    fs::path file() const { return fs::path(io::RunFolder::path_in(output)) / ".kept-7-2.part"; }
    bool opens(const app::SavedPlace& place, const std::string& batch, std::uint64_t chunk) const {
        core::Buffer bytes;
        app::SavedChunks::read(output, place, bytes);
        std::string_view rest;
        const std::optional<app::CleanReply> reply = app::SavedChunks::open(place, bytes.view(), rest);
        return reply && reply->chunk == chunk && reply->raw_bytes == batch.size() && rest == batch;
    }
    /// Which of the chunks open, as bits.
    int whole() const {
        int bits = 0;
        for (std::size_t i = 0; i < places.size(); ++i)
            bits |= opens(places[i], batches[i], 40 + i) ? 1 << i : 0;
        return bits;
    }
};

void flip(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
}

} // namespace

TEST_CASE("saved chunks: places follow each other, in the rank's file of its generation") {
    const Saved saved;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < saved.places.size(); ++i) {
        CHECK(saved.places[i].generation == 7);
        CHECK(saved.places[i].rank == 2);
        CHECK(saved.places[i].offset == offset);
        CHECK(saved.places[i].size == sizeof(app::CleanReply) + saved.batches[i].size());
        offset += saved.places[i].size;
    }
    CHECK(fs::file_size(saved.file()) == offset);
    CHECK(saved.whole() == 7);
}

TEST_CASE("saved chunks: one that is damaged is nothing, and the others stay whole") {
    struct Case {
        const char* what;
        std::function<void(const Saved&)> damage;
        int whole;
    };
    const Case cases[] = {
        {"nothing", [](const Saved&) {}, 7},
        {"a byte of the first batch", [](const Saved& s) { flip(s.file(), s.places[0].size - 1); }, 6},
        {"the first byte", [](const Saved& s) { flip(s.file(), 0); }, 6},
        {"the head of an empty batch", [](const Saved& s) { flip(s.file(), s.places[1].offset + 8); }, 5},
        {"cut by a byte", [](const Saved& s) { fs::resize_file(s.file(), fs::file_size(s.file()) - 1); }, 3},
        {"cut between two", [](const Saved& s) { fs::resize_file(s.file(), s.places[1].offset); }, 1},
        {"empty", [](const Saved& s) { fs::resize_file(s.file(), 0); }, 0},
        {"gone", [](const Saved& s) { fs::remove(s.file()); }, 0},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        const Saved saved;
        c.damage(saved);
        CHECK(saved.whole() == c.whole);
    }
}

TEST_CASE("saved chunks: a place that isn't theirs is nothing") {
    const Saved saved;
    const app::SavedPlace good = saved.places[0];
    const auto differs = [&](const std::function<void(app::SavedPlace&)>& change) {
        app::SavedPlace place = good;
        change(place);
        return !saved.opens(place, saved.batches[0], 40);
    };
    CHECK(differs([](auto& place) { place.crc ^= 1; }));
    CHECK(differs([](auto& place) { place.rank = 3; }));
    CHECK(differs([](auto& place) { place.generation = 8; }));
    CHECK(differs([](auto& place) { place.offset += 1; }));
    CHECK(differs([](auto& place) { place.size -= 1; }));
    CHECK(differs([](auto& place) { place.size = sizeof(app::CleanReply) - 1; }));
    std::string_view rest;
    CHECK(!app::SavedChunks::open(good, "", rest));
    const app::SavedPlace too_short{.size = 3, .crc = io::crc32("abc")};
    CHECK(!app::SavedChunks::open(too_short, "abc", rest));
}

TEST_CASE("saved chunks: all generations' files go, and nothing else of the folder") {
    const Saved saved;
    const fs::path folder = io::RunFolder::path_in(saved.output);
    app::SavedChunks(saved.output, 8, 1, {}).put({}, "x");
    std::ofstream(folder / "journal-7") << "x";
    app::SavedChunks::remove_all(saved.output);
    std::vector<std::string> left;
    for (const auto& entry : fs::directory_iterator(folder)) left.push_back(entry.path().filename().string());
    CHECK(left == std::vector<std::string>{"journal-7"});
    app::SavedChunks::remove_all(saved.folder / "nowhere"); // nothing to do
}
