#include "app/preview/preview_text.hpp"

#include "app/preview/preview.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

using Change = PreviewField::Change;
using Outcome = PreviewRecord::Outcome;

char mark_of(Change change) noexcept {
    switch (change) {
    case Change::none: return ' ';
    case Change::written: return '~';
    case Change::repaired: return '+';
    case Change::faulty: return '!';
    case Change::made: return '=';
    }
    return ' ';
}

constexpr std::size_t most_of_record = 100; // code points

constexpr std::string_view legend =
    "  ~ the same value in another form   + filled, computed or rounded   ! faulty, but not rejected\n"
    "  = derived, or part of a split\n";

std::string block_of(const PreviewRecord& record) {
    AlignedTable table;
    for (const PreviewField& field : record.fields) {
        const std::string change = field.before && *field.before != field.after
                                       ? fmt::format("{} -> {}", shown(*field.before), shown(field.after))
                                       : shown(field.after);
        table.add({fmt::format("{} {}:", mark_of(field.change), field.name), change, field.why});
    }
    for (const PreviewRecord::Fault& fault : record.faults) table.add({"  " + fault.reason, fault.message});
    if (record.outcome != Outcome::clean && record.outcome != Outcome::skipped)
        table.add({"  record", shown(record.raw, most_of_record)});
    std::string text = table.text("  ");
    for (const std::string& remark : record.remarks) text += fmt::format("  {}\n", remark);
    return text;
}

class Page {
  public:
    Page(const Plan& plan, const CompiledPlan& compiled, const Preview& trial)
        : plan_(plan), compiled_(compiled), trial_(trial) {}

    std::string text() {
        records();
        const bool faults = examples("\nEach fault, with its first example\n", true);
        if (!faults) text_ += "\nNo faults\n";
        examples("\nEvery other change, with its first example\n", false);
        counts();
        return std::move(text_);
    }

  private:
    std::string place(std::uint32_t file, std::uint64_t line) const {
        if (plan_.files.size() == 1) return fmt::format("line {}", line);
        return fmt::format("{}:{}", plan_.files[file].path, line);
    }
    void records();
    bool examples(std::string_view title, bool faults);
    void counts();

    const Plan& plan_;
    const CompiledPlan& compiled_;
    const Preview& trial_;
    std::string text_;
};

void Page::records() {
    const auto& records = trial_.records();
    if (records.empty()) return;
    text_ += "The first records, before -> after\n";
    text_ += legend;
    for (const PreviewRecord& record : records) {
        const std::string at = place(record.file, record.line);
        switch (record.outcome) {
        case Outcome::clean: text_ += fmt::format("\n{}: clean\n", at); break;
        case Outcome::rejected: text_ += fmt::format("\n{}: rejected\n", at); break;
        case Outcome::dropped: text_ += fmt::format("\n{}: dropped by {}\n", at, record.note); break;
        case Outcome::skipped: text_ += fmt::format("\n{}: {}, left out\n", at, record.note); break;
        }
        text_ += block_of(record);
    }
}

bool Page::examples(std::string_view title, bool faults) {
    AlignedTable table({3});
    for (const Event& event : trial_.events()) {
        const std::uint64_t count = trial_.tally()[event.counter];
        if (event.fault != faults || count == 0) continue;
        const Example& example = trial_.examples().at(event.counter);
        table.add({event.reason, event.where, event.outcome, core::grouped(count),
                   place(example.file, example.line), example.value});
    }
    if (table.empty()) return false;
    text_ += title;
    text_ += table.text("  ");
    return true;
}

void Page::counts() {
    const core::Accounts& accounts = trial_.accounts();
    AlignedTable table({1});
    const auto add = [&table](std::string_view what, std::uint64_t count, bool always = false) {
        if (count > 0 || always) table.add({std::string(what), core::grouped(count)});
    };
    add("records", accounts.records(), true);
    add("  clean", accounts.clean.records, true);
    add("  rejected", accounts.rejected.records, true);
    add("dropped", accounts.dropped.records);
    add("blank lines left out", accounts.blank.records);
    add("repeated headers left out", accounts.repeated_header.records);
    add("comments left out", accounts.comment.records);
    if (trial_.whole()) {
        text_ += fmt::format("\nThe whole input was read, {}\n", core::human_bytes(accounts.bytes()));
    } else {
        const std::string all = plan_.has_pipe() ? "" : " of " + core::human_bytes(plan_.known_bytes());
        text_ += fmt::format("\nOnly the first {}{} were read; the rest may have other faults\n",
                             core::human_bytes(accounts.bytes()), all);
    }
    text_ += table.text("  ");
    if (!compiled_.spec.duplicates.empty())
        text_ += "  Duplicates were not looked for: only `ordermill clean` compares all records.\n";
}

} // namespace

std::string preview_job(const PreviewOptions& options, io::PipeInput& pipe) {
    const Plan plan = make_plan(options.request, pipe);
    const CompiledPlan compiled = compile_plan(plan);
    Preview trial(plan, compiled, pipe, {.records = options.records, .bytes = options.bytes});
    trial.run();
    return Page(plan, compiled, trial).text();
}

} // namespace ordermill::app
