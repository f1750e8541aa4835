#include "app/plan/plan.hpp"

#include "app/base/errors.hpp"
#include "app/job/job_file.hpp"
#include "app/plan/attachments.hpp"
#include "app/plan/output_conflicts.hpp"
#include "app/plan/plan_header.hpp"
#include "core/csv/csv.hpp"
#include "core/field/lookup_read.hpp"
#include "core/text/text.hpp"

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fnmatch.h>
#include <set>
#include <sstream>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

bool matches(const std::string& path, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0 ||
               ::fnmatch(pattern.c_str(), fs::path(path).filename().c_str(), 0) == 0;
    });
}

std::int32_t section_of(const std::string& path, const core::JobSpec& spec) {
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
        if (matches(path, spec.inputs[i].files)) return static_cast<std::int32_t>(i);
    }
    return -1;
}

/// A section's files. An error says where in the job they are named.
std::vector<std::string> files_of(const core::InputSpec& input, const PlanRequest& request) {
    std::vector<std::string> paths;
    for (const std::string& pattern : input.files) {
        try {
            const auto found = io::expand_inputs(std::span(&pattern, 1));
            paths.insert(paths.end(), found.begin(), found.end());
        } catch (const io::InputError& error) {
            std::error_code ignored;
            const bool hint = fs::path(pattern).is_relative() && !fs::exists(pattern, ignored);
            const core::JobError placed(
                input.files_place,
                fmt::format("[input{}{}] files: {}{}", input.name.empty() ? "" : ".", input.name,
                            error.what(), hint ? " (relative paths start at the current folder)" : ""));
            throw io::InputError(located(placed, request.job_path, request.overrides));
        }
    }
    return paths;
}

/// Those of the command line, or else the job's: of [input], then of the other sections in their order; a
/// file that is named twice comes once.
std::vector<std::string> input_paths(const PlanRequest& request, const core::JobSpec& spec) {
    if (!request.inputs.empty()) return io::expand_inputs(request.inputs);
    std::vector<std::string> paths = files_of(spec.input, request);
    std::set<std::string> known(paths.begin(), paths.end());
    for (const core::InputSpec& input : spec.inputs) {
        for (std::string& path : files_of(input, request)) {
            if (known.insert(path).second) paths.push_back(std::move(path));
        }
    }
    if (paths.empty()) {
        throw UsageError("no input: give --input FILES, or files = ... under [input] in " + request.job_path);
    }
    return paths;
}

/// Each read once; the same file under several names comes once, under the first.
std::vector<PlannedFile> read_headers(const std::vector<std::string>& paths, const core::JobSpec& spec,
                                      io::PipeInput& pipe) {
    std::vector<PlannedFile> files;
    std::set<io::FileIdentity> seen;
    for (const std::string& path : paths) {
        PlannedFile file;
        file.path = path;
        file.section = section_of(path, spec);
        const core::InputSpec& input =
            file.section < 0 ? spec.input : spec.inputs[static_cast<std::size_t>(file.section)];
        if (file.pipe()) {
            read_header(file, input, pipe);
        } else {
            const io::InputFile bytes(path);
            if (!seen.insert(bytes.identity()).second) continue;
            read_header(file, input, bytes);
        }
        files.push_back(std::move(file));
    }
    return files;
}

/// A name of its own below rejects-raw/ for each file: its last part, numbered where two files share it, or
/// would on a file system that ignores case, or one has another one's temporary name.
void name_raw_files(std::vector<PlannedFile>& files) {
    std::set<std::string> taken;
    const auto take = [&taken](const std::string& given) {
        const std::string name = folded(given);
        const std::string temporary = "." + name + ".part";
        if (taken.contains(name) || taken.contains(temporary)) return false;
        taken.insert({name, temporary});
        return true;
    };
    std::map<std::string, int> last_number;
    for (PlannedFile& file : files) {
        const std::string base = file.pipe() ? "stdin" : fs::path(file.path).filename().string();
        file.raw_name = base;
        int& n = last_number[base];
        for (n = std::max(n, 1); !take(file.raw_name);) file.raw_name = fmt::format("{}-{}", ++n, base);
    }
}

core::JobSpec complete_spec(const Plan& plan) {
    core::JobSpec spec = read_job(plan.job_text, plan.job_path, plan.overrides);
    fill_from_attachments(spec, plan);
    return spec;
}

std::vector<core::Recipe> compile_recipes(const core::JobSpec& spec, const Plan& plan) {
    std::vector<std::shared_ptr<const core::LookupTable>> lookups;
    for (const core::LookupSpec& lookup : spec.lookups) {
        lookups.push_back(core::read_lookup(lookup, plan.attachments.at(lookup.file)));
    }
    std::vector<core::Recipe> recipes;
    recipes.push_back(core::Recipe::compile(spec, spec.input, lookups, plan.rest));
    for (const core::InputSpec& input : spec.inputs) {
        recipes.push_back(core::Recipe::compile(spec, input, lookups, plan.rest));
    }
    return recipes;
}

