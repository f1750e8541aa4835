// Catch2's main under MPI: each rank's output is kept back, rank 0 prints its own and that of the ranks that
// failed. The exit code is not zero if any rank failed. A rank that takes longer than ORDERMILL_TEST_SECONDS
// (default 60) ends all of them.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "support/mpi.hpp"

#include <boost/mpi/collectives/all_reduce.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace ordermill::testing {

namespace {

cluster::Session* current_session = nullptr;
const std::ostringstream* kept_output = nullptr;

/// Not safe in a signal handler by the letter; the process ends here, and its output says where it hung.
void time_is_up(int) {
    const std::string text = kept_output ? kept_output->str() : std::string();
    std::fprintf(stderr, "rank %d: the time limit is over\n%s\n",
                 current_session ? current_session->rank() : -1, text.c_str());
    std::_Exit(124); // mpirun ends the other ranks
}

unsigned time_limit() {
    const char* text = std::getenv("ORDERMILL_TEST_SECONDS");
    const int seconds = text ? std::atoi(text) : 0;
    return seconds > 0 ? static_cast<unsigned>(seconds) : 60;
}

} // namespace

cluster::Session& session() { return *current_session; }

bool on_all(boost::mpi::communicator& world, bool ok) {
    return boost::mpi::all_reduce(world, ok ? 1 : 0, std::multiplies<int>()) == 1;
}

} // namespace ordermill::testing

int main(int argc, char* argv[]) {
    using namespace ordermill;
    std::signal(SIGALRM, testing::time_is_up);
    alarm(testing::time_limit());

    cluster::Session session(cluster::read_launch());
    testing::current_session = &session;
    std::ostringstream output;
    testing::kept_output = &output;
    std::streambuf* const stdout_buffer = std::cout.rdbuf(output.rdbuf());
    const int failures = Catch::Session().run(argc, argv);
    std::cout.rdbuf(stdout_buffer);

    const bool failed = failures != 0;
    const bool passed = session.world() ? testing::on_all(*session.world(), !failed) : !failed;
    const std::vector<std::string> outputs =
        session.gather(failed || session.rank() == 0 ? output.str() : "");
    for (std::size_t rank = 0; rank < outputs.size(); ++rank) {
        if (outputs[rank].empty()) continue;
        std::cout << "---- rank " << rank << " of " << outputs.size() << '\n' << outputs[rank] << std::flush;
    }
    testing::kept_output = nullptr;
    testing::current_session = nullptr;
    return passed ? 0 : 1;
}
