#include "cluster/session.hpp"

#include "cluster/waiting.hpp"
#include "cluster/wire.hpp"

#include <boost/mpi/collectives/gather.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/serialization/string.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace ordermill::cluster {

namespace {

constexpr int root = 0;

std::optional<int> read_count(const char* variable) {
    const char* text = std::getenv(variable);
    if (!text) return std::nullopt;
    const std::string_view view(text);
    int count = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), count);
    if (error != std::errc{} || end != view.data() + view.size() || count < 1) return std::nullopt;
    return count;
}

void finish(MPI_Request request) {
    Waiting waiting(Waiting::longest_spin);
    for (;;) {
        int done = 0;
        wire::check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
        if (done) return;
        waiting.pause();
    }
}

void broadcast_piece(void* bytes, std::uint64_t size, MPI_Comm communicator) {
    MPI_Request request = MPI_REQUEST_NULL;
    wire::check(MPI_Ibcast(bytes, static_cast<int>(size), MPI_BYTE, root, communicator, &request),
                "MPI_Ibcast");
    finish(request);
}

} // namespace

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "unknown-host";
    return name.data();
}

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
    std::string host = host_name();
    std::optional<boost::mpi::environment> environment;
    std::optional<boost::mpi::communicator> world;
    int rank = 0;
    int size = 1;
};

Session::Session(const Launch& launch) : state_(std::make_unique<State>()) {
    if (!launch.under_mpi) return;
    constexpr bool abort_on_exception = false; // main reports exceptions first, then aborts
    state_->environment.emplace(abort_on_exception);
    state_->world.emplace();
    state_->rank = state_->world->rank();
    state_->size = state_->world->size();
}

Session::~Session() = default;

int Session::rank() const noexcept { return state_->rank; }
int Session::size() const noexcept { return state_->size; }
const std::string& Session::host() const noexcept { return state_->host; }

boost::mpi::communicator* Session::world() noexcept { return state_->size > 1 ? &*state_->world : nullptr; }

void Session::check_same_version(const std::string& version) {
    const std::vector<std::string> versions = gather(version);
    const std::vector<std::string> hosts = gather(host());
    std::string verdict;
    for (std::size_t rank = 1; rank < versions.size() && verdict.empty(); ++rank) {
        if (versions[rank] == versions[root]) continue;
        verdict = "rank " + std::to_string(rank) + " on " + hosts[rank] + " runs version " + versions[rank] +
                  ", rank 0 on " + hosts[root] + " runs " + versions[root];
    }
    broadcast(verdict);
    if (!verdict.empty()) throw std::runtime_error(verdict);
}

void Session::broadcast(std::string& bytes) {
    if (size() == 1) return;
    const MPI_Comm communicator = *state_->world;
    std::uint64_t length = bytes.size();
    broadcast_piece(&length, sizeof length, communicator);
    bytes.resize(length);
    for (std::uint64_t offset = 0; offset < length; offset += wire::largest_piece) {
        broadcast_piece(bytes.data() + offset, std::min(wire::largest_piece, length - offset), communicator);
    }
}

std::vector<std::string> Session::gather(const std::string& text) {
    if (size() == 1) return {text};
    std::vector<std::string> texts;
    boost::mpi::gather(*state_->world, text, texts, root);
    return texts;
}

void Session::abort(int exit_code) noexcept {
    if (state_->environment) MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
}

} // namespace ordermill::cluster
