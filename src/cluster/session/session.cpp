#include "cluster/session/session.hpp"

#include "cluster/wire/waiting.hpp"
#include "cluster/wire/wire.hpp"
#include "system/process.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace ordermill::cluster {

namespace {

constexpr int root = 0;
constexpr int word_tag = 3; // the farm has 1 and those from 1024 on

std::optional<int> read_count(const char* variable) {
    const char* text = std::getenv(variable);
    if (!text) return std::nullopt;
    const std::string_view view(text);
    int count = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), count);
    if (error != std::errc{} || end != view.data() + view.size() || count < 1) return std::nullopt;
    return count;
}

constexpr unsigned default_start_limit = 120; // seconds

/// Nothing else can be said or done in a signal's handler.
void give_up_starting(int) {
    constexpr std::string_view text =
        "ordermill: not all ranks started in time (120 s, or the seconds in ORDERMILL_START_LIMIT)\n";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(3);
}

/// MPI_Init waits for ever for a rank that dies on the way to it.
void limit_start() {
    const char* const seconds = std::getenv("ORDERMILL_START_LIMIT");
    const int limit = seconds == nullptr ? 0 : std::atoi(seconds);
    std::signal(SIGALRM, give_up_starting);
    ::alarm(limit > 0 ? static_cast<unsigned>(limit) : default_start_limit);
}

/// Where all ranks are on one host their messages go through shared memory. Told so, MPI_Init doesn't look
/// for networks (which takes 0.2 s), nor hwloc for their cards (0.03 s). Whoever chose something is left
/// their choice.
void leave_networks_out() {
    const auto here = read_count("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (!here || here != read_count("OMPI_COMM_WORLD_SIZE")) return;
    ::setenv("OMPI_MCA_pml", "ob1", 0);
    ::setenv("HWLOC_COMPONENTS", "-pci,-linuxio", 0);
}

/// Open MPI 4 reads large messages in their sender's memory. Where that is forbidden it finds out with each
/// of them, and says so.
void copy_where_reading_is_forbidden() {
    if (!system::can_read_other_processes()) ::setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
}

} // namespace

Launch read_launch() {
    Launch launch;
    constexpr std::array rank_variables = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    launch.under_mpi = std::any_of(rank_variables.begin(), rank_variables.end(),
                                   [](const char* variable) { return std::getenv(variable) != nullptr; });
    for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"}) {
        launch.expected = read_count(variable);
        if (!launch.expected) continue;
        launch.expected_from = variable;
        break;
    }
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
        if (const char* text = std::getenv(name)) {
            launch.rank = std::atoi(text);
            break;
        }
    }
    launch.cpus_per_task = read_count("SLURM_CPUS_PER_TASK").value_or(1);
    return launch;
}

struct Session::State {
    std::string host = system::host_name();
    std::optional<boost::mpi::environment> environment;
    std::optional<boost::mpi::communicator> world;
    int rank = 0;
    int size = 1;
    std::vector<system::Process> processes; ///< by rank, once they are known

    void check_all_alive() const;
    void finish(MPI_Request request) const;
    void broadcast_piece(void* bytes, std::uint64_t length) const;
};

void Session::State::check_all_alive() const {
    for (std::size_t other = 0; other < processes.size(); ++other) {
        if (processes[other].known_dead())
            throw RankDied("rank " + std::to_string(other) + " died during a step that needs every rank");
    }
}

/// A collective with a dead rank never ends: looks after the ranks of this host once a second.
void Session::State::finish(MPI_Request request) const {
    constexpr auto look_interval = std::chrono::seconds(1);
    Waiting waiting(Waiting::longest_spin);
    auto next_look = Clock::now() + look_interval;
    for (;;) {
        int done = 0;
        wire::check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
        if (done) return;
        waiting.pause();
        if (Clock::now() < next_look) continue;
        check_all_alive();
        next_look = Clock::now() + look_interval;
    }
}

void Session::State::broadcast_piece(void* bytes, std::uint64_t length) const {
    MPI_Request request = MPI_REQUEST_NULL;
    wire::check(MPI_Ibcast(bytes, static_cast<int>(length), MPI_BYTE, root, *world, &request), "MPI_Ibcast");
    finish(request);
}

