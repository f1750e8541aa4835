#pragma once

#include <string>

/// What --help prints.
namespace ordermill::app {

std::string main_help();
std::string clean_help();
std::string generate_help();

} // namespace ordermill::app
