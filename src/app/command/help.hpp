#pragma once

#include <string>

/// What --help prints.
namespace ordermill::app {

std::string main_help();
std::string clean_help();
std::string run_help();
std::string plan_help();
std::string explain_help();
std::string try_help();
std::string study_help();
std::string generate_help();

} // namespace ordermill::app
