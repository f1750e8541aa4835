// What is left of a journal: after a power cut at any moment, and with any byte of it damaged.
#include "io/recovery/journal.hpp"

#include "support/catch.hpp"
#include "support/synced_files.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace ordermill;
using io::Journal;
using Records = std::vector<std::string>;

namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A journal of random records: its bytes, and its length behind each record.
struct Written {
    test::TemporaryFolder folder;
    std::string path = folder / "journal";
    Records records;
    std::vector<std::size_t> ends;

    Written() {
        std::mt19937_64 random(7);
        Journal journal(path);
        for (const std::size_t size : {0, 1, 5, 300, 16, 0, 17}) {
            std::string record(size, '\0');
            for (char& byte : record) byte = static_cast<char>(random());
            journal.append(record);
            records.push_back(record);
            ends.push_back(std::filesystem::file_size(path));
        }
    }
    std::size_t whole_before(std::size_t length) const {
        std::size_t count = 0;
        while (count < ends.size() && ends[count] <= length) ++count;
        return count;
    }
    Records first(std::size_t count) const {
        return {records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count)};
    }
};

} // namespace

TEST_CASE("journal: what was appended comes back, and a journal that isn't there is empty") {
    const Written written;
    CHECK(Journal::read(written.path) == written.records);
    CHECK(Journal::read(written.folder / "none").empty());
    CHECK_THROWS_AS(Journal(written.path), io::Error); // it is there
}

TEST_CASE("journal: a record is on the disk when append returns") {
    const test::TemporaryFolder folder;
    const std::string path = folder / "journal";
    Journal journal(path);
    for (const char* record : {"one", "", "three"}) {
        journal.append(record);
        CHECK(test::synced_bytes_of(path) == std::filesystem::file_size(path));
    }
}

TEST_CASE("journal: cut anywhere, the records before the cut are there and nothing else") {
    const Written written;
    const std::string all = bytes_of(written.path);
    REQUIRE(all.size() == written.ends.back());
    for (std::size_t length = 0; length <= all.size(); ++length) {
        INFO("cut at " << length);
        written.folder.write("cut", all.substr(0, length));
        REQUIRE(Journal::read(written.folder / "cut") == written.first(written.whole_before(length)));
        // A file system may have made it longer without its bytes.
        written.folder.write("zeros", all.substr(0, length) + std::string(100, '\0'));
        REQUIRE(Journal::read(written.folder / "zeros").size() >= written.whole_before(length));
        const std::size_t read = Journal::read(written.folder / "zeros").size();
        REQUIRE(Journal::read(written.folder / "zeros") == written.first(read));
    }
}

TEST_CASE("journal: a damaged byte costs the records from its own on") {
    const Written written;
    const std::string all = bytes_of(written.path);
    for (std::size_t at = 0; at < all.size(); ++at) {
        INFO("byte " << at);
        std::string damaged = all;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        written.folder.write("damaged", damaged);
        REQUIRE(Journal::read(written.folder / "damaged") == written.first(written.whole_before(at)));
    }
}
