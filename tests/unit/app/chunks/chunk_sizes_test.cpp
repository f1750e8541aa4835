#include "app/chunks/chunk_sizes.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace ordermill;
using app::ChunkSizes;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

} // namespace

TEST_CASE("chunks of equal workers have the whole size until the end is near") {
    const ChunkSizes sizes(mebibyte, false, 4);
    CHECK(sizes.next(1, 1000 * mebibyte) == mebibyte);
    CHECK(sizes.next(1, 16 * mebibyte) == mebibyte);    // a quarter of a quarter of them is a whole chunk
    CHECK(sizes.next(1, 8 * mebibyte) == mebibyte / 2); // and here half of one
    CHECK(sizes.next(1, 4 * mebibyte) == mebibyte / 4);
    CHECK(sizes.next(1, 0) == 65536); // never less
}

TEST_CASE("a chunk size that is asked for, and one worker's, never shrinks") {
    CHECK(ChunkSizes(mebibyte, true, 4).next(2, 10) == mebibyte);
    CHECK(ChunkSizes(mebibyte, false, 1).next(1, 10) == mebibyte);
}

TEST_CASE("a worker that is slower than most gets less") {
    ChunkSizes sizes(mebibyte, false, 2);
    sizes.add_cleaned(1, 90 * mebibyte);
    sizes.add_cleaned(2, 10 * mebibyte);
    // Its share is (10 + 1) of (100 + 2), twice of which is its part of an ordinary chunk.
    const double share = 11.0 / 102;
    CHECK(sizes.next(1, 1000 * mebibyte) == mebibyte);
    CHECK(sizes.next(2, 1000 * mebibyte) == static_cast<std::uint64_t>(2 * share * mebibyte));
    CHECK(sizes.next(2, 4 * mebibyte) == static_cast<std::uint64_t>(share * mebibyte));
}

TEST_CASE("the last chunks of thousands of workers aren't as small") {
    const ChunkSizes sizes(64 * mebibyte, false, 4096);
    CHECK(sizes.next(7, 1) == 4096 * 2048);
}

TEST_CASE("a small chunk size is the least, too") { CHECK(ChunkSizes(1000, false, 3).next(1, 5) == 1000); }