Session::Session(const Launch& launch) : state_(std::make_unique<State>()) {
    if (!launch.under_mpi) return;
    limit_start();
    constexpr bool abort_on_exception = false; // main reports exceptions first, then aborts
    leave_networks_out();
    copy_where_reading_is_forbidden();
    state_->environment.emplace(abort_on_exception);
    state_->world.emplace();
    state_->rank = state_->world->rank();
    state_->size = state_->world->size();
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Session::~Session() = default;

std::unique_ptr<Session> Session::of_first(int ranks) {
    if (size() == 1) return std::make_unique<Session>(Launch{});
    constexpr int in = 0;
    constexpr int out = 1;
    auto state = std::make_unique<State>();
    state->world.emplace(state_->world->split(rank() < ranks ? in : out));
    if (rank() >= ranks) return nullptr;
    state->rank = state->world->rank();
    state->size = state->world->size();
    if (!state_->processes.empty())
        state->processes.assign(state_->processes.begin(), state_->processes.begin() + ranks);
    return std::unique_ptr<Session>(new Session(std::move(state)));
}

void Session::tell(int rank, const std::string& text) {
    wire::check(
        MPI_Send(text.data(), static_cast<int>(text.size()), MPI_BYTE, rank, word_tag, *state_->world),
        "MPI_Send");
}

std::string Session::hear() {
    // What is measured meanwhile must not be disturbed: a hundred probes a second.
    constexpr auto nap = std::chrono::milliseconds(10);
    constexpr int naps_between_looks = 100;
    MPI_Status status;
    for (int naps = 0;; ++naps) {
        int there = 0;
        wire::check(MPI_Iprobe(root, word_tag, *state_->world, &there, &status), "MPI_Iprobe");
        if (there) break;
        if (naps % naps_between_looks == naps_between_looks - 1) state_->check_all_alive();
        std::this_thread::sleep_for(nap);
    }
    int length = 0;
    wire::check(MPI_Get_count(&status, MPI_BYTE, &length), "MPI_Get_count");
    std::string text(static_cast<std::size_t>(length), '\0');
    wire::check(MPI_Recv(text.data(), length, MPI_BYTE, root, word_tag, *state_->world, MPI_STATUS_IGNORE),
                "MPI_Recv");
    return text;
}

int Session::rank() const noexcept { return state_->rank; }
int Session::size() const noexcept { return state_->size; }
const std::string& Session::host() const noexcept { return state_->host; }

const std::vector<system::Process>& Session::processes() const noexcept { return state_->processes; }
boost::mpi::communicator* Session::world() noexcept { return state_->size > 1 ? &*state_->world : nullptr; }

void Session::check_same_version(const std::string& version) {
    const std::vector<std::string> versions = gather(version);
    const std::vector<std::string> hosts = gather(host());
    share_processes();
    ::alarm(0);
    std::string verdict;
    for (std::size_t rank = 1; rank < versions.size() && verdict.empty(); ++rank) {
        if (versions[rank] == versions[root]) continue;
        verdict = "rank " + std::to_string(rank) + " on " + hosts[rank] + " runs version " + versions[rank] +
                  ", but rank 0 on " + hosts[root] + " runs " + versions[root] +
                  "; start the same build on every host";
    }
    broadcast(verdict);
    if (!verdict.empty()) throw std::runtime_error(verdict);
}

/// From here on everybody knows who is to be looked after.
void Session::share_processes() {
    const system::Process own = system::this_process();
    std::string all;
    for (const std::string& one : gather(std::to_string(own.number) + ' ' + own.space)) all += one + '\n';
    broadcast(all);
    std::istringstream lines(all);
    for (system::Process process; lines >> process.number >> process.space;)
        state_->processes.push_back(process);
}

void Session::broadcast(std::string& bytes) {
    if (size() == 1) return;
    std::uint64_t length = bytes.size();
    state_->broadcast_piece(&length, sizeof length);
    bytes.resize(length);
    for (std::uint64_t offset = 0; offset < length; offset += wire::largest_piece)
        state_->broadcast_piece(bytes.data() + offset, std::min(wire::largest_piece, length - offset));
}

std::vector<std::string> Session::gather(const std::string& text) {
    if (size() == 1) return {text};
    const MPI_Comm communicator = *state_->world;
    const int length = static_cast<int>(text.size());
    std::vector<int> lengths(static_cast<std::size_t>(size()));
    MPI_Request request = MPI_REQUEST_NULL;
    wire::check(MPI_Igather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, root, communicator, &request),
                "MPI_Igather");
    state_->finish(request);
    std::vector<int> offsets(lengths.size(), 0);
    for (std::size_t i = 1; i < lengths.size(); ++i) offsets[i] = offsets[i - 1] + lengths[i - 1];
    std::string all(static_cast<std::size_t>(offsets.back() + lengths.back()), '\0');
    wire::check(MPI_Igatherv(text.data(), length, MPI_BYTE, all.data(), lengths.data(), offsets.data(),
                             MPI_BYTE, root, communicator, &request),
                "MPI_Igatherv");
    state_->finish(request);
    std::vector<std::string> texts;
    if (rank() != root) return texts;
    for (std::size_t i = 0; i < lengths.size(); ++i)
        texts.push_back(
            all.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(lengths[i])));
    return texts;
}

void Session::abort(int exit_code) noexcept {
    if (state_->environment) MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
}

} // namespace ordermill::cluster
