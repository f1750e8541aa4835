#include "app/plan/attachments.hpp"

#include "app/job/job_file.hpp"
#include "app/job_syntax/job_lines.hpp"
#include "core/field/lookup_read.hpp"
#include "io/input.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

/// Files that the job names are looked for beside it; those that `--set` names, in the current folder.
std::string path_of(const std::string& job_path, const std::string& name, core::Place place) {
    const fs::path path(name);
    if (path.is_absolute() || from_override(place)) return name;
    return (fs::path(job_path).parent_path() / path).string();
}

/// Reads the files that the job names, each once.
class Attaching {
  public:
    explicit Attaching(Plan& plan) : plan_(plan) {}

    void attach(const std::string& name, core::Place place) {
        const std::string path = path_of(plan_.job_path, name, place);
        try {
            const auto [known, fresh] = paths_.emplace(name, path);
            if (fresh) {
                plan_.attachments[name] = io::read_whole_file(path);
                plan_.attachment_paths.push_back(path);
            }
            if (known->second == path) return;
            throw core::JobError(place,
                                 fmt::format("\"{}\" names two files, one beside the job file and one in the "
                                             "current folder; write an absolute path for one of them",
                                             name));
        } catch (const io::InputError& error) {
            rethrow(core::JobError(place, error.what()), plan_.job_path, plan_.overrides);
        } catch (const core::JobError& error) {
            rethrow(error, plan_.job_path, plan_.overrides);
        }
    }

  private:
    Plan& plan_;
    std::map<std::string, std::string> paths_;
};

/// Fields whose allowed values or aliases stand in a file or a look-up get them.
void fill(std::vector<core::FieldSpec>& fields, const core::JobSpec& spec, const Plan& plan) {
    for (core::FieldSpec& field : fields) {
        if (!field.values_lookup.empty()) {
            for (const core::LookupSpec& lookup : spec.lookups) {
                if (lookup.name != field.values_lookup) continue;
                const auto keys = core::lookup_keys(lookup, plan.attachments.at(lookup.file));
                field.values.insert(field.values.end(), keys.begin(), keys.end());
            }
        }
        if (field.file.empty()) continue;
        const std::size_t wanted = field.type == core::FieldType::enumeration ? 1 : 2;
        const auto table = core::read_table(plan.attachments.at(field.file), {}, field.file, field.place);
        if (table.header.size() < wanted) {
            throw core::JobError(field.place, fmt::format("field {}: the file {} needs at least {} columns",
                                                          field.name, field.file, wanted));
        }
        for (const auto& row : table.rows) {
            if (wanted == 1) {
                field.values.push_back(row[0]);
            } else {
                field.aliases.emplace_back(row[0], row[1]);
            }
        }
    }
}

} // namespace

void attach_files(Plan& plan, const core::JobSpec& spec) {
    Attaching attaching(plan);
    for (const core::LookupSpec& lookup : spec.lookups) attaching.attach(lookup.file, lookup.file_place);
    const auto attach_field = [&attaching](const core::FieldSpec& field) {
        if (!field.file.empty()) attaching.attach(field.file, field.place_of("file"));
    };
    for (const core::FieldSpec& field : spec.fields) attach_field(field);
    for (const auto& [section, fields] : spec.field_overrides) {
        for (const core::FieldSpec& field : fields) attach_field(field);
    }
}

void fill_from_attachments(core::JobSpec& spec, const Plan& plan) {
    fill(spec.fields, spec, plan);
    for (auto& [section, fields] : spec.field_overrides) fill(fields, spec, plan);
}

} // namespace ordermill::app
