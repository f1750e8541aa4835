// A random job on a random file: refused with a sentence, or every byte is accounted for, what is written can
// be read, and cutting the file changes nothing. An input is a job, then `=== NAME` lines with the texts of
// its look-ups; the text without a name is the file to clean.
#include "core/clean/clean.hpp"
#include "app/base/errors.hpp"
#include "app/job/job_file.hpp"
#include "app/plan/plan.hpp"
#include "core/csv/csv.hpp"
#include "core/text/text.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/seed_files.hpp"
#include "io/input.hpp"
#include "support/temporary.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

using namespace ordermill;

namespace {

constexpr std::string_view mark = "\n=== ";
constexpr std::size_t most_bytes = 4096; // of a seed's file

struct Input {
    std::string_view job;
    std::map<std::string, std::string_view> texts; ///< by name; the file to clean has none
};

Input parts_of(std::string_view all) {
    Input input;
    std::size_t end = std::min(all.find(mark), all.size());
    input.job = all.substr(0, end);
    while (end < all.size()) {
        all.remove_prefix(end + mark.size());
        const std::size_t name_end = std::min(all.find('\n'), all.size());
        const std::string name(all.substr(0, name_end));
        all.remove_prefix(std::min(name_end + 1, all.size()));
        end = std::min(all.find(mark), all.size());
        input.texts[name] = all.substr(0, end);
    }
    return input;
}

/// In memory where that can be had: some files are written for each input.
const test::TemporaryFolder& scratch() {
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    static const test::TemporaryFolder folder;
    return folder;
}

/// The plan of a run over the input, its files in a folder that stays the same; nothing when it is refused.
std::optional<app::Plan> plan_of(const Input& input) {
    const test::TemporaryFolder& folder = scratch();
    static constexpr std::string_view file_name = "data.csv";
    folder.write("job.cfg", input.job);
    for (const auto& [name, text] : input.texts) {
        if (name.find('/') == std::string::npos && name != "job.cfg" && name.size() < 40)
            folder.write(name.empty() ? std::string(file_name) : name, text);
    }
    if (!input.texts.contains("")) folder.write(std::string(file_name), "");
    app::PlanRequest request;
    request.job_path = folder / "job.cfg";
    request.inputs = {folder / std::string(file_name)};
    io::PipeInput pipe(-1);
    try {
        return app::make_plan(request, pipe);
    } catch (const app::JobFileError&) {
        fuzz::note("job refused");
    } catch (const app::UsageError&) {
        fuzz::note("file refused");
    } catch (const io::InputError&) {
        fuzz::note("file refused");
    }
    return std::nullopt;
}

struct Outcome {
    std::string clean, rejects, raw;
    core::Accounts accounts;
    core::Tally tally;
};

class Run {
  public:
    Run(const app::Plan& plan, const app::CompiledPlan& compiled, std::string_view bytes)
        : file_(plan.files.front()), bytes_(bytes.substr(0, file_.data_end)),
          recipe_(compiled.recipe_of(file_)), mapping_(compiled.mappings.front()), cleaner_(recipe_) {
        batch_.tally = core::Tally(recipe_.shape());
    }

    /// The file in chunks of so many bytes, as rank 0 and a worker take it: each begins with a guess, which
    /// is verified where the chunk before it ends, and done again when it was wrong.
    Outcome in_chunks(std::size_t size) {
        outcome_ = {};
        outcome_.tally = core::Tally(recipe_.shape());
        next_ = file_.data_begin;
        for (std::uint64_t begin = file_.data_begin; begin < bytes_.size(); begin += size) {
            const std::uint64_t end = std::min<std::uint64_t>(begin + size, bytes_.size());
            if (next_ >= end) continue; // the record before goes on through it
            const bool known = begin == file_.data_begin;
            clean(begin, end, known);
            if (!known) fuzz::note(batch_.first_record == next_ ? "guessed right" : "guessed wrong");
            if (batch_.first_record != next_) clean(next_, end, true);
            fuzz::require(batch_.first_record == next_, "a known start is where the records begin");
            take();
        }
        fuzz::require(next_ == bytes_.size() || bytes_.size() <= file_.data_begin,
                      "the last record ends with the file");
        return std::move(outcome_);
    }

  private:
    void clean(std::uint64_t begin, std::uint64_t end, bool known) {
        for (std::uint64_t seen = end + 3;; seen += 1 + seen / 2) {
            core::Chunk chunk;
            chunk.base = known ? begin : begin - 1;
            const std::uint64_t until = std::min<std::uint64_t>(seen, bytes_.size());
            chunk.bytes = bytes_.substr(chunk.base, until - chunk.base);
            chunk.begin = begin;
            chunk.end = end;
            chunk.known_start = known;
            chunk.at_end = until == bytes_.size();
            chunk.file = "data.csv";
            cleaner_.clean(chunk, mapping_, batch_);
            if (!batch_.needs_more) return;
            fuzz::require(!chunk.at_end, "there is no more");
        }
    }

