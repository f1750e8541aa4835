#include "core/clean/clean.hpp"

#include "core/csv/csv_write.hpp"
#include "core/text/encoding.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

constexpr std::uint64_t slice = std::uint64_t{1} << 20;
/// How much is done at most between two calls of `between`, in a measure of about a nanosecond for what is
/// cheap and some ten for what isn't.
constexpr std::uint64_t most_effort = std::uint64_t{1} << 22;
constexpr std::uint64_t effort_of_expression = 64;
constexpr std::uint64_t effort_of_field = 16;
constexpr std::size_t rows_keyed_at_once = 64;
/// How far behind its first line a broken record may reach, with all that is broken in there.
constexpr std::uint64_t most_broken_bytes = std::uint64_t{64} << 10;

/// The header as it stands in the file.
const std::vector<std::string>& header_of(const HeaderMapping& mapping) noexcept {
    return mapping.written.empty() ? mapping.names : mapping.written;
}

} // namespace

/// The last record may begin behind the range, where it may be part of a broken one: at most a first line and
/// `most_broken_bytes` behind it.
std::uint64_t most_bytes_behind(const Dialect& dialect) noexcept {
    const std::uint64_t record = std::max<std::uint64_t>(dialect.max_record, excerpt_bytes) + 2;
    return 2 * record + most_broken_bytes;
}

Cleaner::Cleaner(const Recipe& recipe, Ways ways)
    : recipe_(recipe), reader_(recipe.dialect(), 0), slots_(recipe.fields().size()),
      sources_(recipe.fields().size()), parts_(recipe.part_count()),
      all_settled_at_once_(recipe.repairs().empty()) {
    for (const Recipe::Step& step : recipe.parse_steps()) {
        const Field& field = recipe.fields()[step.field];
        const bool quick = recipe.dialect().encoding == Encoding::utf8 && recipe.takes_plain_column(step);
        quick_.push_back({.step = step,
                          .field = &field,
                          .quick = quick,
                          .words = field.has_missing_words(),
                          .checked = field.checked(),
                          .settle_missing = field.required() || field.default_value()});
    }
    const OutputSpec& output = recipe.output();
    for (const std::uint32_t index : recipe.visible())
        outputs_.push_back({index, recipe.fields()[index].type()});
    keys_.resize(recipe.duplicates().size());
    criteria_.resize(recipe.duplicates().size());
    for (const Recipe::Duplicates& section : recipe.duplicates())
        has_criteria_ = has_criteria_ || !section.criteria.empty();
    keyed_by_row_ = keys_.size() == 1 && !has_criteria_ && recipe.orders() == nullptr &&
                    recipe.duplicates().front().all && recipe.duplicates().front().missing_equal;
    carries_ = !recipe.rest().empty() || output.file_column || output.line_column || recipe.has_flags();
    quotes_formulas_ = output.formulas == OutputSpec::Formulas::quote;
    checks_carried_ = !recipe.rest().empty() && (recipe.dialect().encoding != Encoding::utf8 ||
                                                 output.formulas == OutputSpec::Formulas::reject);
    simple_ = !carries_ && recipe.splits().empty() && recipe.drops().empty() && recipe.rules().empty();
    if (ways == Ways::both) rows_ = FastProgram::compile(recipe, slots_);
    fixed_room_ = outputs_.size() * (date_capacity + field_slack + 2 * output.missing.size() + 2) + 8;
}

void Cleaner::clean(const Chunk& chunk, const HeaderMapping& mapping, Batch& batch,
                    const std::function<void()>& between) {
    batch.clear();
    chunk_ = &chunk;
    mapping_ = &mapping;
    batch_ = &batch;
    between_ = &between;
    effort_ = 0;
    arena_.watch([](void* by, std::uint64_t effort) { static_cast<Cleaner*>(by)->spend(effort); }, this);
    rows_.resolve(recipe_, mapping);
    reader_.find_plain(rows_.usable && rows_.plain_helps && mapping.line_before.empty());
    const bool repeats = mapping.has_header && recipe_.input().repeated_header != Unwanted::keep;
    header_begin_ = repeats && mapping.columns() > 0 ? header_of(mapping).front() : std::string_view();
    line_ = 0;
    if (!chunk.follows) broken_until_ = 0;
    const std::size_t begin = chunk.begin - chunk.base;
    const std::size_t end = chunk.end - chunk.base;
    std::size_t start = begin;
    if (!chunk.known_start) {
        start =
            guess_record_start(chunk.bytes, begin, end, chunk.at_end, recipe_.dialect(), mapping.columns());
        if (start == std::string_view::npos) return;
    }
    if (start >= end) return;
    reader_.set_columns(mapping.columns());
    reader_.open(chunk.bytes, start, chunk.at_end);
    batch.first_record = chunk.base + start;
    clean_records(chunk, batch, between);
    gather_keys(batch);
}

