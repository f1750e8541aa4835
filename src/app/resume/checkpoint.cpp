#include "app/resume/checkpoint.hpp"

#include "app/base/name_text.hpp"
#include "app/base/version.hpp"
#include "io/input.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace ordermill::app {
namespace {

using Json = nlohmann::json;

Json encode(const core::Accounts& accounts) {
    Json shares = Json::array();
    for (const core::Accounts::Share* share :
         {&accounts.clean, &accounts.rejected, &accounts.duplicates, &accounts.blank,
          &accounts.repeated_header, &accounts.comment, &accounts.dropped}) {
        shares.push_back(share->records);
        shares.push_back(share->bytes);
    }
    shares.push_back(accounts.lines);
    return shares;
}

core::Accounts decode_accounts(const Json& shares) {
    core::Accounts accounts;
    std::size_t at = 0;
    for (core::Accounts::Share* share :
         {&accounts.clean, &accounts.rejected, &accounts.duplicates, &accounts.blank,
          &accounts.repeated_header, &accounts.comment, &accounts.dropped}) {
        share->records = shares.at(at++);
        share->bytes = shares.at(at++);
    }
    accounts.lines = shares.at(at);
    return accounts;
}

Json encode(const OutputTotal& total) { return Json::array({total.bytes, total.crc}); }
Json encode(const std::vector<OutputTotal>& parts) {
    Json all = Json::array();
    for (const OutputTotal& part : parts) all.push_back(encode(part));
    return all;
}
OutputTotal decode_output(const Json& json) { return {.bytes = json.at(0), .crc = json.at(1)}; }

/// As an array of numbers: counter, count, counter, count ...
Json encode(const core::Tally& tally) {
    Json counters = Json::array();
    for (std::size_t counter = 0; counter < tally.size(); ++counter) {
        if (tally[counter] == 0) continue;
        counters.push_back(counter);
        counters.push_back(tally[counter]);
    }
    return counters;
}

void decode(const Json& counters, core::Tally& tally) {
    for (std::size_t i = 0; i + 1 < counters.size(); i += 2) {
        const std::size_t counter = counters[i];
        if (counter >= tally.size())
            throw std::runtime_error("the journal of the unfinished run doesn't match this job");
        tally.add(counter, counters[i + 1]);
    }
}

Json encode(const SavedRange& range) {
    const SavedPlace& place = range.place;
    return {range.file,   range.begin, range.end, place.generation, place.rank,
            place.offset, place.size,  place.crc, range.range_end};
}

SavedRange decode_range(const Json& range) {
    return {.file = range.at(0),
            .begin = range.at(1),
            .end = range.at(2),
            .place = {.generation = range.at(3),
                      .offset = range.at(5),
                      .size = range.at(6),
                      .rank = range.at(4),
                      .crc = range.at(7)},
            .range_end = range.at(8)};
}

std::string entry(const char* kind, const std::string& text) {
    return Json{{"kind", kind}, {"text", text}}.dump();
}

} // namespace

std::uint64_t Totals::clean_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const OutputTotal& part : clean) bytes += part.bytes;
    return bytes;
}

std::string Checkpoint::encode() const {
    Json files = Json::array();
    for (const core::Accounts& accounts : totals.files) files.push_back(app::encode(accounts));
    Json raw = Json::array();
    for (const auto& [index, total] : totals.raw) raw.push_back({index, total.bytes, total.crc});
    return Json{{"file", file},
                {"offset", offset},
                {"line", line},
                {"records", totals.records_read},
                {"files", files},
                {"tally", app::encode(totals.tally)},
                {"clean", app::encode(totals.clean)},
                {"rejects", app::encode(totals.rejects)},
                {"duplicates", app::encode(totals.duplicates)},
                {"raw", raw}}
        .dump();
}

