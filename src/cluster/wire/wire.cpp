#include "cluster/wire/wire.hpp"

#include "cluster/wire/failed_ranks.hpp"
#include "cluster/wire/pieces.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ordermill::cluster::wire {

namespace {

constexpr int message_tag = 1;
// A body's tag is unique among those under way between two ranks. MPI guarantees tags up to 32767.
constexpr std::int32_t first_body_tag = 1024;
constexpr std::uint32_t body_tags = 16384;

template<typename Owner>
void leak(std::vector<Owner>&& owners) {
    if (!owners.empty()) static_cast<void>(new std::vector<Owner>(std::move(owners)));
}

} // namespace

void check(int result, const char* call) {
    if (result == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(result, text.data(), &length);
    throw std::runtime_error(std::string(call) + ": " +
                             std::string(text.data(), static_cast<std::size_t>(length)));
}

template<typename Owner>
void Post::Requests<Owner>::add(int peer, MPI_Request handle, Owner owner) {
    handles.push_back(handle);
    owners.push_back(std::move(owner));
    peers.push_back(peer);
}

template<typename Owner>
template<typename Gone>
std::vector<Owner> Post::Requests<Owner>::take_out(const Gone& gone) {
    std::vector<Owner> taken;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < handles.size(); ++i) {
        if (gone(i)) {
            taken.push_back(std::move(owners[i]));
            continue;
        }
        handles[kept] = handles[i];
        peers[kept] = peers[i];
        if (kept != i) owners[kept] = std::move(owners[i]);
        ++kept;
    }
    handles.resize(kept);
    owners.resize(kept);
    peers.resize(kept);
    return taken;
}

template<typename Owner>
void Post::Requests<Owner>::abandon(int peer) {
    leak(take_out([&](std::size_t i) { return peers[i] == peer; }));
}

template<typename Owner>
template<typename Done>
void Post::Requests<Owner>::test(const Done& done) {
    if (handles.empty()) return;
    indices.resize(handles.size());
    int count = 0;
    check(MPI_Testsome(static_cast<int>(handles.size()), handles.data(), &count, indices.data(),
                       MPI_STATUSES_IGNORE),
          "MPI_Testsome");
    if (count <= 0) return;
    const std::vector<Owner> finished =
        take_out([&](std::size_t i) { return handles[i] == MPI_REQUEST_NULL; });
    for (const Owner& owner : finished) done(owner); // may add requests
}

Post::~Post() {
    for (MPI_Request& handle : sends_.handles) MPI_Request_free(&handle);
    for (MPI_Request& handle : receives_.handles) {
        MPI_Cancel(&handle);
        MPI_Request_free(&handle);
    }
    leak(std::move(sends_.owners));
    leak(std::move(receives_.owners));
}

void Post::send(int peer, Header header, std::string_view head, Body body) {
    put(peer, header, head, std::move(body));
    flush(peer);
}

void Post::put(int peer, Header header, std::string_view head, Body body) {
    header.head_size = head.size();
    header.body_size = body ? body->size() : 0;
    if (!body) {
        header.body_place = BodyPlace::none;
    } else if (body->empty() || sizeof header + head.size() + body->size() <= limits_.packed) {
        header.body_place = BodyPlace::inside;
    } else {
        header.body_place = BodyPlace::apart;
        header.body_tag = first_body_tag + static_cast<std::int32_t>(bodies_sent_++ % body_tags);
    }
    if (sizeof header + head.size() > largest_piece)
        throw std::length_error("the head of a message is over 1 GiB");

    const bool inside = header.body_place == BodyPlace::inside;
    const std::size_t size = sizeof header + head.size() + (inside ? body->size() : 0);
    const auto index = static_cast<std::size_t>(peer);
    if (index >= put_.size()) put_.resize(index + 1);
    std::string& packed = put_[index];
    if (packed.size() + size > limits_.packed) flush(peer);
    if (packed.empty()) put_for_.push_back(peer);
    packed.append(reinterpret_cast<const char*>(&header), sizeof header).append(head);
    if (inside) packed.append(*body);
    if (header.body_place != BodyPlace::apart) return;
    flush(peer);
    for_each_piece(body->size(), limits_.piece, [&](std::uint64_t offset, int length) {
        const MPI_Request request = begin_send(peer, body->data() + offset, length, header.body_tag);
        if (request != MPI_REQUEST_NULL) sends_.add(peer, request, body);
    });
}

void Post::flush() {
    for (const int peer : put_for_) send_put(peer);
    put_for_.clear();
}

void Post::flush(int peer) {
    if (std::erase(put_for_, peer) > 0) send_put(peer);
}

/// MPI mostly copies a small message at once, and then its memory is used again.
void Post::send_put(int peer) {
    std::string& packed = put_[static_cast<std::size_t>(peer)];
    const MPI_Request request = begin_send(peer, packed.data(), static_cast<int>(packed.size()), message_tag);
    if (request != MPI_REQUEST_NULL)
        sends_.add(peer, request, std::make_shared<const std::string>(std::move(packed)));
    packed.clear();
}

/// Null if MPI is done with it already, or the peer's process has failed.
MPI_Request Post::begin_send(int peer, const char* bytes, int length, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    const int result = MPI_Isend(bytes, length, MPI_BYTE, peer, tag, communicator_, &request);
    if (is_process_failure(result)) return MPI_REQUEST_NULL; // whoever looks after the peer will find it gone
    check(result, "MPI_Isend");
    ++messages_sent_;
    int done = 0;
    if (length <= static_cast<int>(limits_.packed))
        check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    return request;
}

