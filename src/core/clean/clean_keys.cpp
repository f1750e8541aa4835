// What Cleaner notes of a clean record for the removal of duplicates and the rules on whole orders: its
// place, its keys, what decides which one stays, what the rules compare.
#include "core/clean/clean.hpp"

#include <algorithm>

namespace ordermill::core {

void Cleaner::note_row(RecordPlace record, std::size_t clean_begin) {
    const Buffer& bytes = batch_->clean.bytes;
    // Member by member: put together elsewhere, it would be read back before it is all written.
    Row& noted = batch_->rows.emplace_back();
    noted.clean_begin = clean_begin;
    noted.byte_position = chunk_->base + record.begin;
    noted.line = static_cast<std::uint32_t>(line_);
    noted.source_bytes = static_cast<std::uint32_t>(record.size());
    noted.fields_bytes = static_cast<std::uint32_t>(fields_end_ - clean_begin);
    noted.clean_bytes = static_cast<std::uint32_t>(bytes.size() - clean_begin);
    if (keyed_by_row_) return; // see key_rows
    const std::string_view row{bytes.data() + clean_begin, noted.fields_bytes};
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const Recipe::Duplicates& section = recipe_.duplicates()[i];
        keys_[i].push_back(key_of(section, row));
        if (has_criteria_) criteria_[i].push_back(criteria_of(section));
    }
    if (recipe_.orders() != nullptr) note_order_line(*recipe_.orders(), record);
}

/// The keys of the rows that have none yet. Some rows at a time: what was written just now would have to be
/// waited for, since it was written in smaller parts than it is read in.
void Cleaner::key_rows() {
    Batch& batch = *batch_;
    const char* const text = batch.clean.bytes.data();
    for (std::size_t i = batch.keys.size(); i < batch.rows.size(); ++i) {
        const Row& row = batch.rows[i];
        batch.keys.push_back(key_of_text({text + row.clean_begin, row.fields_bytes}));
    }
}

Key Cleaner::key_of_value(std::uint32_t field) {
    key_.clear();
    key_.add(slots_[field], recipe_.fields()[field].type().kind);
    return key_.key();
}

void Cleaner::note_order_line(const OrderRules& rules, RecordPlace record) {
    OrderRows& orders = batch_->orders;
    const Value& id = slots_[rules.id];
    const bool grouped = id.state != State::missing;
    orders.keys.push_back(grouped ? key_of_value(rules.id) : no_key);
    if (grouped) {
        orders.ids.ensure(id.size + date_capacity);
        const ValueType& type = recipe_.fields()[rules.id].type();
        if (id.state == State::kept || type.kind == Kind::text)
            orders.ids.append(id.text());
        else
            orders.ids.set_end(write_value(orders.ids.end(), id, type));
    }
    orders.id_ends.push_back(static_cast<std::uint32_t>(orders.ids.size()));
    orders.sources.append(chunk_->bytes.substr(record.begin, record.size()));
    for (std::uint32_t i = 0; i < rules.rules.size(); ++i) {
        const OrderRule& rule = rules.rules[i];
        note_order_words(rule);
        if (!grouped || rule.kind != OrderRule::Kind::cancels) continue;
        const std::uint32_t field = rule.fields.front();
        if (slots_[field].state == State::missing) continue;
        orders.references.push_back(
            {key_of_value(field), static_cast<std::uint32_t>(orders.keys.size() - 1), i});
    }
}

/// As OrderRules says: hashes for `same` and `unique`, units for `sum`.
void Cleaner::note_order_words(const OrderRule& rule) {
    std::vector<std::uint64_t>& words = batch_->orders.words;
    const auto missing = [this](std::uint32_t field) { return slots_[field].state == State::missing; };
    const auto hash = [](const Key& key) { return std::max<std::uint64_t>(key.low, 1); };
    switch (rule.kind) {
    case OrderRule::Kind::same:
        for (const std::uint32_t field : rule.fields)
            words.push_back(missing(field) ? 0 : hash(key_of_value(field)));
        break;
    case OrderRule::Kind::unique:
        if (std::any_of(rule.fields.begin(), rule.fields.end(), missing)) {
            words.push_back(0);
            break;
        }
        key_.clear();
        for (const std::uint32_t field : rule.fields)
            key_.add(slots_[field], recipe_.fields()[field].type().kind);
        words.push_back(hash(key_.key()));
        break;
    case OrderRule::Kind::sum:
        for (const std::uint32_t field : rule.fields) {
            const Value& value = slots_[field];
            words.push_back(
                static_cast<std::uint64_t>(value.state == State::present ? value.number : no_amount));
        }
        break;
    default: break;
    }
}

/// The record in hand is rejected: its order has lost a line, if it is known which.
void Cleaner::note_lost_line() {
    const OrderRules* const rules = recipe_.orders();
    if (rules == nullptr || !rules->counts_lost) return;
    const State id = slots_[rules->id].state;
    if (id == State::present || id == State::kept) batch_->orders.lost.push_back(key_of_value(rules->id));
}

Key Cleaner::key_of(const Recipe::Duplicates& section, std::string_view row) {
    if (section.all) {
        const bool whole = section.missing_equal ||
                           std::none_of(outputs_.begin(), outputs_.end(), [this](const OutputStep& step) {
                               return slots_[step.slot].state == State::missing;
                           });
        return whole ? key_of_text(row) : no_key;
    }
    key_.clear();
    for (const std::uint32_t field : section.key) {
        const Value& value = slots_[field];
        if (!section.missing_equal && value.state == State::missing) return no_key;
        key_.add(value, recipe_.fields()[field].type().kind);
    }
    return key_.key();
}

Criteria Cleaner::criteria_of(const Recipe::Duplicates& section) const {
    Criteria criteria{};
    for (std::size_t i = 0; i < section.criteria.size(); ++i) {
        const Recipe::Criterion& criterion = section.criteria[i];
        const auto present = [this](std::uint32_t field) { return slots_[field].state == State::present; };
        if (criterion.kind == KeepSpec::Criterion::most_complete) {
            criteria[i] = std::count_if(criterion.fields.begin(), criterion.fields.end(), present);
        } else {
            const std::uint32_t field = criterion.fields.front();
            criteria[i] = present(field) ? slots_[field].number : INT64_MIN;
        }
    }
    return criteria;
}

void Cleaner::gather_keys(Batch& batch) {
    if (keyed_by_row_) return key_rows();
    for (std::vector<Key>& keys : keys_) {
        batch.keys.insert(batch.keys.end(), keys.begin(), keys.end());
        keys.clear();
    }
    for (std::vector<Criteria>& criteria : criteria_) {
        batch.criteria.insert(batch.criteria.end(), criteria.begin(), criteria.end());
        criteria.clear();
    }
}

} // namespace ordermill::core