/// Which columns a file has, and by what they were found.
std::string columns_found(const CompiledPlan& compiled, const PlannedFile& file) {
    const core::InputSpec& input = compiled.recipe_of(file).input();
    std::string section = input.name.empty() ? "[input]" : fmt::format("[input.{}]", input.name);
    if (input.name.empty() && !compiled.spec.inputs.empty()) section += ", as no other section's files match";
    return fmt::format("columns found by {}, with delimiter {}: {}", section,
                       core::visible_character(input.dialect.delimiter), shortened(file.header));
}

core::HeaderMapping resolve(const CompiledPlan& compiled, const PlannedFile& file) {
    try {
        core::HeaderMapping mapping = compiled.recipe_of(file).resolve(file.header, file.has_header);
        mapping.written = file.written_header;
        mapping.line_before = file.named_delimiter;
        return mapping;
    } catch (const core::JobError& error) {
        throw core::JobError(
            error.place, fmt::format("{}: {} ({})", file.path, error.what(), columns_found(compiled, file)));
    }
}

/// The highest number that a column is asked for by.
std::size_t columns_needed(const core::Recipe& recipe) {
    std::size_t needed = 1;
    for (const core::Recipe::Column& column : recipe.columns())
        needed = std::max<std::size_t>(needed, column.position);
    return needed;
}

/// A file without a header whose records don't tell the number of its columns, or too few of them, has those
/// of another file of its kind. When no file tells, they are as many as the job asks for.
void complete_columns(Plan& plan, const std::vector<core::Recipe>& recipes) {
    std::vector<std::size_t> needed;
    for (const core::Recipe& recipe : recipes) needed.push_back(columns_needed(recipe));
    const auto kind = [](const PlannedFile& file) { return static_cast<std::size_t>(file.section + 1); };
    const auto told = [&](const PlannedFile& file) { return file.header.size() >= needed[kind(file)]; };
    std::vector<std::vector<std::string>> headers(recipes.size());
    for (const PlannedFile& file : plan.files)
        if (headers[kind(file)].empty() && told(file)) headers[kind(file)] = file.header;
    for (PlannedFile& file : plan.files) {
        if (file.has_header || told(file)) continue;
        const std::vector<std::string>& header = headers[kind(file)];
        if (!header.empty()) file.header = header;
        if (file.header.empty()) file.header = numbered_names(needed[kind(file)]);
    }
}

/// Where the share's first record begins, as far as can be told from there.
std::uint64_t share_begin(const PlannedFile& file, const core::Recipe& recipe, int index, int of) {
    constexpr std::uint64_t looked_at = std::uint64_t{1} << 20;
    const std::uint64_t size = file.data_end - file.data_begin;
    const std::uint64_t at =
        file.data_begin + size / static_cast<std::uint64_t>(of) * static_cast<std::uint64_t>(index);
    if (index == of) return file.data_end;
    if (index == 0 || at == file.data_begin) return file.data_begin;
    const std::uint64_t end = std::min(at + looked_at, file.data_end);
    core::Buffer bytes;
    io::InputFile(file.path).read(at - 1, end, bytes);
    const std::size_t found =
        core::guess_record_start(bytes.view(), 1, bytes.size(), end == file.data_end, recipe.dialect(),
                                 static_cast<std::uint32_t>(file.header.size()));
    return found == std::string_view::npos ? end : at - 1 + found;
}

/// Leaves each file the records of one share.
void cut_share(Plan& plan, const std::vector<core::Recipe>& recipes, PlanRequest::Share share) {
    for (PlannedFile& file : plan.files) {
        if (file.pipe()) continue;
        const core::Recipe& recipe = recipes[static_cast<std::size_t>(file.section + 1)];
        const std::uint64_t begin = share_begin(file, recipe, share.index, share.of);
        const std::uint64_t end = share_begin(file, recipe, share.index + 1, share.of);
        file.data_begin = begin;
        file.data_end = std::max(begin, end);
    }
}

/// All files once more for each further copy.
void add_copies(Plan& plan, int copies) {
    const std::size_t own = plan.files.size();
    for (int copy = 1; copy < copies; ++copy) {
        for (std::size_t i = 0; i < own; ++i) {
            plan.files.push_back(plan.files[i]);
            plan.files.back().copy = static_cast<std::uint64_t>(copy);
        }
    }
}

} // namespace

std::string Plan::pack() const {
    std::ostringstream out;
    boost::archive::binary_oarchive(out) << *this;
    return out.str();
}

Plan Plan::unpack(const std::string& bytes) {
    std::istringstream in(bytes);
    Plan plan;
    boost::archive::binary_iarchive(in) >> plan;
    return plan;
}

std::uint64_t Plan::known_bytes(std::size_t first_file) const noexcept {
    std::uint64_t bytes = 0;
    for (std::size_t file = first_file; file < files.size(); ++file) {
        if (!files[file].pipe()) bytes += files[file].data_end - files[file].data_begin;
    }
    return bytes;
}

