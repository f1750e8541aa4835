// Cleaner's way for ordinary records: RowProgram's operations, one after the other, straight to the output.
#include "core/clean.hpp"
#include "core/csv_write.hpp"

namespace ordermill::core {

/// False, and nothing done, when the record isn't an ordinary one: then the general way must do it.
bool Cleaner::clean_row(const Record& record, std::span<const FieldView> fields) {
    if (record.end + row_padding > chunk_->bytes.size()) return false;
    arena_.reset();
    flags_.clear();
    pending_.clear();
    if (!recipe_.splits().empty()) split_columns(fields);
    const std::uint64_t record_bytes = record.end - record.begin;
    Buffer& bytes = batch_->clean.bytes;
    const std::size_t begin = bytes.size();
    row_room_ = rows_.room + record_bytes * rows_.room_factor;
    bytes.ensure(2 * row_room_);
    const char* const memory = bytes.data();
    const auto give_up = [&] {
        batch_->clean.rewind(begin);
        faults_.clear();
        return false;
    };
    char* const end = faults_.empty() ? run_row(record, fields, bytes.end()) : nullptr;
    // Flags come in the order of the fields' steps, which isn't that of the columns.
    if (end == nullptr || flags_.size() > 1) return give_up();
    if (!recipe_.drops().empty() && dropped(record_bytes)) return true;
    if (!recipe_.rules().empty()) apply_rules();
    if (!faults_.empty()) return give_up();
    bytes.set_end(end);
    end_row(begin, fields);
    // Values may be views of the row, so it must not have moved.
    if (bytes.data() != memory) return give_up();
    keep_row(record, begin);
    return true;
}

/// An operation's field as the general way has it. Null when it is faulty, or there isn't enough room.
char* Cleaner::run_generally(const RowOp& op, std::span<const FieldView> fields, char* out) {
    if (op.derived) {
        if (op.kind != RowOp::Kind::written) derive(recipe_.derive_steps()[op.step]);
    } else if (op.kind != RowOp::Kind::written) {
        parse_value(quick_[op.step], fields);
        if (op.must_be_present && slots_[op.slot].state != State::present) return nullptr;
        settle_value(quick_[op.step]);
    }
    if (!faults_.empty()) return nullptr;
    if (op.kind == RowOp::Kind::value) return out;
    // What the operations to come may take is left to them.
    const Buffer& bytes = batch_->clean.bytes;
    const Value& value = slots_[op.slot];
    const auto left = static_cast<std::size_t>(bytes.data() + bytes.capacity() - out);
    if (left < row_room_ + 2 * std::size_t{value.size}) return nullptr;
    return write_slot(out, value, op.type);
}

#if !defined(__x86_64__)
char* Cleaner::run_row(const Record&, std::span<const FieldView>, char*) { return nullptr; }
#endif

} // namespace ordermill::core
