#include "app/resolve/partitioned_keys.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

using namespace ordermill;

namespace {

constexpr std::size_t item_bytes = 36;

std::string item(std::uint64_t key, std::uint32_t number) {
    std::string bytes(item_bytes, '\0');
    const core::Key of{key, key * 0x9E3779B97F4A7C15ULL};
    std::memcpy(bytes.data(), &of, sizeof of);
    std::memcpy(bytes.data() + 20, &number, sizeof number);
    return bytes;
}

} // namespace

TEST_CASE("every item comes back once, with the others of its key, from memory and scratch",
          "[partitioned_keys][property]") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        const test::TemporaryFolder folder;
        io::ScratchFile scratch(folder / "");
        app::PartitionedKeys store(item_bytes);
        std::multiset<std::string> in;
        for (int i = 0; i < 20'000; ++i) {
            std::string some;
            for (std::uint64_t n = random() % 4; n > 0; --n) {
                const std::string one = item(random() % 3000, static_cast<std::uint32_t>(random()));
                in.insert(one);
                some += one;
            }
            store.add(some);
            if (seed % 2 == 0 && random() % 3000 == 0) {
                store.spill(scratch);
                CHECK(store.memory() == 0);
            }
        }
        CHECK((scratch.size() > 0) == (seed % 2 == 0));
        std::multiset<std::string> out;
        std::set<std::string> keys_before;
        core::Buffer looked;
        for (std::size_t part = 0; part < app::PartitionedKeys::parts; ++part) {
            std::set<std::string> keys;
            CHECK(store.look(part, scratch, looked).size() % item_bytes == 0);
            const std::string_view items = store.take(part, scratch);
            CHECK(items == looked.view());
            for (std::size_t at = 0; at < items.size(); at += item_bytes) {
                out.emplace(items.substr(at, item_bytes));
                keys.emplace(items.substr(at, sizeof(core::Key)));
            }
            for (const std::string& key : keys) CHECK(keys_before.insert(key).second);
        }
        CHECK(out == in);
        CHECK(store.memory() == 0);
    }
}

TEST_CASE("nothing is left of a scratch file, and a folder that can't be written to is named", "[scratch]") {
    const test::TemporaryFolder folder;
    {
        io::ScratchFile scratch(folder / "");
        scratch.append("some bytes");
        core::Buffer out;
        scratch.read(5, 5, out);
        CHECK(out.view() == "bytes");
        CHECK(std::filesystem::is_empty(folder / ""));
        CHECK_THROWS_AS(scratch.read(5, 6, out), io::Error);
    }
    CHECK_THROWS_WITH(io::ScratchFile::check(folder / "absent"), Catch::Contains("absent"));
}
