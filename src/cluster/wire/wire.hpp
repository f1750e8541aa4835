#pragma once

#include "cluster/work/work.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Messages between ranks, point to point. Nothing here blocks.
namespace ordermill::cluster::wire {

enum class Kind : std::uint32_t {
    task,   ///< to a worker
    urgent, ///< to a worker: a task that overtakes
    reply,  ///< to rank 0
    urgent_reply,
    peer,    ///< between workers
    failure, ///< to rank 0: head = host, body = what happened
    stop,    ///< to a worker: the run failed; drop everything
    release, ///< to a worker: the run is over
    hello,   ///< a rank's first: head = its process space (system/process), id = its process number
    beat,    ///< the sender lives
    goodbye, ///< to rank 0: the worker obeyed stop or release, and sends nothing more
};

enum class BodyPlace : std::uint32_t { none, inside, apart };

/// Sent as the bytes it is: all ranks run the same build (Session::check_same_version). `head` and a small
/// body follow it, and then perhaps the header of another message; a large body comes apart, under a tag of
/// its own.
struct Header {
    Kind kind = Kind::task;
    std::int32_t exit_code = 0;
    std::uint64_t id = 0;
    Usage usage;
    // filled by Post::send
    std::uint64_t head_size = 0;
    std::uint64_t body_size = 0;
    BodyPlace body_place = BodyPlace::none;
    std::int32_t body_tag = 0;
};
static_assert(std::is_trivially_copyable_v<Header>);

struct Message {
    int peer = 0;
    Header header;
    std::string head;
    std::shared_ptr<std::string> body; ///< null if none was sent
};

using Body = std::shared_ptr<const std::string>;

/// MPI counts are ints.
inline constexpr std::uint64_t largest_piece = std::uint64_t{1} << 30;

/// Sends and receives whole messages. A message of up to `Limits::packed` bytes travels in one piece, with
/// others to the same peer if they were put together; a larger one has its body apart, in pieces of at most
/// 1 GiB (MPI counts are ints). Owns what it sends until MPI is done with it. Messages of one peer may arrive
/// in another order than they were sent, since small messages overtake large ones. Errors of MPI are
/// std::runtime_error; a peer that died is none, see failed_ranks.hpp.
class Post {
  public:
    struct Limits {
        /// Of what travels in one piece, headers included, in bytes.
        std::size_t packed = std::size_t{64} << 10;
        std::uint64_t piece = largest_piece;
        /// Large bodies received at a time, in bytes; one is always allowed. The others wait in their
        /// senders' memory, not in ours.
        std::uint64_t receiving = std::uint64_t{64} << 20;
    };

    explicit Post(MPI_Comm communicator) noexcept : Post(communicator, Limits{}) {}
    Post(MPI_Comm communicator, Limits limits) noexcept : communicator_(communicator), limits_(limits) {}
    /// Requests that are still open are abandoned and their buffers leaked, as MPI may yet touch them.
    ~Post();
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;

    void send(int peer, Header header, std::string_view head = {}, Body body = nullptr);
    /// The same, but small messages to one peer are put together and leave with the next `send` to it or with
    /// `flush`, or when they come to `Limits::packed`: a message costs MPI and both sides more than its
    /// bytes.
    void put(int peer, Header header, std::string_view head = {}, Body body = nullptr);
    /// Sends all that was put together, or what was for one peer.
    void flush();
    void flush(int peer);

    /// A message that has arrived whole, if there is one. Drives all transfers. Costs two MPI_Iprobe if
    /// nothing is under way.
    std::optional<Message> receive();
    /// `receive` has one at once, since it came together with others.
    bool more() const noexcept { return !ready_.empty(); }
    /// Drives the transfers under way, but doesn't look for new messages. For the end, when new messages may
    /// belong to the next user of the communicator.
    void drive();

    /// The peer is lost: forgets all transfers from and to it. Their buffers are leaked, as MPI may yet touch
    /// them.
    void abandon(int peer);

    bool sending() const noexcept { return !sends_.empty(); }
    bool receiving() const noexcept { return !receives_.empty() || !waiting_bodies_.empty(); }
    /// Messages that MPI was given so far, as it counts them: some put together, some in pieces.
    std::uint64_t messages_sent() const noexcept { return messages_sent_; }

  private:
    struct Packed {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
        std::size_t capacity = 0;
        void make_room(std::size_t bytes_to_come);
        std::string_view view() const noexcept { return {bytes.get(), size}; }
    };
    /// What MPI has begun to receive: the packed part of some messages, or one message's body.
    struct Incoming {
        Message message;
        Packed packed;
        std::size_t open_pieces = 0;
    };
    /// Open requests, each with what must outlive it.
    template<typename Owner>
    struct Requests {
        std::vector<MPI_Request> handles;
        std::vector<Owner> owners;
        std::vector<int> peers;
        std::vector<int> indices; ///< MPI_Testsome's scratch
        bool empty() const noexcept { return handles.empty(); }
        void add(int peer, MPI_Request handle, Owner owner);
        void abandon(int peer);
        /// Forgets those whose index `gone` is true for; what they owned.
        template<typename Gone>
        std::vector<Owner> take_out(const Gone& gone);
        /// Calls `done(owner)` for each that has completed, and forgets it.
        template<typename Done>
        void test(const Done& done);
    };

    void send_put(int peer);
    MPI_Request begin_send(int peer, const char* bytes, int length, int tag);
    void probe();
    void unpack(int peer, std::string_view packed);
    void start_bodies();
    void piece_received(const std::shared_ptr<Incoming>& incoming);

    MPI_Comm communicator_;
    Limits limits_;
    std::vector<std::string> put_; ///< by peer: what isn't sent yet
    std::vector<int> put_for_;     ///< the peers that it isn't empty for
    Packed arriving_;              ///< reused
    Requests<std::shared_ptr<const std::string>> sends_;
    Requests<std::shared_ptr<Incoming>> receives_;
    std::deque<std::shared_ptr<Incoming>> waiting_bodies_;
    std::deque<Message> ready_;
    std::uint64_t body_bytes_ = 0; ///< of the bodies being received
    std::uint32_t bodies_sent_ = 0;
    std::uint64_t messages_sent_ = 0;
};

/// Throws std::runtime_error with MPI's own text unless `result` is MPI_SUCCESS.
void check(int result, const char* call);

} // namespace ordermill::cluster::wire
