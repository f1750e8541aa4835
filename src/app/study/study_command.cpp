#include "app/study/study_command.hpp"

#include "app/base/errors.hpp"
#include "app/base/parse_words.hpp"
#include "app/terminal/aligned_table.hpp"
#include "study/analysis/analysis.hpp"
#include "study/page/exports.hpp"
#include "study/rows/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <sstream>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* raw_name = "raw.csv";
constexpr const char* timeline_name = "timeline.csv";

po::options_description study_description() {
    po::options_description options;
    auto add = options.add_options();
    add("help,h", "");
    add("combine", po::value<std::vector<std::string>>()->multitoken()->composing());
    add("output,o", po::value<std::string>());
    add("force,f", po::bool_switch());
    add("workers,w", po::value<std::string>());
    add("repeats", po::value<int>());
    add("weak", po::bool_switch());
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

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> right;
    for (std::size_t i = 0; i + 1 < rows.front().size(); ++i) right.push_back(i);
    AlignedTable table(right);
    for (const auto& row : rows) table.add(row);
    return table.text("  ");
}

std::string list_text(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += wrapped_text(sentence, "  - ", "    ");
    return text;
}

std::string analysis_text(const study::Analysis& analysis) {
    std::string text = study::title(analysis.mode()) + "\n\n" + table_text(study::size_table(analysis));
    text += "\nPOP efficiencies (serialisation and transfer are not measured)\n\n" +
            table_text(study::pop_table(analysis));
    text += "\nFitted laws\n" + list_text(study::fit_sentences(analysis));
    text += "\nWhat bounds the run\n" + list_text({analysis.bottleneck.sentence});
    text += "\nNotes\n" + list_text(analysis.notes);
    return text;
}

/// The rows of a kind from all files, each once.
template<typename Row, typename Read, typename Text>
std::vector<Row> read_all(const std::vector<std::string>& paths, Read read, Text text) {
    std::vector<Row> rows;
    std::set<std::string> seen;
    for (const std::string& path : paths)
        for (Row& row : read(path))
            if (seen.insert(text(std::span<const Row>(&row, 1))).second) rows.push_back(std::move(row));
    return rows;
}

/// The timelines that lie beside the raw rows.
std::vector<std::string> timelines_beside(const std::vector<std::string>& raw_files) {
    std::vector<std::string> paths;
    for (const std::string& raw : raw_files) {
        const std::string path = (fs::path(raw).parent_path() / timeline_name).string();
        if (fs::exists(path) && std::find(paths.begin(), paths.end(), path) == paths.end())
            paths.push_back(path);
    }
    return paths;
}

/// Rows are dear: those of another study are only replaced when they are among the ones that are combined.
void check_output(const StudyOptions& options) {
    const std::string target = (fs::path(options.output) / raw_name).string();
    if (options.force || !fs::exists(target)) return;
    const bool combined =
        std::any_of(options.combine.begin(), options.combine.end(), [&](const std::string& path) {
            std::error_code ignored;
            return fs::equivalent(path, target, ignored);
        });
    if (!combined)
        throw UsageError(fmt::format("{} exists already and is none of the files to combine: choose another "
                                     "--output, add the file to --combine, or give --force to replace it",
                                     target));
}

/// A file whole or as it was.
void replace_file(const fs::path& path, const std::string& text) {
    const std::string part = path.string() + ".part";
    study::write_file(part, text);
    std::error_code error;
    fs::rename(part, path, error);
    if (error) throw study::FileError("replace", path.string(), error.value());
}

} // namespace

StudyOptions parse_study(const std::vector<std::string>& words) {
    const bool combines = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word == "--combine" || word.starts_with("--combine=");
    });
    StudyOptions options;
    options.clean_words = words;
    const po::options_description description = study_description();
    std::vector<std::string> own = take_own_words(options.clean_words, description);
    if (combines) own = words;
    const po::variables_map values = parse("study", own, description, {});
    options.help = values.count("help") != 0;
    if (options.help) return options;
    options.combine = value_or(values, "combine", std::vector<std::string>());
    options.output = value_or(values, "output", std::string());
    options.force = values["force"].as<bool>();
    options.weak = values["weak"].as<bool>();
    options.repeats = value_or(values, "repeats", options.repeats);
    if (options.repeats < 1)
        throw UsageError(fmt::format("--repeats {}: expected at least 1", options.repeats));
    if (values.count("workers") != 0) options.workers = parse_workers(values["workers"].as<std::string>());
    options.burn_orders = value_or(values, "orders", options.burn_orders);
    if (values.count("burn") != 0) {
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
    if (options.output.empty()) throw UsageError("study needs --output FOLDER (see ordermill study --help)");
    return options;
}

std::string publish_study(const std::string& folder, std::span<const study::RawRow> rows,
                          std::span<const study::TimelineRow> timeline) {
    const std::vector<study::Analysis> analyses = study::analyse(rows, timeline);
    study::write_exports(folder, analyses, rows);
    std::string text;
    for (const std::string& line : study::provenance(rows)) text += line + '\n';
    for (const study::Analysis& analysis : analyses) text += '\n' + analysis_text(analysis);
    return text;
}

std::string combine_studies(const StudyOptions& options) {
    for (const std::string& path : options.combine)
        if (!fs::is_regular_file(path))
            throw UsageError(fmt::format("--combine {}: there is no such file", path));
    check_output(options);
    const auto rows = read_all<study::RawRow>(options.combine, study::read_raw, study::raw_text);
    const auto timeline = read_all<study::TimelineRow>(timelines_beside(options.combine),
                                                       study::read_timeline, study::timeline_text);
    study::analyse(rows); // what is wrong with them is said before anything is written
    std::error_code error;
    fs::create_directories(options.output, error);
    if (error) throw study::FileError("create", options.output, error.value());
    const fs::path folder(options.output);
    replace_file(folder / raw_name, study::raw_header() + study::raw_text(rows));
    if (!timeline.empty())
        replace_file(folder / timeline_name, study::timeline_header() + study::timeline_text(timeline));
    return publish_study(options.output, rows, timeline);
}

} // namespace ordermill::app
