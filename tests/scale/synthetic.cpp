#include "scale/synthetic.hpp"

#include "app/command/generate.hpp"
#include "core/clean/clean.hpp"
#include "core/csv/csv.hpp"
#include "io/input.hpp"

#include <filesystem>
#include <unistd.h>

namespace ordermill::scale {
namespace {

constexpr std::uint64_t sample_records = 50'000;

std::string sample_text() {
    const auto path =
        std::filesystem::temp_directory_path() / ("ordermill-scale-" + std::to_string(::getpid()) + ".csv");
    app::generate({.orders = sample_records, .seed = 1, .output = path.string()});
    std::string text = io::read_whole_file(path.string());
    std::filesystem::remove(path);
    return text;
}

/// Duplicates are the last section of jobs/retail.cfg.
std::string without_duplicates(const std::string& job) { return job.substr(0, job.find("[duplicates.")); }

app::PlannedFile header_of(const std::string& text) {
    app::PlannedFile file;
    file.path = "ten-terabytes.csv";
    file.raw_name = file.path;
    core::RecordReader reader({}, 0);
    reader.open(text, 0, true);
    reader.next();
    for (const core::FieldView& field : reader.fields()) file.header.emplace_back(field.view());
    file.data_begin = reader.position();
    file.lines_before = 1;
    return file;
}

Sample clean_sample(const Synthetic& of, const std::string& text) {
    const core::Recipe& recipe = of.compiled.recipes.front();
    core::Cleaner cleaner(recipe);
    core::Batch batch(recipe.shape().size());
    const std::uint64_t begin = of.plan.files.front().data_begin;
    cleaner.clean({.bytes = text,
                   .begin = begin,
                   .end = text.size(),
                   .known_start = true,
                   .at_end = true,
                   .file = of.plan.files.front().path},
                  of.compiled.mappings.front(), batch);
    return {.bytes = text.size() - begin,
            .accounts = batch.accounts,
            .clean_bytes = batch.clean.size(1),
            .rejects_bytes = batch.rejects.size(1),
            .tally = batch.tally.encode()};
}

} // namespace

Synthetic synthetic(const std::string& job_path, std::uint64_t bytes, std::uint64_t chunk_size, int workers,
                    bool keeps) {
    Synthetic made;
    const std::string text = sample_text();
    made.plan.job_path = job_path;
    made.plan.job_text = io::read_whole_file(job_path);
    if (!keeps) made.plan.job_text = without_duplicates(made.plan.job_text);
    made.plan.files.push_back(header_of(text));
    app::PlannedFile& file = made.plan.files.front();
    file.data_end = file.size = file.data_begin + bytes;
    made.plan.chunk_size = chunk_size != 0 ? chunk_size : app::automatic_chunk_size(bytes, workers);
    made.compiled = app::compile_plan(made.plan);
    made.sample = clean_sample(made, text);
    return made;
}

} // namespace ordermill::scale
