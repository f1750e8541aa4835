#include "app/base/parse_words.hpp"

#include "app/base/errors.hpp"
#include "core/base/suggest.hpp"

#include <fmt/format.h>

namespace ordermill::app {

std::string suggestion(const std::string& word, const std::vector<std::string>& known,
                       std::string_view prefix) {
    const std::string_view near = core::nearest(word, known);
    return near.empty() ? std::string() : fmt::format("; did you mean {}{}?", prefix, near);
}

namespace {

/// Program_options' errors in our words: the option's name and what is wrong with it.
[[noreturn]] void rethrow_usage(const std::string& command, const po::options_description& options) {
    std::vector<std::string> known;
    for (const auto& option : options.options()) known.push_back(option->long_name());
    const std::string see = fmt::format(" (see ordermill {} --help)", command);
    try {
        throw;
    } catch (const po::unknown_option& error) {
        std::string name = error.get_option_name();
        name.erase(0, name.find_first_not_of('-'));
        const std::string near = suggestion(name, known, "--");
        throw UsageError(fmt::format("unknown option --{}{}{}", name, near, near.empty() ? see : ""));
    } catch (const po::too_many_positional_options_error&) {
        throw UsageError(command + ": unexpected argument; each value needs its option before it" + see);
    } catch (const po::error& error) {
        throw UsageError(error.what() + see);
    }
}

} // namespace

po::variables_map parse(const std::string& command, const std::vector<std::string>& words,
                        const po::options_description& options,
                        const po::positional_options_description& positional) {
    po::variables_map values;
    try {
        using namespace po::command_line_style;
        po::store(po::command_line_parser(words)
                      .options(options)
                      .positional(positional)
                      .style(unix_style & ~allow_guessing)
                      .run(),
                  values);
        po::notify(values);
    } catch (const po::error&) {
        rethrow_usage(command, options);
    }
    return values;
}

} // namespace ordermill::app