std::uint64_t Plan::file_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const PlannedFile& file : files) bytes += file.size;
    return bytes;
}

bool Plan::has_pipe() const noexcept {
    return std::any_of(files.begin(), files.end(), [](const PlannedFile& file) { return file.pipe(); });
}

std::string Plan::job_hash() const {
    XXH3_state_t* const state = XXH3_createState();
    XXH3_64bits_reset(state);
    const auto add = [state](const std::string& text) {
        const std::uint64_t size = text.size();
        XXH3_64bits_update(state, &size, sizeof size);
        XXH3_64bits_update(state, text.data(), text.size());
    };
    add(job_text);
    for (const std::string& text : overrides) add(text);
    for (const auto& [name, bytes] : attachments) {
        add(name);
        add(bytes);
    }
    const std::uint64_t hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return fmt::format("{:016x}", hash);
}

std::string output_folder(const PlanRequest& request) {
    return request.output.empty() ? fmt::format("out/{}", job_name(request.job_path)) : request.output;
}

std::uint64_t automatic_chunk_size(std::uint64_t bytes, int workers) {
    constexpr std::uint64_t smallest = std::uint64_t{1} << 20;
    constexpr std::uint64_t largest = std::uint64_t{8} << 20;
    constexpr std::uint64_t chunks = 8192;
    constexpr std::uint64_t per_worker = std::uint64_t{8} << 10;
    constexpr std::uint64_t fewest_per_worker = 16;
    const auto count = static_cast<std::uint64_t>(std::max(1, workers));
    const std::uint64_t for_rank_0 = std::min(count * per_worker, bytes / (count * fewest_per_worker));
    return std::max(std::clamp(bytes / chunks, smallest, largest), for_rank_0);
}

Plan plan_job(const PlanRequest& request) {
    Plan plan;
    plan.job_path = request.job_path;
    plan.job_text = io::read_whole_file(request.job_path);
    plan.overrides = request.overrides;
    const core::JobSpec spec = read_job(plan.job_text, plan.job_path, plan.overrides);
    attach_files(plan, spec);
    compile_plan(plan);
    return plan;
}

Plan make_plan(const PlanRequest& request, io::PipeInput& pipe) {
    Plan plan = plan_job(request); // what is wrong with the job itself is said before its files are looked at
    const core::JobSpec spec = complete_spec(plan);
    plan.files = read_headers(input_paths(request, spec), spec, pipe);
    add_copies(plan, request.copies);
    name_raw_files(plan.files);
    const bool all_told = std::all_of(plan.files.begin(), plan.files.end(),
                                      [](const PlannedFile& file) { return file.has_header; });
    if (!all_told) complete_columns(plan, compile_recipes(spec, plan));
    if (spec.rest) {
        const auto recipes = compile_recipes(spec, plan);
        const PlannedFile& first = plan.files.front();
        plan.rest = recipes[static_cast<std::size_t>(first.section + 1)].unmapped(first.header);
        if (plan.rest.empty() && recipes.front().visible().empty()) {
            throw UsageError(
                fmt::format("{}: nothing would be written: every field is hidden, and rest = * finds "
                            "no other column in {}",
                            plan.job_path, first.path));
        }
    }
    if (request.share.of > 1) cut_share(plan, compile_recipes(spec, plan), request.share);
    plan.output = output_folder(request);
    plan.parts = output_parts(spec.output.parts, plan.known_bytes());
    plan.chunk_size = request.chunk_size != 0 ? request.chunk_size
                                              : automatic_chunk_size(plan.known_bytes(), request.workers);
    if (plan.parts.count > 1) plan.chunk_size = std::min(plan.chunk_size, plan.parts.stripe);
    plan.fixed_chunks = request.chunk_size != 0;
    plan.by_reference = request.transport != Transport::inline_bytes;
    plan.memory = request.memory;
    plan.scratch = request.scratch;
    compile_plan(plan);
    return plan;
}

CompiledPlan compile_plan(const Plan& plan) {
    CompiledPlan compiled;
    try {
        compiled.spec = complete_spec(plan);
        compiled.recipes = compile_recipes(compiled.spec, plan);
        for (const PlannedFile& file : plan.files) compiled.mappings.push_back(resolve(compiled, file));
    } catch (const core::JobError& error) {
        rethrow(error, plan.job_path, plan.overrides);
    }
    return compiled;
}

io::InputFile reopened(const std::string& path) {
    try {
        return io::InputFile(path);
    } catch (const io::InputError& gone) {
        throw std::runtime_error(fmt::format("an input went away during the run: {}", gone.what()));
    }
}

std::uint64_t look_ahead(std::uint64_t chunk_bytes) noexcept {
    return std::clamp<std::uint64_t>(chunk_bytes / 16, 4096, 65536);
}

} // namespace ordermill::app
