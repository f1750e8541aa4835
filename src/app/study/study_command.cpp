#include "app/study/study_command.hpp"

#include "app/base/errors.hpp"
#include "app/terminal/aligned_table.hpp"
#include "study/analysis/analysis.hpp"
#include "study/analysis/comparison.hpp"
#include "study/page/exports.hpp"
#include "study/rows/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* raw_name = "raw.csv";
constexpr const char* timeline_name = "timeline.csv";

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
    std::string text = study::title(analysis) + "\n\n" + table_text(study::size_table(analysis));
    text += "\nPOP efficiencies (serialisation and transfer are not measured)\n\n" +
            table_text(study::pop_table(analysis));
    text += "\nFitted laws\n" + list_text(study::fit_sentences(analysis));
    text += "\nWhat bounds the run\n" + list_text({analysis.bottleneck.sentence});
    if (!analysis.ceiling.empty()) text += list_text({analysis.ceiling});
    text += "\nWhat it costs\n\n" + table_text(study::cost_table(analysis)) +
            list_text({study::best_sentence(analysis)});
    text += "\nWhat else went on meanwhile\n\n" + table_text(study::conditions_table(analysis));
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

std::string publish_study(const std::string& folder, std::span<const study::RawRow> rows,
                          std::span<const study::TimelineRow> timeline) {
    const std::vector<study::Analysis> analyses = study::analyse(rows, timeline);
    study::write_exports(folder, analyses, rows);
    std::string text;
    for (const study::Provenance& fact : study::provenance(rows)) text += fact.value + '\n';
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

namespace {

/// Whose rows they are, in a line.
std::string origin(const std::string& path, const std::vector<study::RawRow>& rows) {
    std::string text = path;
    for (const study::Provenance& fact : study::provenance(rows)) text += "; " + fact.value;
    return text;
}

nlohmann::ordered_json comparison_json(const study::SizeComparison& size) {
    nlohmann::ordered_json json{{"mode", study::name(size.mode)},
                                {"setting", size.setting},
                                {"workers", size.workers},
                                {"first_seconds", size.first_seconds},
                                {"second_seconds", size.second_seconds},
                                {"same_work", size.same_work},
                                {"ratio", size.ratio},
                                {"ratio_95_percent", nullptr},
                                {"sentence", size.sentence}};
    if (size.ratio_range) json["ratio_95_percent"] = {size.ratio_range->min, size.ratio_range->max};
    return json;
}

} // namespace

std::string compare_two(const StudyOptions& options) {
    std::vector<std::vector<study::RawRow>> rows;
    for (const std::string& path : options.compare) {
        if (!fs::is_regular_file(path))
            throw UsageError(fmt::format("--compare {}: there is no such file", path));
        rows.push_back(study::read_raw(path));
    }
    const std::vector<study::SizeComparison> sizes = study::compare_studies(rows[0], rows[1]);
    std::string text = "first:  " + origin(options.compare[0], rows[0]) + '\n';
    text += "second: " + origin(options.compare[1], rows[1]) + "\n\n";
    text += table_text(study::comparison_table(sizes)) + '\n';
    std::vector<std::string> sentences;
    for (const study::SizeComparison& size : sizes) sentences.push_back(size.sentence);
    text += list_text(sentences);
    if (options.output.empty()) return text;
    nlohmann::ordered_json json{{"format", "ordermill comparison 1"}, {"files", options.compare}};
    for (const study::SizeComparison& size : sizes) json["sizes"].push_back(comparison_json(size));
    std::error_code error;
    fs::create_directories(options.output, error);
    if (error) throw study::FileError("create", options.output, error.value());
    replace_file(fs::path(options.output) / "comparison.json", json.dump(1) + '\n');
    return text;
}

} // namespace ordermill::app
