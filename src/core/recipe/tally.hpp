#pragma once

#include "core/base/fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Which counter stands where. Everything that a run counts by field, reason, rule or step is one flat array
/// of integers, so that tallies merge in any order to the same result by adding.
struct TallyShape {
    /// What was done about a fault that did not reject the record.
    enum class Repair : std::uint8_t { blanked, kept, defaulted, count_ };
    static constexpr std::size_t repair_count = static_cast<std::size_t>(Repair::count_);

    std::uint32_t fields = 0;
    std::uint32_t rules = 0;
    std::uint32_t splits = 0;
    std::uint32_t steps = 0; ///< of [repair]
    std::uint32_t drops = 0;
    std::uint32_t order_rules = 0;

    /// Rejecting faults; `field == fields` is the record as a whole.
    std::size_t fault(std::size_t field, Reason reason) const noexcept {
        return field * reason_count + static_cast<std::size_t>(reason);
    }
    std::size_t repair(std::size_t field, Reason reason, Repair repair) const noexcept {
        return repairs_at() + (field * reason_count + static_cast<std::size_t>(reason)) * repair_count +
               static_cast<std::size_t>(repair);
    }
    std::size_t filled(std::size_t field) const noexcept {
        return filled_at() + field;
    } ///< missing -> default
    std::size_t rounded(std::size_t field) const noexcept { return filled_at() + fields + field; }
    std::size_t rule_broken(std::size_t rule) const noexcept { return rules_at() + 3 * rule; }
    std::size_t rule_flagged(std::size_t rule) const noexcept { return rules_at() + 3 * rule + 1; }
    std::size_t rule_not_applied(std::size_t rule) const noexcept { return rules_at() + 3 * rule + 2; }
    std::size_t split_broken(std::size_t split) const noexcept { return splits_at() + 2 * split; }
    std::size_t split_flagged(std::size_t split) const noexcept { return splits_at() + 2 * split + 1; }
    std::size_t step(std::size_t step) const noexcept { return splits_at() + 2 * splits + step; }
    /// Those of `step` that replaced a faulty value.
    std::size_t step_over_fault(std::size_t step) const noexcept { return this->step(steps) + step; }
    std::size_t dropped(std::size_t drop) const noexcept { return step_over_fault(steps) + drop; }
    /// Lines rejected, and lines flagged, by a rule on whole orders.
    std::size_t order_broken(std::size_t rule) const noexcept { return dropped(drops) + 2 * rule; }
    std::size_t order_flagged(std::size_t rule) const noexcept { return dropped(drops) + 2 * rule + 1; }
    /// Clean records that may be parts of the broken record before them.
    std::size_t after_broken() const noexcept { return order_broken(order_rules); }
    /// Texts of clean records that were written with an apostrophe in front.
    std::size_t formulas_quoted() const noexcept { return after_broken() + 1; }
    /// Rejected records over the length limit, which aren't among the raw rejects, and their bytes.
    std::size_t raw_left_out() const noexcept { return formulas_quoted() + 1; }
    std::size_t raw_bytes_left_out() const noexcept { return raw_left_out() + 1; }
    std::size_t size() const noexcept { return raw_bytes_left_out() + 1; }

  private:
    std::size_t repairs_at() const noexcept { return (fields + 1) * reason_count; }
    std::size_t filled_at() const noexcept { return repairs_at() + fields * reason_count * repair_count; }
    std::size_t rules_at() const noexcept { return filled_at() + 2 * fields; }
    std::size_t splits_at() const noexcept { return rules_at() + 3 * rules; }
};

/// Every input byte and record of a file belongs to exactly one of these.
struct Accounts {
    struct Share {
        std::uint64_t records = 0;
        std::uint64_t bytes = 0;
        Share& operator+=(const Share& other) noexcept {
            records += other.records;
            bytes += other.bytes;
            return *this;
        }
    };
    Share clean, rejected, duplicates, blank, repeated_header, comment, dropped;
    std::uint64_t lines = 0;

    Accounts& operator+=(const Accounts& other) noexcept {
        clean += other.clean;
        rejected += other.rejected;
        duplicates += other.duplicates;
        blank += other.blank;
        repeated_header += other.repeated_header;
        comment += other.comment;
        dropped += other.dropped;
        lines += other.lines;
        return *this;
    }
    std::uint64_t records() const noexcept { return clean.records + rejected.records + duplicates.records; }
    std::uint64_t bytes() const noexcept {
        return clean.bytes + rejected.bytes + duplicates.bytes + blank.bytes + repeated_header.bytes +
               comment.bytes + dropped.bytes;
    }
};

/// Counters in a TallyShape's order.
class Tally {
  public:
    Tally() = default;
    explicit Tally(const TallyShape& shape) : counters_(shape.size(), 0) {}
    explicit Tally(std::size_t counters) : counters_(counters, 0) {}

    void add(std::size_t counter, std::uint64_t amount = 1) noexcept { counters_[counter] += amount; }
    std::uint64_t operator[](std::size_t counter) const noexcept { return counters_[counter]; }
    std::size_t size() const noexcept { return counters_.size(); }
    void clear() noexcept { counters_.assign(counters_.size(), 0); }

    /// The counters that aren't zero, as bytes to be sent; `merge` adds such bytes. Throws std::runtime_error
    /// when they are no tally of this size.
    std::string encode() const;
    void merge(std::string_view encoded);

  private:
    std::vector<std::uint64_t> counters_;
};

} // namespace ordermill::core