void Cleaner::clean_records(const Chunk& chunk, Batch& batch, const std::function<void()>& between) {
    RecordReader& reader = reader_;
    const std::size_t end = chunk.end - chunk.base;
    std::size_t next_pause = reader.position() + slice;
    const bool unusual = watch_ || !chunk.crashing.empty();
    const auto wanted = [&] {
        after_broken_ = chunk.base + reader.position() < broken_until_;
        return reader.position() < end || (after_broken_ && !chunk.follows);
    };
    while (wanted()) {
        if (!unusual && !after_broken_) clean_plain_records(std::min(end, next_pause));
        if (keyed_by_row_ && batch.rows.size() - batch.keys.size() >= rows_keyed_at_once) key_rows();
        if (!after_broken_ && reader.position() >= end) break;
        const RecordReader::Next next = reader.next();
        if (next == RecordReader::Next::partial) {
            batch.needs_more = true;
            return;
        }
        if (next == RecordReader::Next::end) break;
        if (next == RecordReader::Next::endless && !pass_endless(chunk, batch, between)) return;
        if (!unusual || !crashing(reader.record())) [[likely]]
            clean_record(reader.record(), reader.fields());
        if (reader.record().first_line_only) note_broken(reader.record());
        line_ += reader.record().lines;
        if (between && reader.position() >= next_pause) {
            between();
            next_pause = reader.position() + slice;
        }
    }
    batch.next_record = chunk.base + reader.position();
    batch.accounts.lines = line_;
}

/// Completes a line over the length limit that goes on behind the chunk's bytes; false: it can't be done.
bool Cleaner::pass_endless(const Chunk& chunk, Batch& batch, const std::function<void()>& between) {
    // A carriage return that the bytes end with may belong to the line's end.
    const std::uint64_t goes_on = chunk.base + chunk.bytes.size() - 1;
    const auto end = chunk.find_line_end ? chunk.find_line_end(goes_on, between) : std::nullopt;
    if (end) {
        reader_.end_at(*end - chunk.base);
        return true;
    }
    batch.needs_more = true;
    batch.line_goes_on = goes_on;
    return false;
}

/// The records are the same wherever the input is cut, since a chunk goes on to the end of what is broken.
void Cleaner::note_broken(const Record& record) noexcept {
    if (!after_broken_) {
        broken_until_ = 0;
        broken_limit_ = chunk_->base + record.end + most_broken_bytes;
    }
    const std::uint64_t until = std::min(chunk_->base + record.broken_end, broken_limit_);
    broken_until_ = std::max(broken_until_, until);
}

/// A record that ended a process that looked at it is rejected unseen. One over the length limit isn't looked
/// at.
bool Cleaner::crashing(const Record& record) {
    if (record.long_line) return false;
    const std::uint64_t offset = chunk_->base + record.begin;
    if (std::binary_search(chunk_->crashing.begin(), chunk_->crashing.end(), offset)) {
        faults_.assign(1, {Note::Of::record, 0, Reason::worker_crash});
        write_rejects(record);
        batch_->accounts.rejected += {1, record.end - record.begin};
        return true;
    }
    if (watch_) watch_(offset, chunk_->bytes.substr(record.begin, record.end - record.begin));
    return false;
}