    void take() {
        const std::uint64_t line = file_.lines_before + outcome_.accounts.lines + 1;
        core::Buffer rendered;
        outcome_.clean += batch_.clean.render(line, rendered);
        fuzz::require(outcome_.clean.size() >= batch_.clean.bytes.size(),
                      "a rendered text has all its bytes");
        outcome_.rejects += batch_.rejects.render(line, rendered);
        outcome_.raw += batch_.rejects_raw.view();
        outcome_.accounts += batch_.accounts;
        outcome_.tally.merge(batch_.tally.encode());
        next_ = batch_.next_record;
    }

    const app::PlannedFile& file_;
    std::string_view bytes_;
    const core::Recipe& recipe_;
    const core::HeaderMapping& mapping_;
    core::Cleaner cleaner_;
    core::Batch batch_;
    Outcome outcome_;
    std::uint64_t next_ = 0;
};

void require_rows(std::string_view text, char delimiter, std::size_t columns, std::uint64_t least,
                  std::uint64_t most, const std::string& what) {
    fuzz::require(core::is_utf8(text), what + " are UTF-8");
    core::RecordReader reader({.delimiter = delimiter, .max_record = 1 << 30},
                              static_cast<std::uint32_t>(columns));
    reader.open(text, 0, true);
    std::uint64_t rows = 0;
    for (; reader.next() == core::RecordReader::Next::record; ++rows)
        fuzz::require(reader.record().fault == core::Reason::none, what + " are sound CSV");
    fuzz::require(rows >= least && rows <= most, what + " are as many as were counted");
}

void check(const core::Recipe& recipe, const Outcome& outcome, std::string_view bytes) {
    const core::Accounts& accounts = outcome.accounts;
    fuzz::require(accounts.bytes() == bytes.size(), "every byte is accounted for");
    fuzz::require(accounts.lines == core::count_lines(bytes, recipe.dialect().line_end),
                  "every line is counted");
    const std::uint64_t clean = accounts.clean.records;
    require_rows(outcome.clean, recipe.output().delimiter, recipe.output_names().size(), clean, clean,
                 "clean records");
    constexpr std::size_t reject_columns = 9;
    require_rows(outcome.rejects, ',', reject_columns, accounts.rejected.records, UINT64_MAX, "rejects");
    const std::uint64_t left_out = outcome.tally[recipe.shape().raw_bytes_left_out()];
    fuzz::require(outcome.raw.size() + left_out == accounts.rejected.bytes,
                  "raw rejects have the bytes that were counted");
    if (clean > 0) fuzz::note("clean records");
    if (accounts.rejected.records > 0) fuzz::note("rejected records");
    if (accounts.dropped.records > 0) fuzz::note("dropped records");
}

} // namespace

std::vector<std::string> fuzz::seeds() {
    std::vector<std::string> texts;
    for (const auto& folder : sorted_entries(ORDERMILL_SOURCE "/tests/golden")) {
        if (!std::filesystem::is_directory(folder / "input")) continue;
        std::string attached = file_text(folder / "job.cfg");
        for (const auto& path : sorted_entries(folder)) {
            if (path.extension() == ".csv")
                attached += std::string(mark) + path.filename().string() + "\n" + file_text(path);
        }
        for (const auto& path : sorted_entries(folder / "input")) {
            if (std::filesystem::is_regular_file(path))
                texts.push_back(attached + std::string(mark) + "\n" + file_text(path).substr(0, most_bytes));
        }
    }
    return texts;
}

std::vector<fuzz::Expected> fuzz::expected_outcomes() {
    return {{"job refused", 0.1},       {"file refused", 0.01},     {"clean records", 0.1},
            {"rejected records", 0.05}, {"dropped records", 0.002}, {"guessed right", 0.1},
            {"guessed wrong", 0.01}};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Input input = parts_of({reinterpret_cast<const char*>(data), size});
    const std::optional<app::Plan> plan = plan_of(input);
    if (!plan) return 0;
    const app::CompiledPlan compiled = app::compile_plan(*plan);
    const std::string_view bytes = input.texts.contains("") ? input.texts.at("") : std::string_view();
    Run run(*plan, compiled, bytes);
    const Outcome whole = run.in_chunks(bytes.size() + 1);
    const app::PlannedFile& file = plan->files.front();
    check(compiled.recipe_of(file), whole, bytes.substr(file.data_begin, file.data_end - file.data_begin));
    const Outcome cut = run.in_chunks(1 + size % 97);
    fuzz::require_equal(cut.clean, whole.clean, "clean records of a file that was cut");
    fuzz::require_equal(cut.rejects, whole.rejects, "rejects of a file that was cut");
    fuzz::require_equal(cut.raw, whole.raw, "raw rejects of a file that was cut");
    fuzz::require(cut.accounts.lines == whole.accounts.lines &&
                      cut.accounts.bytes() == whole.accounts.bytes() &&
                      cut.accounts.records() == whole.accounts.records(),
                  "the accounts of a file that was cut");
    fuzz::require(cut.tally.encode() == whole.tally.encode(), "the counts of a file that was cut");
    return 0;
}
