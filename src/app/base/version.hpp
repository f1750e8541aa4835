#pragma once

#include <string>

namespace ordermill::app {

/// "0.1.0".
std::string version_number();
/// "ordermill 0.1.0".
std::string version_text();
/// Version and build: ranks that differ in it don't work together.
std::string build_identity();
/// Compiler and build type: "GNU 12.2.0, Release".
std::string build_text();
/// The commit that the sources were configured at; empty when that isn't known.
std::string source_commit();

} // namespace ordermill::app