void Post::abandon(int peer) {
    sends_.abandon(peer);
    std::uint64_t unfinished = 0;
    for (std::size_t i = 0; i < receives_.owners.size(); ++i) {
        const Incoming& incoming = *receives_.owners[i];
        const bool first_piece = i == 0 || receives_.owners[i - 1] != receives_.owners[i];
        if (receives_.peers[i] == peer && incoming.open_pieces > 0 && first_piece)
            unfinished += incoming.message.header.body_size;
    }
    body_bytes_ -= std::min(unfinished, body_bytes_);
    receives_.abandon(peer);
    std::erase_if(waiting_bodies_, [peer](const auto& incoming) { return incoming->message.peer == peer; });
    std::erase_if(ready_, [peer](const Message& message) { return message.peer == peer; });
    if (std::erase(put_for_, peer) > 0) put_[static_cast<std::size_t>(peer)].clear();
    start_bodies();
}

std::optional<Message> Post::receive() {
    if (ready_.empty()) {
        drive();
        probe();
    }
    if (ready_.empty()) return std::nullopt;
    std::optional<Message> message(std::move(ready_.front()));
    ready_.pop_front();
    return message;
}

void Post::drive() {
    sends_.test([](const auto&) {});
    receives_.test([this](const auto& incoming) { piece_received(incoming); });
}

void Post::probe() {
    int found = 0;
    MPI_Status status;
    // Open MPI's probe looks first and makes progress after: what that brings is only seen by a second one.
    for (int look = 0; look < 2 && !found; ++look) {
        check(MPI_Iprobe(MPI_ANY_SOURCE, message_tag, communicator_, &found, &status), "MPI_Iprobe");
    }
    if (!found) return;
    int size = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");

    arriving_.make_room(static_cast<std::size_t>(size));
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(arriving_.bytes.get(), size, MPI_BYTE, status.MPI_SOURCE, message_tag, communicator_,
                    &request),
          "MPI_Irecv");
    int done =
        0; // small messages are already here; the others may need their sender, who may be busy or dead
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) return unpack(status.MPI_SOURCE, arriving_.view());
    auto incoming = std::make_shared<Incoming>();
    incoming->message.peer = status.MPI_SOURCE;
    incoming->packed = std::exchange(arriving_, {});
    receives_.add(status.MPI_SOURCE, request, std::move(incoming));
}

void Post::Packed::make_room(std::size_t bytes_to_come) {
    size = bytes_to_come;
    if (size <= capacity) return;
    capacity = std::max(size, 2 * capacity);
    bytes = std::make_unique_for_overwrite<char[]>(capacity);
}

/// One message or several that were put together.
void Post::unpack(int peer, std::string_view packed) {
    do {
        Message message;
        message.peer = peer;
        Header& header = message.header;
        std::memcpy(&header, packed.data(), std::min(sizeof header, packed.size()));
        const std::uint64_t inside = header.body_place == BodyPlace::inside ? header.body_size : 0;
        if (packed.size() < sizeof header || packed.size() - sizeof header < header.head_size + inside)
            throw std::logic_error("a message of rank " + std::to_string(peer) +
                                   " is not what its header says");
        packed.remove_prefix(sizeof header);
        message.head = packed.substr(0, header.head_size);
        packed.remove_prefix(header.head_size);
        if (header.body_place == BodyPlace::inside)
            message.body = std::make_shared<std::string>(packed.substr(0, inside));
        packed.remove_prefix(inside);
        if (header.body_place == BodyPlace::apart) {
            waiting_bodies_.push_back(std::make_shared<Incoming>());
            waiting_bodies_.back()->message = std::move(message);
            start_bodies();
        } else {
            ready_.push_back(std::move(message));
        }
    } while (!packed.empty());
}

void Post::start_bodies() {
    while (!waiting_bodies_.empty()) {
        const auto incoming = waiting_bodies_.front();
        Message& message = incoming->message;
        const std::uint64_t size = message.header.body_size;
        if (body_bytes_ > 0 && body_bytes_ + size > limits_.receiving) return;
        waiting_bodies_.pop_front();
        body_bytes_ += size;
        message.body = std::make_shared<std::string>();
        message.body->resize(size);
        for_each_piece(size, limits_.piece, [&](std::uint64_t offset, int length) {
            MPI_Request request = MPI_REQUEST_NULL;
            check(MPI_Irecv(message.body->data() + offset, length, MPI_BYTE, message.peer,
                            message.header.body_tag, communicator_, &request),
                  "MPI_Irecv");
            ++incoming->open_pieces;
            receives_.add(message.peer, request, incoming);
        });
    }
}

void Post::piece_received(const std::shared_ptr<Incoming>& incoming) {
    if (incoming->open_pieces == 0) { // it was the packed part
        unpack(incoming->message.peer, std::exchange(incoming->packed, {}).view());
        return;
    }
    if (--incoming->open_pieces > 0) return;
    body_bytes_ -= incoming->message.header.body_size;
    ready_.push_back(std::move(incoming->message));
    start_bodies();
}

} // namespace ordermill::cluster::wire
