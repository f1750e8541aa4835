#include "cluster/wire/wire.hpp"

#include "support/catch.hpp"
#include "support/mpi.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

using namespace ordermill;
using cluster::wire::Header;
using cluster::wire::Kind;
using cluster::wire::Post;
using testing::world;

namespace {

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

/// The message that rank `from` sends as number `id`: the same wherever it is made.
struct Letter {
    std::string head;
    std::shared_ptr<const std::string> body;

    Letter(int from, std::uint64_t id) {
        std::mt19937_64 random(id * 100 + static_cast<std::uint64_t>(from));
        head = random_bytes(random, random() % 4 == 0 ? 30'000 : random() % 300); // large ones are overtaken
        const std::uint64_t shape = random() % 8;
        if (shape == 0) return;
        const std::size_t size = shape == 1 ? 0 : shape == 2 ? 300'000 : random() % 3000;
        body = std::make_shared<const std::string>(random_bytes(random, size));
    }
};

/// Collective: every rank sends `count` letters to every other one, and all of them must arrive as they were.
void correspond(Post::Limits limits, std::uint64_t count) {
    const int self = world()->rank();
    const auto others = static_cast<std::uint64_t>(world()->size() - 1);
    Post post(*world(), limits);
    std::map<std::pair<int, std::uint64_t>, int> arrived;
    bool intact = true;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    while (sent < count || received < count * others || post.sending()) {
        if (sent < count) {
            Header header;
            header.kind = Kind::reply;
            header.id = sent++;
            const Letter letter(self, header.id);
            for (int peer = 0; peer < world()->size(); ++peer) {
                if (peer != self) post.send(peer, header, letter.head, letter.body);
            }
        }
        while (auto message = post.receive()) {
            ++received;
            ++arrived[{message->peer, message->header.id}];
            const Letter letter(message->peer, message->header.id);
            intact = intact && message->head == letter.head && !message->body == !letter.body &&
                     (!letter.body || *message->body == *letter.body);
        }
    }
    CHECK(intact);
    CHECK(arrived.size() == count * others);
    CHECK(std::all_of(arrived.begin(), arrived.end(), [](const auto& letter) { return letter.second == 1; }));
    CHECK_FALSE(post.receiving());
    world()->barrier();
}

} // namespace

TEST_CASE("messages arrive whole, once and intact, whatever the limits") {
    if (!world()) return;
    SECTION("as they are") { correspond({}, 200); }
    SECTION("bodies in many pieces") {
        correspond({.packed = 500, .piece = 1000, .receiving = 1 << 20}, 100);
    }
    SECTION("one body at a time") { correspond({.packed = 200, .piece = 4096, .receiving = 1}, 100); }
    SECTION("everything in one piece") { correspond({.packed = 1 << 20, .piece = 1, .receiving = 1}, 100); }
}

TEST_CASE("an MPI error is an exception with MPI's own text") {
    CHECK_NOTHROW(cluster::wire::check(MPI_SUCCESS, "MPI_Isend"));
    if (!world()) return;
    CHECK_THROWS_WITH(cluster::wire::check(MPI_ERR_RANK, "MPI_Isend"),
                      "MPI_Isend: MPI_ERR_RANK: invalid rank");
    Post post(*world());
    CHECK_THROWS(post.send(world()->size() + 5, Header{}));
}
