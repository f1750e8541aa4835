#pragma once

#include "cluster/session/session.hpp"

#include <boost/mpi/communicator.hpp>

namespace ordermill::testing {

/// The session that tests/support/mpi_main.cpp opened. Every rank runs every test case, in the same order. A
/// test that needs workers returns at once when `world()` is null (one rank).
cluster::Session& session();
inline boost::mpi::communicator* world() { return session().world(); }

/// Collective: true if `ok` is true on every rank. A REQUIRE that fails on one rank only would leave the
/// others hanging in the next collective: so CHECK locally, then REQUIRE(on_all(world, ok)).
bool on_all(boost::mpi::communicator& world, bool ok);

} // namespace ordermill::testing
