#include "app/base/errors.hpp"
#include "app/base/parse_words.hpp"
#include "app/study/study_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

namespace ordermill::app {
namespace {

po::options_description study_description() {
    po::options_description options;
    auto add = options.add_options();
    add("help,h", "");
    add("compare", po::value<std::vector<std::string>>()->multitoken());
    add("combine", po::value<std::vector<std::string>>()->multitoken()->composing());
    add("output,o", po::value<std::string>());
    add("force,f", po::bool_switch());
    add("resume", po::bool_switch());
    add("workers,w", po::value<std::string>());
    add("repeats", po::value<int>());
    add("precision", po::value<std::string>());
    add("weak", po::bool_switch());
    add("ceiling", po::value<std::string>());
    add("sweep", po::value<std::string>());
    add("burn", po::value<std::uint64_t>());
    add("orders", po::value<std::uint64_t>());
    return options;
}

/// The one of `options` that a word names: `--workers`, `--workers=1,2`, `-w`; null: none.
const po::option_description* option_of(const std::string& word, const po::options_description& options) {
    if (!word.starts_with('-')) return nullptr;
    const std::string name = word.substr(0, word.find('='));
    for (const auto& option : options.options()) {
        if (name == "--" + option->long_name() ||
            name == option->canonical_display_name(po::command_line_style::allow_dash_for_short))
            return option.get();
    }
    return nullptr;
}

/// The words that are the study's own, with what belongs to them; the others are left in `words`, for
/// `clean`.
std::vector<std::string> take_own_words(std::vector<std::string>& words,
                                        const po::options_description& options) {
    std::vector<std::string> own;
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const po::option_description* const option = option_of(words[i], options);
        (option != nullptr ? own : rest).push_back(words[i]);
        const bool with_next = option != nullptr && option->semantic()->max_tokens() > 0 &&
                               words[i].find('=') == std::string::npos;
        if (with_next && i + 1 < words.size()) own.push_back(words[++i]);
    }
    words = std::move(rest);
    return own;
}

/// The first word may be meant for us.
void check_for_typos(const std::vector<std::string>& words, const po::options_description& options) {
    if (words.empty() || !words.front().starts_with("--")) return;
    std::vector<std::string> known;
    for (const auto& option : options.options()) known.push_back(option->long_name());
    const std::string meant = suggestion(words.front().substr(2), known, "--");
    if (!meant.empty()) throw UsageError(fmt::format("unknown option {}{}", words.front(), meant));
}

std::vector<int> parse_workers(const std::string& text) {
    std::vector<int> sizes;
    std::istringstream list(text);
    for (std::string word; std::getline(list, word, ',');) {
        int size = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), size);
        if (error != std::errc() || end != word.data() + word.size() || size < 1)
            throw UsageError(fmt::format("--workers {}: expected numbers of workers such as 1,2,4", text));
        sizes.push_back(size);
    }
    if (sizes.empty()) throw UsageError("--workers: expected numbers of workers such as 1,2,4");
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
}

double parse_precision(const std::string& text) {
    const std::string number = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
    double percent = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), percent);
    if (error != std::errc() || end != number.data() + number.size() || !(percent > 0 && percent <= 100))
        throw UsageError(fmt::format("--precision {}: expected per cent of the median, such as 5", text));
    return percent / 100;
}

Ceiling parse_ceiling(const std::string& text) {
    if (text == "auto") return Ceiling::automatic;
    if (text == "always") return Ceiling::always;
    if (text == "never") return Ceiling::never;
    throw UsageError(fmt::format("--ceiling {}: expected auto, always or never", text));
}

/// "chunk-size=64KiB,1MiB": an option of clean, and its values.
void parse_sweep(const std::string& text, StudyOptions& options) {
    const std::size_t equals = text.find('=');
    std::istringstream list(equals == std::string::npos ? std::string() : text.substr(equals + 1));
    options.sweep = text.substr(0, equals);
    for (std::string value; std::getline(list, value, ',');) options.sweep_values.push_back(value);
    const auto& values = options.sweep_values;
    const bool whole =
        !options.sweep.empty() && values.size() >= 2 &&
        std::none_of(values.begin(), values.end(), [](const auto& value) { return value.empty(); });
    if (!whole || std::set<std::string>(values.begin(), values.end()).size() != values.size())
        throw UsageError(
            fmt::format("--sweep {}: expected an option of clean and two or more values of it, such "
                        "as chunk-size=64KiB,1MiB,8MiB",
                        text));
    for (const char* const own : {"input", "output", "set"})
        if (options.sweep == own)
            throw UsageError(fmt::format(
                "--sweep {}: --{} can't be swept, since its values aren't the same work", text, own));
}

} // namespace

StudyOptions parse_study(const std::vector<std::string>& words) {
    const auto says = [&](const std::string& option) {
        return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
            return word == option || word.starts_with(option + "=");
        });
    };
    const bool combines = says("--combine") || says("--compare");
    StudyOptions options;
    options.clean_words = words;
    const po::options_description description = study_description();
    std::vector<std::string> own = take_own_words(options.clean_words, description);
    if (combines) own = words;
    const po::variables_map values = parse("study", own, description, {});
    options.help = values.count("help") != 0;
    if (options.help) return options;
    options.compare = value_or(values, "compare", std::vector<std::string>());
    if (!options.compare.empty() && options.compare.size() != 2)
        throw UsageError(fmt::format("--compare takes the raw.csv of two studies, and {} {} given",
                                     options.compare.size(), options.compare.size() == 1 ? "is" : "are"));
    options.combine = value_or(values, "combine", std::vector<std::string>());
    options.output = value_or(values, "output", std::string());
    options.force = values["force"].as<bool>();
    options.resume = values["resume"].as<bool>();
    if (options.resume && options.force)
        throw UsageError(
            "--resume keeps the runs that are there and --force discards them: give one of them");
    options.weak = values["weak"].as<bool>();
    options.repeats = value_or(values, "repeats", options.repeats);
    if (options.repeats < 1)
        throw UsageError(fmt::format("--repeats {}: expected at least 1", options.repeats));
    options.command = fmt::format("ordermill study {}", fmt::join(words, " "));
    if (values.count("precision") != 0)
        options.precision = parse_precision(values["precision"].as<std::string>());
    if (values.count("ceiling") != 0) options.ceiling = parse_ceiling(values["ceiling"].as<std::string>());
    if (values.count("sweep") != 0) parse_sweep(values["sweep"].as<std::string>(), options);
    if (values.count("workers") != 0) options.workers = parse_workers(values["workers"].as<std::string>());
    options.burn_orders = value_or(values, "orders", options.burn_orders);
    if (values.count("burn") != 0) {
        if (values.count("repeats") != 0) options.burn_repeats = options.repeats;
        options.burn_iterations = values["burn"].as<std::uint64_t>();
        if (options.burn_iterations == 0 || options.burn_orders == 0)
            throw UsageError(fmt::format("--burn {} --orders {}: both must be at least 1",
                                         options.burn_iterations, options.burn_orders));
        if (!options.clean_words.empty())
            throw UsageError(fmt::format("study --burn takes no job and no options of clean: remove \"{}\"",
                                         options.clean_words.front()));
        return options;
    }
    if (!combines && options.clean_words.empty())
        throw UsageError("study needs a job file, or the raw rows of earlier studies: --combine RAW.csv ... "
                         "(see ordermill study --help)");
    if (options.output.empty() && !combines) check_for_typos(options.clean_words, description);
    if (options.output.empty() && options.compare.empty())
        throw UsageError("study needs --output FOLDER (see ordermill study --help)");
    return options;
}

} // namespace ordermill::app