void Cleaner::clean_record(const Record& record, std::span<const FieldView> fields) {
    Accounts& accounts = batch_->accounts;
    const std::uint64_t bytes = record.end - record.begin;
    const InputSpec& input = recipe_.input();
    if (record.kind == RecordKind::comment) {
        accounts.comment += {1, bytes};
        return;
    }
    if (record.kind == RecordKind::blank && input.blank == Unwanted::drop) {
        accounts.blank += {1, bytes};
        return;
    }
    faults_.clear();
    untidy_ = true;
    record_bytes_ = bytes;
    spend(bytes + effort_of_field * quick_.size());
    if (repeats_line_before(record)) {
        if (drop_header(record)) return;
    } else if (record.fault != Reason::none) {
        faults_.push_back({Note::Of::record, 0, record.fault});
    } else if (record.kind == RecordKind::blank && input.blank == Unwanted::reject) {
        faults_.push_back({Note::Of::record, 0, Reason::blank_record});
    } else if (fields.size() != mapping_->columns()) { // a blank line that is to be kept
        const bool few = fields.size() < mapping_->columns();
        faults_.push_back({Note::Of::record, 0, few ? Reason::missing_columns : Reason::too_many_columns});
    } else {
        if (mapping_->has_header && input.repeated_header != Unwanted::keep && repeats_header(fields)) {
            if (drop_header(record)) return;
        } else {
            const AfterBroken unusual = after_broken_ ? input.after_broken : AfterBroken::keep;
            if (unusual == AfterBroken::keep && rows_.usable && clean_row(record, fields)) return;
            begin_record();
            if (unusual == AfterBroken::flag) flags_.push_back({Note::Of::record, 0, Reason::after_broken});
            untidy_ = true;
            parse_fields(fields);
            if (dropped(bytes)) return;
            if (unusual == AfterBroken::reject)
                faults_.push_back({Note::Of::record, 0, Reason::after_broken});
            if (checks_carried_) check_carried(fields);
            apply_rules();
            if (!faults_.empty()) note_lost_line();
        }
    }
    if (faults_.empty()) {
        keep_row({record.begin, record.end}, write_clean(fields));
    } else {
        write_rejects(record);
        accounts.rejected += {1, bytes};
    }
}

/// Lets the caller know between parts of long work that it goes on.
void Cleaner::spend(std::uint64_t effort) {
    effort_ += effort;
    if (effort_ < most_effort) [[likely]]
        return;
    effort_ = 0;
    if (*between_) (*between_)();
}

/// Over the record in hand.
Value Cleaner::evaluate(const Expression& expression) {
    spend(effort_of_expression + record_bytes_);
    return expression.evaluate(slots_, arena_);
}

/// Counts the record whose row was written from `begin` on.
void Cleaner::keep_row(RecordPlace record, std::size_t begin) {
    if (recipe_.stages()) note_row(record, begin);
    for (const std::size_t counter : pending_) batch_->tally.add(counter);
    if (after_broken_) [[unlikely]]
        batch_->tally.add(recipe_.shape().after_broken());
    batch_->accounts.clean += {1, record.size()};
}

bool Cleaner::repeats_line_before(const Record& record) const noexcept {
    if (mapping_->line_before.empty() || recipe_.input().repeated_header == Unwanted::keep) return false;
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::string_view line = chunk_->bytes.substr(record.begin, record.content_end - record.begin);
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
    return line == mapping_->line_before;
}

/// A header that is there again; false: it is to be rejected.
bool Cleaner::drop_header(const Record& record) {
    if (recipe_.input().repeated_header == Unwanted::drop) {
        batch_->accounts.repeated_header += {1, record.end - record.begin};
        return true;
    }
    faults_.push_back({Note::Of::record, 0, Reason::repeated_header});
    return false;
}

bool Cleaner::repeats_header(std::span<const FieldView> fields) {
    const std::vector<std::string>& header = header_of(*mapping_);
    const bool utf8 = recipe_.dialect().encoding == Encoding::utf8;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const FieldView& field = fields[i];
        if (utf8 && field.size < header[i].size()) return false;
        if (utf8 && !field.escaped) {
            if (trim(field.view()) != header[i]) return false;
            continue;
        }
        arena_.reset();
        const auto text = column_text(static_cast<std::int32_t>(i), fields);
        if (!text || trim(*text) != header[i]) return false;
    }
    return true;
}

bool Cleaner::dropped(std::uint64_t bytes) {
    for (std::uint32_t i = 0; i < recipe_.drops().size(); ++i) {
        const Value when = evaluate(recipe_.drops()[i].expression);
        if (when.state != State::present || when.number == 0) continue;
        batch_->tally.add(recipe_.shape().dropped(i));
        batch_->accounts.dropped += {1, bytes};
        return true;
    }
    return false;
}

void Cleaner::apply_rules() {
    for (std::uint32_t i = 0; i < recipe_.rules().size(); ++i) {
        const Recipe::Rule& rule = recipe_.rules()[i];
        const Value holds = evaluate(rule.expression);
        if (holds.state == State::missing) {
            count(recipe_.shape().rule_not_applied(i));
            continue;
        }
        if (holds.state == State::present && holds.number != 0) continue;
        const Note note{Note::Of::rule, i, holds.state == State::faulty ? holds.reason : Reason::rule_broken};
        if (rule.on_fault.flag) {
            flags_.push_back(note);
            count(recipe_.shape().rule_flagged(i));
        } else {
            faults_.push_back(note);
        }
    }
}

} // namespace ordermill::core
