#pragma once

#include "study/analysis/analysis.hpp"

#include <span>
#include <string>
#include <vector>

/// What a study leaves behind, as text and as files.
namespace ordermill::study {

/// study.json: metrics, fits, verdict, notes, by mode; the runs are in raw.csv.
std::string json_text(const std::vector<Analysis>& analyses, std::span<const RawRow> rows);

/// Extra-P's JSON Lines (https://github.com/extra-p/extrap, docs/file-formats.md): an object a line with
/// `params` (p: workers), `callpath` (ordermill->PHASE), `metric` (wall_s, cpu_s: means over the workers) and
/// `value`, all repeats in a list. Of one mode, since Extra-P wants a file for each kind of scaling. Serial
/// and oversubscribed sizes are left out.
std::string extra_p_text(const Analysis& analysis);

/// study.html: one file, no script, nothing from any network (its own Content-Security-Policy forbids it).
std::string html_text(const std::vector<Analysis>& analyses, std::span<const RawRow> rows);

/// Writes study.json, study.html, MODE-extra-p.jsonl and the plots as MODE-PLOT.svg into the folder, which
/// must be there; files of these names are replaced. The raw rows are the caller's. Throws FileError.
void write_exports(const std::string& folder, const std::vector<Analysis>& analyses,
                   std::span<const RawRow> rows);

} // namespace ordermill::study
