#include "app/job/job_file.hpp"

#include "app/job/job_fields.hpp"
#include "app/job/job_rules.hpp"
#include "app/job/job_settings.hpp"
#include "app/job_syntax/job_lines.hpp"

#include <fmt/format.h>

namespace ordermill::app {

using core::JobError;
using core::JobSpec;

namespace {

template<typename Read>
void each(const std::vector<Section>& sections, std::string_view kind, bool named, Read read) {
    for (const Section& section : sections) {
        if (section.kind == kind && section.name.empty() != named) read(section);
    }
}

/// Every other section refers to fields, and inputs to the plain `[input]`: those come first, whatever their
/// order in the file.
void read_sections(const std::vector<Section>& sections, JobSpec& job) {
    each(sections, "run", false, [&](const Section& s) { read_run(s, job.max_rejects); });
    each(sections, "input", false, [&](const Section& s) { read_input(s, job.input); });
    each(sections, "input", true, [&](const Section& s) {
        core::InputSpec& input = job.inputs.emplace_back(job.input);
        input.files.clear();
        read_input(s, input);
        if (input.files.empty()) throw JobError(s.place, fmt::format("[input.{}] needs \"files\"", s.name));
    });
    each(sections, "fields", false, [&](const Section& s) { read_fields(s, job); });
    if (job.fields.empty() && !job.rest) throw JobError({}, "the job has no section [fields]");
    each(sections, "fields", true, [&](const Section& s) { read_field_overrides(s, job); });
    each(sections, "split", true, [&](const Section& s) { read_split(s, job); });
    each(sections, "lookup", true, [&](const Section& s) { read_lookup(s, job); });
    each(sections, "repair", false, [&](const Section& s) { read_repair(s, job); });
    each(sections, "rules", false, [&](const Section& s) { read_rules(s, job); });
    each(sections, "drop", true, [&](const Section& s) { read_drop(s, job); });
    each(sections, "duplicates", true, [&](const Section& s) { read_duplicates(s, job); });
    each(sections, "order", false, [&](const Section& s) { read_order(s, job); });
    each(sections, "output", false, [&](const Section& s) { read_output(s, job.output); });
    check_references(job);
}

} // namespace

std::string_view job_name(std::string_view file_name) {
    const std::size_t slash = file_name.rfind('/');
    if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    const std::size_t dot = file_name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? file_name : file_name.substr(0, dot);
}

JobSpec read_job(std::string_view text, std::string_view file_name, std::span<const std::string> overrides) {
    JobSpec job;
    job.name = job_name(file_name);
    try {
        read_sections(read_lines(text, overrides), job);
    } catch (const JobError& error) {
        rethrow(error, file_name, overrides);
    }
    return job;
}

std::string located(const JobError& error, std::string_view file_name,
                    std::span<const std::string> overrides) {
    if (error.place.line != 0)
        return fmt::format("{}:{}:{}: {}", file_name, error.place.line, error.place.column, error.what());
    const std::string label = override_label(error.place, overrides);
    return fmt::format("{}: {}", label.empty() ? file_name : std::string_view(label), error.what());
}

void rethrow(const JobError& error, std::string_view file_name, std::span<const std::string> overrides) {
    throw JobFileError(located(error, file_name, overrides));
}

} // namespace ordermill::app
