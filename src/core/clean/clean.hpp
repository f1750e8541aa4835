#pragma once

#include "core/clean/batch.hpp"
#include "core/csv/csv.hpp"
#include "core/fast/fast_program.hpp"
#include "core/recipe/recipe.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Where the physical line ends, behind its line end, that goes on at a file offset: the first line end at or
/// behind it, or the data's end. Nothing when that can't be told here. Cost: reads as far as that is, and
/// calls `between` (may be null) after each piece.
using FindLineEnd =
    std::function<std::optional<std::uint64_t>(std::uint64_t offset, const std::function<void()>& between)>;

/// How many bytes behind a chunk's range are enough to clean it, given a FindLineEnd.
std::uint64_t most_bytes_behind(const Dialect& dialect) noexcept;

/// A range of a file: the records that begin in [begin, end) are to be cleaned.
struct Chunk {
    std::string_view
        bytes; ///< the file from offset `base` on: the range, and some bytes behind it for its last record
    std::uint64_t base = 0;
    std::uint64_t begin = 0; ///< file offsets
    std::uint64_t end = 0;
    bool known_start = false; ///< `begin` is a record's first byte; otherwise the first record start is
                              ///< guessed and `bytes` has the byte before `begin`
    bool at_end = false;      ///< nothing comes after `bytes`
    std::string_view file;    ///< as outputs name it
    /// It begins where the last chunk that was cleaned ended, and the next one follows it. Otherwise records
    /// behind `end` that may be parts of a broken record before it are cleaned with it.
    bool follows = false;
    /// Offsets of records that must not be looked at, as doing so ends the process; ascending. They are
    /// rejected.
    std::span<const std::uint64_t> crashing = {};
    /// For a last record that is a line over the length limit and doesn't end within `bytes`. Null: such a
    /// record needs more bytes, until it does.
    FindLineEnd find_line_end = nullptr;
};

/// Cleans chunks with one recipe, keeping its buffers from one to the next. One a thread.
class Cleaner {
  public:
    /// There are two ways through a record, which come to the same end: the general one, and a faster one for
    /// ordinary records (FastProgram). Tests compare them by leaving the second one out.
    enum class Ways : std::uint8_t { both, general };
    explicit Cleaner(const Recipe& recipe, Ways ways = Ways::both);

    /// Fills `batch` (cleared first) from the chunk: parses each record once and renders it once. The same
    /// bytes give the same batch. `between` is called between slices of about 1 MiB, and more often where
    /// expressions make a slice or even a single record long work; it may throw, and must not use this
    /// Cleaner. Cost: about 100 ns a record of eight fields; no allocation in the steady state.
    void clean(const Chunk& chunk, const HeaderMapping& mapping, Batch& batch,
               const std::function<void()>& between = {});

    /// Called before each record is looked into, with its offset and its bytes; null: not at all.
    using Watch = std::function<void(std::uint64_t offset, std::string_view record)>;
    void set_watch(Watch watch) { watch_ = std::move(watch); }
    const Recipe& recipe() const noexcept { return recipe_; }

    /// The values of the last record, by the recipe's fields; for showing what became of it. They mean
    /// nothing for a record that isn't data or is faulty in structure, and are valid as long as the chunk's
    /// bytes, until the next `clean`.
    std::span<const Value> values() const noexcept { return slots_; }

  private:
    /// A fault or flag of the record in hand.
    struct Note {
        enum class Of : std::uint8_t { record, field, rule, split, carried } of;
        std::uint32_t index; ///< of a carried column: in the file
        Reason reason;
    };

    /// A parse step with what the common case needs to know at hand.
    struct QuickStep {
        Recipe::Step step;
        const Field* field;
        bool quick;          ///< a column of UTF-8 text, trimmed, nothing taken from another field
        bool words;          ///< has strings that mean "missing" beside the empty one
        bool checked;        ///< a present value must be settled
        bool settle_missing; ///< a missing one too
    };
    /// Where a record stands in the chunk's bytes.
    struct RecordPlace {
        std::size_t begin;
        std::size_t end;
        std::size_t size() const noexcept { return end - begin; }
    };
    struct OutputStep {
        std::uint32_t slot;
        ValueType type;
    };

