#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What the commands share to read their options.
namespace ordermill::app {

namespace po = boost::program_options;

/// The words behind a command as its options. Throws UsageError in our words: the option's name, what is
/// wrong with it, the nearest known one.
po::variables_map parse(const std::string& command, const std::vector<std::string>& words,
                        const po::options_description& options,
                        const po::positional_options_description& positional);

template<class T>
T value_or(const po::variables_map& values, const char* name, T otherwise) {
    return values.count(name) != 0 ? values[name].as<T>() : otherwise;
}

/// "; did you mean --output?", or nothing.
std::string suggestion(const std::string& word, const std::vector<std::string>& known,
                       std::string_view prefix);

} // namespace ordermill::app
