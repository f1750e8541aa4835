// What Cleaner notes of a clean record for the removal of duplicates: its place, its keys, what decides which
// one stays.
#include "core/clean.hpp"

#include <algorithm>

namespace ordermill::core {

void Cleaner::note_row(const Record& record, std::size_t clean_begin) {
    const Buffer& bytes = batch_->clean.bytes;
    batch_->rows.push_back({.clean_begin = clean_begin,
                            .byte_position = chunk_->base + record.begin,
                            .line = static_cast<std::uint32_t>(line_),
                            .source_bytes = static_cast<std::uint32_t>(record.end - record.begin),
                            .fields_bytes = static_cast<std::uint32_t>(fields_end_ - clean_begin),
                            .clean_bytes = static_cast<std::uint32_t>(bytes.size() - clean_begin)});
    const std::string_view row = bytes.view().substr(clean_begin, fields_end_ - clean_begin);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const Recipe::Duplicates& section = recipe_.duplicates()[i];
        keys_[i].push_back(key_of(section, row));
        if (has_criteria_) criteria_[i].push_back(criteria_of(section));
    }
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
