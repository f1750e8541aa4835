#include "core/expression/expression_operand.hpp"

#include "core/date/date.hpp"
#include "core/field/lookup.hpp"
#include "core/number/number.hpp"
#include "core/pattern/replace.hpp"
#include "core/text/text.hpp"

#include <algorithm>
#include <array>

namespace ordermill::core::expression {
namespace {

/// Skips `count` characters, or all.
std::size_t skip(std::string_view text, Int128 count) noexcept {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) at += replacing::character_size(text.substr(at));
    return at;
}

/// A text that grows in an arena.
class Growing {
  public:
    Growing(Arena& arena, std::size_t most) : arena_(arena), most_(most) {}

    void spend(std::uint64_t effort) { arena_.spend(effort); }
    /// False when it would be longer than it may be.
    bool append(std::string_view more) {
        if (more.empty()) return true;
        if (size_ + more.size() > most_) return false;
        if (size_ + more.size() > capacity_) {
            const std::size_t wanted = std::max<std::size_t>(2 * (size_ + more.size()), 64);
            char* bigger = arena_.reserve(wanted);
            if (bigger != begin_) std::copy_n(begin_, size_, bigger);
            begin_ = bigger;
            capacity_ = wanted;
        }
        std::copy_n(more.data(), more.size(), begin_ + size_);
        size_ += more.size();
        return true;
    }
    std::string_view commit() {
        return size_ == 0 ? std::string_view("") : arena_.commit(begin_, begin_ + size_);
    }

  private:
    Arena& arena_;
    std::size_t most_;
    char* begin_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

template<typename Write>
void write(Operand& operand, int capacity, Arena& arena, Write write_at) {
    char* const begin = arena.reserve(static_cast<std::size_t>(capacity));
    operand.set_text(arena.commit(begin, write_at(begin, static_cast<std::int64_t>(operand.number))));
}

} // namespace

void substring(Operand& text, Int128 from, Int128 length) noexcept {
    from = std::clamp(from, -everything / 2, everything / 2);
    const Int128 past = from + std::clamp<Int128>(length, 0, everything);
    const Int128 first = std::max<Int128>(from, 1);
    std::string_view view = text.text();
    view.remove_prefix(skip(view, first - 1));
    text.set_text(view.substr(0, skip(view, past - first)));
}

void replace(Operand& text, const Replacement& replacement, std::size_t most, Arena& arena) {
    Growing out(arena, most);
    const Replaced replaced = replace_matches(text.text(), *replacement.pattern, replacement.rewrite, out);
    if (replaced == Replaced::too_long) return text.set_fault(Reason::field_too_long);
    if (replaced == Replaced::some) text.set_text(out.commit());
}

void read_number(Operand& text) noexcept {
    const std::string_view digits = trim(text.text());
    if (digits.empty()) return text.set_missing();
    // As many fraction digits as it has, so that numbers near the end of 64 bits can be read.
    const std::size_t point = digits.find('.');
    const std::size_t fraction = point == std::string_view::npos ? 0 : digits.size() - point - 1;
    NumberFormat format;
    format.scale = static_cast<std::uint8_t>(std::min<std::size_t>(fraction, max_scale));
    const ParsedNumber parsed = parse_decimal(digits, format);
    if (parsed.reason != Reason::none) return text.set_fault(parsed.reason);
    text.set_number(Int128{parsed.value} * power_of_ten(max_scale - format.scale));
}

void write_number(Operand& number, int scale, bool trimmed, Arena& arena) {
    write(number, number_capacity, arena, [&](char* out, std::int64_t units) {
        return trimmed ? write_decimal_trimmed(out, units, scale) : write_decimal(out, units, scale);
    });
}

void write_date(Operand& days, Arena& arena) {
    write(days, date_capacity, arena,
          [](char* out, std::int64_t value) { return core::write_date(out, value); });
}

void write_timestamp(Operand& microseconds, bool zoned, Arena& arena) {
    write(microseconds, date_capacity, arena,
          [&](char* out, std::int64_t value) { return core::write_timestamp(out, value, zoned); });
}

void format_date(Operand& moment, const DateWriter& writer, Arena& arena) {
    write(moment, static_cast<int>(writer.capacity()), arena,
          [&](char* out, std::int64_t value) { return writer.write(out, value); });
}

std::string_view month_name(Int128 days) noexcept {
    return name_of_month(civil_from_days(static_cast<std::int64_t>(days)).month);
}

void concat(Operand* first, std::size_t count, std::size_t most, Arena& arena) {
    std::size_t size = 0;
    for (const Operand* part = first; part != first + count; ++part) {
        if (part->state == State::faulty) return first->set_fault(part->reason);
        if (part->present()) size += part->size;
    }
    if (size > most) return first->set_fault(Reason::field_too_long);
    char* const begin = arena.reserve(size + 1);
    char* end = begin;
    for (const Operand* part = first; part != first + count; ++part) {
        if (part->present()) end = std::copy_n(part->data, part->size, end);
    }
    first->set_text(arena.commit(begin, end));
}

void look_up(Operand* first, std::size_t count, const LookupTable& table, std::size_t column) noexcept {
    std::array<Value, most_key_columns> key;
    for (std::size_t i = 1; i < count; ++i) both_present(*first, first[i]);
    if (!first->present()) {
        // A number that the key's scale can't hold is in no row.
        if (first->state == State::faulty && first->reason == Reason::inexact)
            first->reason = Reason::not_found;
        return;
    }
    const auto types = table.key_types();
    for (std::size_t i = 0; i < count; ++i) {
        if (types[i].kind == Kind::text) {
            key[i].set_text(first[i].text());
        } else {
            key[i].set_number(static_cast<std::int64_t>(first[i].number));
        }
    }
    const auto row = table.find({key.data(), count});
    if (!row) return first->set_fault(Reason::not_found);
    first->set_value(table.at(*row, column));
}

} // namespace ordermill::core::expression
