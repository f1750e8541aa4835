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
                if (peer == self) continue;
                if (header.id % 3 == 0)
                    post.send(peer, header, letter.head, letter.body);
                else
                    post.put(peer, header, letter.head, letter.body);
            }
            if (sent == count) post.flush();
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

TEST_CASE("small messages that are put together travel as one, in order") {
    if (!world()) return;
    constexpr std::uint64_t count = 5;
    const int self = world()->rank();
    const auto others = static_cast<std::uint64_t>(world()->size() - 1);
    Post post(*world());
    const auto small = std::make_shared<const std::string>("a body");
    for (std::uint64_t id = 0; id < count; ++id) {
        for (int peer = 0; peer < world()->size(); ++peer) {
            Header header;
            header.id = id;
            if (peer != self) post.put(peer, header, std::to_string(id), id % 2 == 0 ? small : nullptr);
        }
    }
    CHECK(post.messages_sent() == 0);
    post.flush();
    post.flush(); // nothing is left
    CHECK(post.messages_sent() == others);
    std::map<int, std::uint64_t> next; // by peer
    bool in_order = true;
    bool together = true;
    for (std::uint64_t received = 0; received < count * others;) {
        const auto message = post.receive();
        if (!message) continue;
        ++received;
        const std::uint64_t id = next[message->peer]++;
        in_order = in_order && message->header.id == id && message->head == std::to_string(id) &&
                   (message->body && *message->body == "a body") == (id % 2 == 0);
        together = together && post.more() == (id + 1 < count);
    }
    CHECK(in_order);
    CHECK(together);
    world()->barrier();
}

TEST_CASE("more than goes into one message leaves by itself") {
    if (!world()) return;
    Post post(*world(), {.packed = 1000});
    const int peer = (world()->rank() + 1) % world()->size();
    for (std::uint64_t id = 0; id < 10; ++id) {
        Header header;
        header.id = id;
        post.put(peer, header, std::string(300, 'x'));
    }
    CHECK(post.messages_sent() == 4); // two in each
    post.flush(peer);
    CHECK(post.messages_sent() == 5);
    for (std::uint64_t received = 0; received < 10;) received += post.receive() ? 1 : 0;
    world()->barrier();
}

TEST_CASE("an MPI error is an exception with MPI's own text") {
    CHECK_NOTHROW(cluster::wire::check(MPI_SUCCESS, "MPI_Isend"));
    if (!world()) return;
    CHECK_THROWS_WITH(cluster::wire::check(MPI_ERR_RANK, "MPI_Isend"),
                      "MPI_Isend: MPI_ERR_RANK: invalid rank");
    Post post(*world());
    CHECK_THROWS(post.send(world()->size() + 5, Header{}));
}
