#pragma once

#include "app/deal/scheduler.hpp"
#include "app/plan/plan.hpp"

#include <cstdint>

namespace ordermill::app {

/// Records over all files, by what became of them. records = clean + rejected + duplicates.
struct RecordCounts {
    std::uint64_t records = 0;
    std::uint64_t clean = 0;
    std::uint64_t rejected = 0;
    std::uint64_t duplicates = 0;
};
RecordCounts count_records(const Totals& totals);

/// Whether more records were rejected than the job's max_rejects allows.
bool over_limit(const core::MaxRejects& limit, const RecordCounts& counts);

/// Compares the run's counts with each other: each byte of each file belongs to exactly one thing; clean and
/// rejected records and duplicates add up to all records; as many records were removed as duplicates as were
/// found to be duplicates. Throws std::logic_error if not; such a run must not be committed.
void check_accounts(const Plan& plan, const Scheduler& scheduler);

} // namespace ordermill::app
