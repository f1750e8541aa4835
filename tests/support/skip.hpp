#pragma once

#include <string>

namespace ordermill::test {

/// Prints `skipped: REASON` for a part of a unit test that this machine can't run. The program then ends with
/// 77 if nothing failed, and ctest lists it as skipped. Defined beside the units' main.
void skip(const std::string& reason);

} // namespace ordermill::test