    void clean_records(const Chunk& chunk, Batch& batch, const std::function<void()>& between);
    bool crashing(const Record& record);
    bool pass_endless(const Chunk& chunk, Batch& batch, const std::function<void()>& between);
    std::string_view shown_bytes(const Record& record, bool whole) const noexcept;
    void note_broken(const Record& record) noexcept;
    void clean_record(const Record& record, std::span<const FieldView> fields);
    void spend(std::uint64_t effort);
    Value evaluate(const Expression& expression);
    bool repeats_header(std::span<const FieldView> fields);
    bool repeats_line_before(const Record& record) const noexcept;
    bool drop_header(const Record& record);
    void parse_fields(std::span<const FieldView> fields);
    void begin_record() noexcept;
    bool clean_row(const Record& record, std::span<const FieldView> fields);
    void clean_plain_records(std::size_t limit);
    char* begin_row(std::uint64_t record_bytes);
    bool finish_row(RecordPlace record, std::span<const FieldView> fields, char* end);
    char* run_row(std::span<const FieldView> fields, char* out);
    void run_plain_rows(PlainRecords& records);
    bool finish_plain_row(const PlainRecords& record, char* out, char* end);
    template<class Fields, class Viewed>
    char* run_operations(Fields fields, const Viewed& viewed, char* out);
    char* run_generally(const FastOperation& op, std::span<const FieldView> fields, char* out);
    char* run_and_remember(const FastOperation& op, std::span<const FieldView> fields, char* out);
    bool parse_quickly(const QuickStep& step, std::span<const FieldView> fields);
    void parse_value(const QuickStep& step, std::span<const FieldView> fields);
    void settle_value(const QuickStep& step);
    void parse_field(const Recipe::Step& step, std::span<const FieldView> fields);
    std::optional<std::string_view> column_text(std::int32_t column, std::span<const FieldView> fields);
    void split_columns(std::span<const FieldView> fields);
    void run_repairs();
    void settle(std::uint32_t field);
    void apply_fault(std::uint32_t field, Reason reason);
    void derive(const Recipe::Step& step);
    bool dropped(std::uint64_t bytes);
    void apply_rules();
    std::size_t write_clean(std::span<const FieldView> fields);
    char* write_slot(char* out, const Value& value, const ValueType& type);
    std::string_view safe_text(std::string_view text);
    void end_row(std::size_t begin, std::span<const FieldView> fields);
    void keep_row(RecordPlace record, std::size_t begin);
    char* write_quoted_fields(char* out);
    void check_carried(std::span<const FieldView> fields);
    void write_carried(std::span<const FieldView> fields);
    void note_row(RecordPlace record, std::size_t clean_begin);
    void note_order_line(const OrderRules& rules, RecordPlace record);
    void note_order_words(const OrderRule& rule);
    void note_lost_line();
    void key_rows();
    Key key_of_value(std::uint32_t field);
    Key key_of(const Recipe::Duplicates& section, std::string_view row);
    Criteria criteria_of(const Recipe::Duplicates& section) const;
    void gather_keys(Batch& batch);
    void write_flags();
    void write_rejects(const Record& record);
    void write_reject(const Record& record, const Note& note, bool whole);
    void count(std::size_t counter) { pending_.push_back(counter); }
    std::string_view note_name(const Note& note) const;
    void explain(const Note& note, const Record& record, bool whole, Buffer& out) const;
    std::int32_t column_of(const Note& note, const Record& record) const;

    const Recipe& recipe_;
    Watch watch_;
    const std::function<void()>* between_ = nullptr;
    std::uint64_t effort_ = 0;       ///< since it was called last
    std::uint64_t record_bytes_ = 0; ///< of the record in hand
    const HeaderMapping* mapping_ = nullptr;
    const Chunk* chunk_ = nullptr;
    Batch* batch_ = nullptr;
    RecordReader reader_;
    Arena arena_;
    KeyBuilder key_;
    std::vector<std::vector<Key>> keys_; ///< by section, of the batch in hand
    std::vector<std::vector<Criteria>> criteria_;
    bool has_criteria_ = false;
    bool keyed_by_row_ = false;  ///< one section, whose key is the row as it is written; no order rules
    std::size_t fields_end_ = 0; ///< where the row in hand ends but for provenance and flags
    std::vector<QuickStep> quick_;
    std::vector<OutputStep> outputs_;
    bool carries_ = false;        ///< rows have more than the job's fields
    bool checks_carried_ = false; ///< carried columns may be faulty
    bool quotes_formulas_ = false;
    std::size_t fixed_room_ = 0; ///< bytes of an output row beside its texts
    std::vector<Value> slots_;
    std::vector<std::string_view> sources_; ///< by field: the text that it was parsed from
    std::vector<std::optional<std::string_view>> parts_;
    Buffer made_; ///< a text of a reject that is being made
    std::vector<Note> faults_;
    std::vector<Note> flags_;
    std::vector<std::size_t> pending_; ///< counters that count only if the record comes out clean
    std::uint64_t broken_until_ = 0;   ///< file offset: records before it may be parts of a broken one
    std::uint64_t broken_limit_ = 0;   ///< which goes no further than this
    bool after_broken_ = false;        ///< the record in hand is such a one
    std::uint64_t line_ = 0;           ///< of the record in hand, relative
    FastProgram rows_;
    std::size_t row_room_ = 0;         ///< what the row in hand may take
    std::size_t row_begin_ = 0;        ///< where it begins in the clean text
    const char* row_memory_ = nullptr; ///< that text, when it was begun
    bool untidy_ = true;               ///< the general way may have left something
    bool simple_ = true;               ///< rows are their fields: no splits, drops, rules, carried columns
    std::string_view header_begin_;    ///< a record whose first field is this may be a repeated header
    bool all_settled_at_once_ = true;  ///< no repairs: a field is done as soon as it is parsed
};

} // namespace ordermill::core
