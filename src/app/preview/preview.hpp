#pragma once

#include "app/plan/plan.hpp"
#include "core/clean/clean.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// What cleaning did to one field of a record.
struct PreviewField {
    enum class Change : std::uint8_t {
        none,     ///< written as it stood
        written,  ///< the same value in another form
        repaired, ///< filled, computed, defaulted or rounded
        faulty,   ///< a fault that was let through: kept, blanked or defaulted
        made,     ///< derived, or a part of a split: nothing stood there before
    };
    std::string name;
    Change change = Change::none;
    std::optional<std::string> before; ///< nothing when it comes from no single column
    std::string after;
    std::string why; ///< of repaired and faulty
};

struct PreviewRecord {
    enum class Outcome : std::uint8_t { clean, rejected, dropped, skipped };
    std::uint32_t file = 0;
    std::uint64_t line = 0;
    Outcome outcome = Outcome::clean;
    std::string note;                 ///< dropped: by what; skipped: why
    std::vector<PreviewField> fields; ///< of a clean record, the hidden ones too
    std::vector<std::string> remarks; ///< on rules and splits, with their marks
    struct Fault {
        std::string reason;
        std::string message;
    };
    std::vector<Fault> faults; ///< of a rejected one
    std::string raw;           ///< the record as it came, without its line end
};

/// One kind of thing that a job does to records, and counts: a fault of a field, a repair, a drop ...
struct Event {
    enum class Of : std::uint8_t { record, split, field, rule };
    std::size_t counter; ///< in the tally
    Of of;
    std::size_t index; ///< of the split, field or rule
    bool fault;        ///< false: a repair, a drop, or a rule that wasn't applied
    std::string reason;
    std::string where;   ///< `field price`, `rule sum`, `record`
    std::string outcome; ///< `rejected`, `kept, flagged`, `filled`, ...
};
/// All events of a job, in a fixed order: faults of the record, splits, fields, rules; then the others.
std::vector<Event> all_events(const core::Recipe& recipe);

/// The first record for which an event was counted.
struct Example {
    std::uint32_t file = 0;
    std::uint64_t line = 0;
    std::string value; ///< the field's text, or the operands, or the record
};

/// Cleans the first records of a plan's inputs one by one, to describe each, and then more of them in bulk,
/// to count and to find examples. Uses the Cleaner that `clean` uses, and writes nothing. Reads
/// `Limits::bytes` at most, and the rest of the last record.
class Preview {
  public:
    struct Limits {
        std::uint64_t records;                         ///< to be shown
        std::uint64_t bytes = std::uint64_t{64} << 20; ///< to be looked at
    };
    /// The arguments must outlive this object. `pipe` is read only where an input is standard input.
    Preview(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe, Limits limits);

    /// Does all the work; call it once. Throws what reading inputs throws (io::InputError, io::Error).
    void run();

    /// The records shown, in the order of the input.
    const std::vector<PreviewRecord>& records() const noexcept { return records_; }
    const std::vector<Event>& events() const noexcept { return events_; }
    const core::Tally& tally() const noexcept { return tally_; }
    const core::Accounts& accounts() const noexcept { return accounts_; }
    const std::map<std::size_t, Example>& examples() const noexcept { return examples_; } ///< by counter
    /// True if all inputs were read to their ends.
    bool whole() const noexcept { return whole_; }

  private:
    class Source;
    void look_at(std::uint32_t file);
    std::uint64_t clean(Source& source, std::uint64_t begin, std::uint64_t end, bool follows,
                        core::Batch& batch);
    std::uint64_t clean_one(Source& source, std::uint64_t begin, bool follows);
    void find_examples(Source& source, std::uint64_t begin, std::uint64_t end, std::uint64_t line);
    bool news(const core::Tally& tally) const;
    void note_examples(std::uint64_t line);
    PreviewRecord describe(std::uint64_t line) const;
    PreviewField describe_field(std::uint32_t field) const;
    void describe_repairs(PreviewField& described, std::uint32_t field) const;
    void add_faults(PreviewRecord& record) const;
    void add_remarks(PreviewRecord& record) const;
    std::string example_value(const Event& event) const;
    std::string operands(const core::Expression& expression) const;
    const core::Recipe::Step& step_of(std::uint32_t field) const;
    std::string after(std::uint32_t field) const;
    std::string column_text(std::int32_t column) const;

    const Plan& plan_;
    const CompiledPlan& compiled_;
    io::PipeInput& pipe_;
    Limits limits_;
    std::uint64_t bytes_left_;
    std::uint64_t skips_left_; ///< lines that are no record and may still be shown
    std::uint64_t shown_ = 0;
    std::vector<Event> events_;
    std::vector<PreviewRecord> records_;
    std::map<std::size_t, Example> examples_;
    core::Tally tally_;
    core::Accounts accounts_;
    bool whole_ = true;

    // the file and the record in hand
    std::uint32_t file_ = 0;
    const core::Recipe* recipe_ = nullptr;
    const core::HeaderMapping* mapping_ = nullptr;
    std::optional<core::Cleaner> cleaner_;
    core::Batch bulk_;
    core::Batch single_;
    std::string_view bytes_; ///< of the last chunk
    bool at_end_ = false;
    std::vector<std::string> texts_; ///< of the record's fields, UTF-8
    std::string raw_;                ///< the record, without its line end
};

} // namespace ordermill::app
