#include "cluster/session/session.hpp"

#include "support/catch.hpp"
#include "support/mpi.hpp"

#include <boost/mpi/environment.hpp>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace ordermill;
using testing::session;
using testing::world;

namespace {

constexpr const char* launch_variables[] = {
    "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "SLURM_NTASKS", "SLURM_CPUS_PER_TASK"};

/// The launcher's variables replaced by others for one scope.
class Environment {
  public:
    explicit Environment(const std::map<std::string, std::string>& variables) {
        for (const char* name : launch_variables) {
            if (const char* value = std::getenv(name)) saved_[name] = value;
            unsetenv(name);
        }
        for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    }
    ~Environment() {
        for (const char* name : launch_variables) unsetenv(name);
        for (const auto& [name, value] : saved_) setenv(name.c_str(), value.c_str(), 1);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    std::map<std::string, std::string> saved_;
};

std::string random_bytes(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

bool everywhere(bool ok) { return world() ? testing::on_all(*world(), ok) : ok; }

} // namespace

TEST_CASE("the launch is read from the environment") {
    struct Case {
        std::map<std::string, std::string> variables;
        bool under_mpi;
        std::optional<int> expected;
        std::string expected_from;
        int cpus_per_task;
    };
    const std::vector<Case> cases = {
        {{}, false, std::nullopt, "", 1},
        {{{"OMPI_COMM_WORLD_SIZE", "4"}, {"PMIX_RANK", "0"}}, true, 4, "OMPI_COMM_WORLD_SIZE", 1},
        {{{"OMPI_COMM_WORLD_SIZE", "4"}, {"SLURM_NTASKS", "9"}}, true, 4, "OMPI_COMM_WORLD_SIZE", 1},
        {{{"SLURM_NTASKS", "9"}}, false, 9, "SLURM_NTASKS", 1},
        {{{"SLURM_NTASKS", "9"}, {"PMIX_RANK", "3"}, {"SLURM_CPUS_PER_TASK", "8"}},
         true,
         9,
         "SLURM_NTASKS",
         8},
        {{{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}, true, 2, "PMI_SIZE", 1},
        {{{"SLURM_NTASKS", "many"}, {"SLURM_CPUS_PER_TASK", "0"}}, false, std::nullopt, "", 1},
        {{{"SLURM_NTASKS", "4x"}}, false, std::nullopt, "", 1},
        {{{"SLURM_NTASKS", ""}}, false, std::nullopt, "", 1},
    };
    for (const Case& expected : cases) {
        const Environment environment(expected.variables);
        const cluster::Launch launch = cluster::read_launch();
        INFO("case " << &expected - cases.data());
        CHECK(launch.under_mpi == expected.under_mpi);
        CHECK(launch.expected == expected.expected);
        CHECK(launch.expected_from == expected.expected_from);
        CHECK(launch.cpus_per_task == expected.cpus_per_task);
    }
}

TEST_CASE("a session without a launcher is alone and never touches MPI") {
    cluster::Session alone{cluster::Launch{}};
    CHECK(alone.rank() == 0);
    CHECK(alone.size() == 1);
    CHECK(alone.world() == nullptr);
    CHECK_FALSE(alone.host().empty());
    std::string bytes = "as they were";
    alone.broadcast(bytes);
    CHECK(bytes == "as they were");
    CHECK(alone.gather("me") == std::vector<std::string>{"me"});
    CHECK_NOTHROW(alone.check_same_version("1"));
}

TEST_CASE("the session has as many ranks as the launcher promised") {
    const cluster::Launch launch = cluster::read_launch();
    CHECK(session().size() == launch.expected.value_or(1));
    CHECK((world() == nullptr) == (session().size() == 1));
    CHECK(boost::mpi::environment::initialized() == launch.under_mpi);
}

TEST_CASE("rank 0's bytes reach everybody") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, std::size_t{30} << 20}) {
        const std::string expected = random_bytes(size, 5);
        std::string bytes = session().rank() == 0 ? expected : "something else";
        session().broadcast(bytes);
        INFO("size " << size);
        CHECK(everywhere(bytes == expected));
    }
}

TEST_CASE("texts are gathered by rank, on rank 0 only") {
    const auto text_of = [](int rank) {
        return std::string(static_cast<std::size_t>(rank) * 1000, 'x') + std::to_string(rank);
    };
    const std::vector<std::string> texts = session().gather(text_of(session().rank()));
    std::vector<std::string> expected;
    for (int rank = 0; session().rank() == 0 && rank < session().size(); ++rank)
        expected.push_back(text_of(rank));
    CHECK(texts == expected);
}

TEST_CASE("ranks of different versions refuse to work together, on every rank") {
    CHECK_NOTHROW(session().check_same_version("0.1.0 abcdef"));
    if (!world()) return;
    const int last = session().size() - 1;
    const std::string version = session().rank() == last ? "0.2.0" : "0.1.0";
    std::string message;
    try {
        session().check_same_version(version);
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK(everywhere(message == "rank " + std::to_string(last) + " on " + session().host() +
                                    " runs version 0.2.0, but rank 0 on " + session().host() +
                                    " runs 0.1.0; start the same build on every host"));
}

TEST_CASE("the first ranks are a session of their own, while the others sleep") {
    cluster::Session& whole = session();
    for (int ranks = 1; ranks <= whole.size(); ++ranks) {
        const std::unique_ptr<cluster::Session> part = whole.of_first(ranks);
        CHECK(everywhere((part != nullptr) == (whole.rank() < ranks)));
        bool ok = true;
        if (whole.rank() == 0) {
            for (int rank = 1; rank < whole.size(); ++rank) whole.tell(rank, "hello " + std::to_string(rank));
        } else {
            ok = whole.hear() == "hello " + std::to_string(whole.rank());
        }
        if (part) {
            ok = ok && part->size() == ranks && part->rank() == whole.rank() &&
                 (part->world() != nullptr) == (ranks > 1);
            std::string bytes = part->rank() == 0 ? random_bytes(100'000, 5) : "";
            part->broadcast(bytes);
            ok = ok && bytes == random_bytes(100'000, 5);
            const auto names = part->gather(std::to_string(part->rank()));
            ok = ok && (part->rank() != 0 || (names.size() == static_cast<std::size_t>(ranks) &&
                                              names.back() == std::to_string(ranks - 1)));
        }
        CHECK(everywhere(ok));
    }
}
