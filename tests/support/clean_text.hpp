#pragma once

#include "app/job/job_file.hpp"
#include "app/plan/plan.hpp"
#include "core/clean/clean.hpp"
#include "core/csv/csv.hpp"
#include "core/field/lookup_read.hpp"

#include <map>
#include <string>
#include <vector>

namespace ordermill::test {

/// What cleaning a text with a job gives, all in memory.
struct Cleaned {
    std::string clean;   ///< with its header
    std::string rejects; ///< without a header
    std::string raw;
    core::Accounts accounts;
    core::Tally tally;
    core::TallyShape shape;
};

/// A job for one text in memory.
struct ReadyJob {
    app::CompiledPlan compiled;
    std::uint64_t data_begin = 0; ///< behind the header
    const core::Recipe& recipe() const { return compiled.recipes.front(); }
    const core::HeaderMapping& mapping() const { return compiled.mappings.front(); }
    core::Chunk chunk(const std::string& csv) const {
        return {.bytes = csv,
                .begin = data_begin,
                .end = csv.size(),
                .known_start = true,
                .at_end = true,
                .file = "test.csv"};
    }
};

/// `files`: the contents of look-up and value files that the job names. The first line of `csv` is its
/// header.
inline ReadyJob ready_job(const std::string& job, const std::string& csv,
                          const std::map<std::string, std::string>& files = {}) {
    app::Plan plan;
    plan.job_path = "test.cfg";
    plan.job_text = job;
    plan.attachments = files;
    app::PlannedFile file;
    file.path = "test.csv";
    const core::JobSpec spec = app::read_job(job, "test.cfg", {});
    const core::Dialect& dialect = spec.input.dialect;
    core::RecordReader reader(dialect, 0);
    reader.open(csv, 0, true);
    reader.next();
    for (const core::FieldView& field : reader.fields()) file.header.emplace_back(core::trim(field.view()));
    file.data_begin = reader.position();
    plan.files.push_back(file);
    if (spec.rest) {
        const app::CompiledPlan first = app::compile_plan(plan);
        plan.rest = first.recipes.front().unmapped(file.header);
    }
    return {app::compile_plan(plan), file.data_begin};
}

inline Cleaned clean_text(const std::string& job, const std::string& csv,
                          const std::map<std::string, std::string>& files = {}) {
    const ReadyJob ready = ready_job(job, csv, files);
    const core::Recipe& recipe = ready.recipe();
    core::Cleaner cleaner(recipe);
    core::Batch batch;
    batch.tally = core::Tally(recipe.shape());
    cleaner.clean(ready.chunk(csv), ready.mapping(), batch);
    core::Buffer rendered;
    Cleaned cleaned;
    cleaned.clean = recipe.output_header() + std::string(batch.clean.render(2, rendered));
    cleaned.rejects = batch.rejects.render(2, rendered);
    cleaned.raw = batch.rejects_raw.view();
    cleaned.accounts = batch.accounts;
    cleaned.tally = batch.tally;
    cleaned.shape = recipe.shape();
    return cleaned;
}

/// The rows of a rejects file without a header, field by field.
inline std::vector<std::vector<std::string>> reject_rows(std::string_view rejects) {
    constexpr std::uint32_t columns = 9;
    core::RecordReader reader({}, columns);
    reader.open(rejects, 0, true);
    std::vector<std::vector<std::string>> rows;
    while (reader.next() == core::RecordReader::Next::record) {
        auto& row = rows.emplace_back();
        for (const core::FieldView& field : reader.fields()) {
            std::string text(field.view());
            if (field.escaped)
                text.resize(static_cast<std::size_t>(core::unescape(field, {}, text.data()) - text.data()));
            row.push_back(std::move(text));
        }
    }
    return rows;
}

/// What comes out of a job: the clean rows without their header, then a line `!LINE REASON who says so` for
/// each fault.
inline std::string outcome(const std::string& job, const std::string& csv,
                           const std::map<std::string, std::string>& files = {}) {
    const Cleaned cleaned = clean_text(job, csv, files);
    std::string text = cleaned.clean.substr(cleaned.clean.find('\n') + 1);
    for (const auto& row : reject_rows(cleaned.rejects))
        text += "!" + row[1] + " " + row[5] + (row[6].empty() ? "" : " ") + row[6] + "\n";
    return text;
}

/// What becomes of one value of a field x: as written (with the flags behind it, if any), or `!REASON`.
inline std::string field_result(const std::string& line, const std::string& value) {
    const Cleaned cleaned = clean_text("[fields]\n" + line + "\ny = text\n", "x,y\n" + value + ",.\n");
    if (!cleaned.rejects.empty()) return "!" + reject_rows(cleaned.rejects).front()[5];
    const std::size_t row = cleaned.clean.find('\n') + 1;
    const std::size_t end = cleaned.clean.rfind(",.");
    return cleaned.clean.substr(row, end - row) +
           cleaned.clean.substr(end + 2, cleaned.clean.size() - end - 3);
}

/// The error that a job is refused with, or nothing. The CSV file has the columns a and b.
inline std::string job_error(const std::string& job, const std::map<std::string, std::string>& files = {}) {
    try {
        clean_text(job, "a,b\n1,2\n", files);
    } catch (const app::JobFileError& error) {
        return error.what();
    }
    return {};
}

} // namespace ordermill::test
