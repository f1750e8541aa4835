#include "app/resume/run_journal.hpp"

#include "app/base/errors.hpp"
#include "app/base/name_text.hpp"
#include "app/plan/output_conflicts.hpp"
#include "app/resume/former_outputs.hpp"
#include "app/resume/saved_chunks.hpp"
#include "io/input.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace ordermill::app {
namespace {

using Json = nlohmann::json;
using nlohmann::literals::operator""_json_pointer;

/// 0 when it isn't there.
std::uint64_t size_of(const std::string& path) {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    return failed ? 0 : size;
}

std::vector<std::string> texts_of(const std::vector<std::string>& names) {
    std::vector<std::string> texts(names.size());
    std::transform(names.begin(), names.end(), texts.begin(), name_to_text);
    return texts;
}

std::vector<std::string> names_of(const std::vector<std::string>& texts) {
    std::vector<std::string> names(texts.size());
    std::transform(texts.begin(), texts.end(), names.begin(), text_to_name);
    return names;
}

} // namespace

RunJournal::RunJournal(const Plan& plan, const CompiledPlan& compiled, Wish wish,
                       std::vector<std::string> outputs)
    : plan_(plan), identity_(identity_of(plan, compiled)), outputs_(std::move(outputs)),
      former_(former_outputs(plan.output, outputs_.back())) {
    check_output_conflicts(plan, outputs_, former_);
    try {
        folder_ = std::make_unique<io::RunFolder>(plan.output);
    } catch (const io::FolderInUse& living) {
        if (wish.resume) throw ResumeLater(living.what());
        throw;
    }
    // Only now nobody else writes there.
    const JournalEntries entries = read_entries(io::RunFolder::unfinished(plan.output));
    const bool unfinished = !entries.identity.empty();
    if (wish.resume && unfinished) {
        if (const std::string other = difference(entries.identity, identity_); !other.empty()) {
            folder_->leave();
            throw UsageError(fmt::format("{} has an unfinished run that --resume can't continue: {}; give "
                                         "--force instead to start over",
                                         plan.output, other));
        }
        if (!entries.commit.empty()) {
            finish_commit(entries.commit);
            return;
        }
        saved_ = entries.saved;
        if (!entries.checkpoint.empty()) {
            from_ = Checkpoint::decode(entries.checkpoint, compiled);
            begin_ = Begin::go_on;
            check_parts();
        }
    } else if (wish.resume && complete_already()) {
        begin_ = Begin::complete;
        folder_->end();
        return;
    } else if (unfinished && !wish.force && (!entries.checkpoint.empty() || !entries.saved.empty())) {
        folder_->leave();
        throw UsageError(fmt::format(
            "{} has an unfinished run: continue it with --resume, or start over with --force", plan.output));
    }
    if (begin_ == Begin::fresh) {
        try {
            discard_former_temporaries(plan.output, entries.outputs);
            io::prepare_folder(plan.output, wish.force || (wish.resume && unfinished), outputs_);
        } catch (...) {
            folder_->leave();
            throw;
        }
    }
    folder_->record(identity_entry(identity_));
    folder_->record(outputs_entry(outputs_));
    if (from_) record(*from_);
    if (!saved_.empty()) record(Checkpoint{.totals = {}, .saved = saved_});
    if (saved_.empty()) SavedChunks::remove_all(plan.output);
}

/// The outputs that a checkpoint speaks of must be there.
void RunJournal::check_parts() const {
    const auto check = [this](const std::string& name, std::uint64_t bytes) {
        const std::string path = io::temporary_path(plan_.output, name);
        if (size_of(path) >= bytes) return;
        throw UsageError(fmt::format("{} is missing or shorter than the checkpoint says, so --resume can't "
                                     "continue the run; start over with --force",
                                     path));
    };
    const std::vector<OutputTotal>& clean = from_->totals.clean;
    for (std::size_t part = 0; part < clean.size(); ++part) check(outputs_[part], clean[part].bytes);
    check(outputs_[clean.size()], from_->totals.rejects.bytes);
    for (const auto& [file, total] : from_->totals.raw)
        check("rejects-raw/" + plan_.files[file].raw_name, total.bytes);
}

void RunJournal::record(const Checkpoint& point) {
    folder_->record(point.saved.empty() ? checkpoint_entry(point.encode()) : saved_entry(point.saved));
    has_checkpoint_ = true;
}

void RunJournal::commit(const std::vector<std::string>& names, int exit_code) {
    folder_->record(commit_entry(Json{{"names", texts_of(names)},
                                      {"mark", name_to_text(outputs_.back())},
                                      {"code", exit_code},
                                      {"former", texts_of(former_)}}
                                     .dump()));
    io::commit(plan_.output, names, outputs_.back(), [this] { folder_->check(); });
    remove_former(plan_.output, former_, names);
    folder_->end();
}

void RunJournal::finish_commit(const std::string& entry) {
    const Json json = Json::parse(entry);
    const std::vector<std::string> names = names_of(json.at("names"));
    io::finish_commit(plan_.output, names, text_to_name(json.at("mark").get<std::string>()),
                      [this] { folder_->check(); });
    remove_former(plan_.output, names_of(json.value("former", std::vector<std::string>{})), names);
    finished_code_ = json.at("code");
    begin_ = Begin::complete;
    folder_->end();
}

/// The report beside the outputs is of the same job and inputs.
bool RunJournal::complete_already() {
    const std::string path = io::final_path(plan_.output, outputs_.back());
    if (size_of(path) == 0) return false;
    const Json report = Json::parse(io::read_whole_file(path), nullptr, false);
    const auto identity = report.value("/run/identity"_json_pointer, std::string());
    if (identity.empty()) return false;
    const std::string other = difference(identity, identity_);
    finished_code_ = report.value("/result/over_limit"_json_pointer, false) ? exit_over_limit : exit_done;
    if (other.empty()) return true;
    throw UsageError(fmt::format("{} holds the outputs of another run: {}; give --force instead of --resume "
                                 "to replace them, or choose another --output",
                                 plan_.output, other));
}

} // namespace ordermill::app