Checkpoint Checkpoint::decode(const std::string& text, const CompiledPlan& compiled) {
    const Json json = Json::parse(text);
    Checkpoint point;
    point.file = json.at("file");
    point.offset = json.at("offset");
    point.line = json.at("line");
    Totals& totals = point.totals;
    totals.records_read = json.at("records");
    for (const Json& accounts : json.at("files")) totals.files.push_back(decode_accounts(accounts));
    totals.data_ends.resize(totals.files.size());
    totals.tally = core::Tally(compiled.recipes.front().shape());
    app::decode(json.at("tally"), totals.tally);
    for (const Json& part : json.at("clean")) totals.clean.push_back(decode_output(part));
    totals.rejects = decode_output(json.at("rejects"));
    totals.duplicates = decode_output(json.at("duplicates"));
    for (const Json& raw : json.at("raw")) totals.raw[raw.at(0)] = {.bytes = raw.at(1), .crc = raw.at(2)};
    return point;
}

std::string identity_entry(const std::string& identity) { return entry("run", identity); }
std::string outputs_entry(const std::vector<std::string>& names) {
    Json texts = Json::array();
    for (const std::string& name : names) texts.push_back(name_to_text(name));
    return entry("outputs", texts.dump());
}
std::string checkpoint_entry(const std::string& checkpoint) { return entry("checkpoint", checkpoint); }
std::string saved_entry(const std::vector<SavedRange>& saved) {
    Json ranges = Json::array();
    for (const SavedRange& range : saved) ranges.push_back(app::encode(range));
    return entry("kept", ranges.dump());
}

std::string commit_entry(const std::string& commit) { return entry("commit", commit); }

JournalEntries read_entries(const std::vector<std::string>& records) {
    JournalEntries entries;
    for (const std::string& record : records) {
        const Json json = Json::parse(record);
        const std::string kind = json.at("kind");
        if (kind == "kept") {
            for (const Json& range : Json::parse(json.at("text").get<std::string>()))
                entries.saved.push_back(decode_range(range));
            continue;
        }
        if (kind == "outputs") {
            entries.outputs.clear();
            for (const Json& name : Json::parse(json.at("text").get<std::string>()))
                entries.outputs.push_back(text_to_name(name.get<std::string>()));
            continue;
        }
        (kind == "run"      ? entries.identity
         : kind == "commit" ? entries.commit
                            : entries.checkpoint) = json.at("text");
    }
    return entries;
}

std::string identity_of(const Plan& plan, const CompiledPlan& compiled) {
    Json inputs = Json::array();
    Json content = Json::array();
    for (const PlannedFile& file : plan.files) {
        content.push_back(file.fingerprint);
        if (file.pipe()) {
            inputs.push_back({{"path", name_to_text(file.path)}});
            continue;
        }
        const io::InputFile input(file.path);
        inputs.push_back(
            {{"path", name_to_text(file.path)}, {"size", input.size()}, {"changed", input.modified()}});
    }
    const core::OutputSpec& output = compiled.spec.output;
    return Json{{"version", build_identity()},
                {"job", plan.job_hash()},
                {"outputs", {output.clean, output.rejects, output.duplicates, output.parts}},
                {"inputs", inputs},
                {"content", content}}
        .dump();
}

std::string difference(const std::string& before, const std::string& now) {
    const Json old = Json::parse(before);
    const Json own = Json::parse(now);
    if (old.at("version") != own.at("version")) {
        return fmt::format("it was started by {}, but this is {}", old.at("version").get<std::string>(),
                           own.at("version").get<std::string>());
    }
    if (old.at("job") != own.at("job") || old.at("outputs") != own.at("outputs"))
        return "the job file, a --set or a file that the job names has changed";
    const Json& inputs = own.at("inputs");
    if (old.at("inputs").size() != inputs.size())
        return fmt::format("its number of inputs was {}, but this run's is {}", old.at("inputs").size(),
                           inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Json& was = old.at("inputs")[i];
        const std::string path = text_to_name(inputs[i].at("path").get<std::string>());
        if (was.at("path") != inputs[i].at("path"))
            return fmt::format("its input was {}, but this run's is {}",
                               text_to_name(was.at("path").get<std::string>()), path);
        if (was.contains("size") && was.at("size") != inputs[i].at("size"))
            return fmt::format("the input {} had {} bytes, but has {} now", path,
                               was.at("size").get<std::uint64_t>(),
                               inputs[i].at("size").get<std::uint64_t>());
        if (was != inputs[i]) return fmt::format("the input {} has changed since then", path);
    }
    if (old.at("content") != own.at("content")) return "the content of the inputs has changed";
    return {};
}

} // namespace ordermill::app
