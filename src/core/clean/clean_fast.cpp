// Cleaner's way for ordinary records: FastProgram's operations, one after the other, straight to the output.
#include "core/clean/clean.hpp"
#include "core/csv/csv_write.hpp"

namespace ordermill::core {

/// Forgets what the general way left of the record before.
void Cleaner::begin_record() noexcept {
    arena_.reset();
    flags_.clear();
    pending_.clear();
    faults_.clear();
    untidy_ = false;
}

/// False, and nothing done, when the record isn't an ordinary one: then the general way must do it.
bool Cleaner::clean_row(const Record& record, std::span<const FieldView> fields) {
    if (record.end + row_padding > chunk_->bytes.size()) return false;
    begin_record();
    untidy_ = true;
    if (!recipe_.splits().empty()) split_columns(fields);
    char* const out = begin_row(record.end - record.begin);
    char* const end = faults_.empty() ? run_row(fields, out) : nullptr;
    return finish_row({record.begin, record.end}, fields, end);
}

/// The plain records from here on that begin before `limit`, up to one that the general way must do.
void Cleaner::clean_plain_records(std::size_t limit) {
    PlainRecords records = reader_.plain_records(limit, row_padding);
    run_plain_rows(records);
    reader_.skip(records);
}

/// Makes room for a row, and returns its place.
char* Cleaner::begin_row(std::uint64_t record_bytes) {
    record_bytes_ = record_bytes;
    row_room_ = rows_.room + record_bytes * rows_.room_factor;
    Buffer& bytes = batch_->clean.bytes;
    bytes.ensure(2 * row_room_);
    row_begin_ = bytes.size();
    row_memory_ = bytes.data();
    return bytes.end();
}

/// The rest of a record whose row's fields were written up to `end`; null: they weren't. As `clean_row`.
bool Cleaner::finish_row(RecordPlace record, std::span<const FieldView> fields, char* end) {
    Buffer& bytes = batch_->clean.bytes;
    const auto give_up = [&] {
        batch_->clean.rewind(row_begin_);
        faults_.clear();
        return false;
    };
    // Flags come in the order of the fields' steps, which isn't that of the columns.
    if (end == nullptr || flags_.size() > 1) return give_up();
    if (!recipe_.drops().empty() && dropped(record.size())) return true;
    if (checks_carried_) check_carried(fields);
    if (!recipe_.rules().empty()) apply_rules();
    if (!faults_.empty()) return give_up();
    bytes.set_end(end);
    end_row(row_begin_, fields);
    // Values may be views of the row, so it must not have moved.
    if (bytes.data() != row_memory_) return give_up();
    keep_row(record, row_begin_);
    return true;
}

bool Cleaner::finish_plain_row(const PlainRecords& record, char* out, char* end) {
    const std::size_t begin = reader_.slice_begin();
    const RecordPlace place{begin + record.begin(), begin + record.end()};
    if (!simple_ || untidy_ || end <= out + 1) {
        untidy_ = true;
        return finish_row(place, carries_ ? reader_.fields_of(record.fields()) : std::span<const FieldView>(),
                          end);
    }
    Buffer& bytes = batch_->clean.bytes;
    end[-1] = '\n';
    bytes.set_end(end);
    fields_end_ = bytes.size() - 1;
    keep_row(place, row_begin_);
    return true;
}

/// An operation's field as the general way has it. Null when it is faulty, or there isn't enough room.
char* Cleaner::run_generally(const FastOperation& op, std::span<const FieldView> fields, char* out) {
    untidy_ = true;
    if (op.derived) {
        if (op.kind != FastOperation::Kind::written) derive(recipe_.derive_steps()[op.step]);
    } else if (op.kind != FastOperation::Kind::written) {
        parse_value(quick_[op.step], fields);
        if (op.must_be_present && slots_[op.slot].state != State::present) return nullptr;
        settle_value(quick_[op.step]);
    }
    if (!faults_.empty()) return nullptr;
    if (op.kind == FastOperation::Kind::value) return out;
    // What the operations to come may take is left to them.
    const Buffer& bytes = batch_->clean.bytes;
    const Value& value = slots_[op.slot];
    const auto left = static_cast<std::size_t>(bytes.data() + bytes.capacity() - out);
    if (left < row_room_ + 2 * std::size_t{value.size} + 2) return nullptr;
    return write_slot(out, value, op.type);
}

#if !defined(__x86_64__)
char* Cleaner::run_row(std::span<const FieldView>, char*) { return nullptr; }
void Cleaner::run_plain_rows(PlainRecords&) {}
#endif

} // namespace ordermill::core
