#include "cluster/wire/pieces.hpp"

#include "support/catch.hpp"

#include <limits>

using namespace ordermill::cluster;

TEST_CASE("pieces of a body beyond 2^31 bytes", "[pieces]") {
    constexpr std::uint64_t gib = std::uint64_t{1} << 30;
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, gib - 1, gib, gib + 1, 2 * gib - 1, 2 * gib, 2 * gib + 1,
          4 * gib - 1, 4 * gib, 4 * gib + 5, 1000 * gib + 7}) {
        for (const std::uint64_t length : {gib, std::uint64_t{std::numeric_limits<int>::max()}}) {
            INFO(size << " in pieces of " << length);
            std::uint64_t covered = 0;
            for_each_piece(size, length, [&](std::uint64_t offset, int piece) {
                REQUIRE(offset == covered);
                REQUIRE(piece > 0);
                REQUIRE(static_cast<std::uint64_t>(piece) <= length);
                covered += static_cast<std::uint64_t>(piece);
            });
            CHECK(covered == size);
        }
    }
}
