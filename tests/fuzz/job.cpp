// Random job files: whatever stands in one, it is compiled or refused with a sentence, and what is read
// prints back.
#include "app/job/job_file.hpp"
#include "app/job/job_print.hpp"
#include "core/field/lookup.hpp"
#include "core/recipe/recipe.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/seed_files.hpp"
#include "support/job_samples.hpp"

#include <memory>

using namespace ordermill;

namespace {

/// Look-ups without rows, their columns as the job says.
std::vector<std::shared_ptr<const core::LookupTable>> empty_lookups(const core::JobSpec& spec) {
    std::vector<std::shared_ptr<const core::LookupTable>> tables;
    for (const core::LookupSpec& lookup : spec.lookups) {
        std::vector<core::ValueType> keys;
        std::vector<core::LookupTable::Column> columns;
        for (const core::FieldSpec& key : lookup.keys) keys.push_back(core::Field::compile(key).type());
        for (const core::FieldSpec& column : lookup.columns)
            columns.push_back({column.name, core::Field::compile(column).type()});
        tables.push_back(std::make_shared<core::LookupTable>(lookup.name, keys, columns));
    }
    return tables;
}

void compile(const core::JobSpec& spec) {
    const auto lookups = empty_lookups(spec);
    core::Recipe::compile(spec, spec.input, lookups, {});
    for (const core::InputSpec& input : spec.inputs) core::Recipe::compile(spec, input, lookups, {});
}

} // namespace

std::vector<std::string> fuzz::seeds() {
    std::vector<std::string> texts = files_in(ORDERMILL_SOURCE "/jobs", ".cfg");
    for (const std::string_view sample : {tests::electronics, tests::cafe, tests::everything})
        texts.emplace_back(sample);
    return texts;
}

std::vector<fuzz::Expected> fuzz::expected_outcomes() {
    return {{"not read", 0.1}, {"not compiled", 0.01}, {"compiled", 0.05}};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    core::JobSpec spec;
    try {
        spec = app::read_job(text, "fuzz.cfg", {});
    } catch (const app::JobFileError& error) {
        fuzz::require(std::string_view(error.what()).starts_with("fuzz.cfg:"), "an error names the file");
        fuzz::note("not read");
        return 0;
    }
    const std::string printed = app::print_job(spec);
    const core::JobSpec again = app::read_job(printed, "fuzz.cfg", {});
    fuzz::require(again == spec, "a printed job means the same");
    fuzz::require_equal(app::print_job(again), printed, "a printed job, printed again");
    try {
        compile(spec);
        fuzz::note("compiled");
    } catch (const core::JobError& error) {
        fuzz::require(!std::string_view(error.what()).empty(), "an error is a sentence");
        fuzz::note("not compiled");
    }
    return 0;
}
