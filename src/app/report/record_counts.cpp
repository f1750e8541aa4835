#include "app/report/record_counts.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace ordermill::app {

RecordCounts count_records(const Totals& totals) {
    RecordCounts counts;
    for (const core::Accounts& file : totals.files) {
        counts.records += file.records();
        counts.clean += file.clean.records;
        counts.rejected += file.rejected.records;
        counts.duplicates += file.duplicates.records;
    }
    return counts;
}

bool over_limit(const core::MaxRejects& limit, const RecordCounts& counts) {
    if (limit.count && counts.rejected > *limit.count) return true;
    return limit.share &&
           static_cast<double>(counts.rejected) > *limit.share * static_cast<double>(counts.records);
}

void check_accounts(const Plan& plan, const Scheduler& scheduler) {
    const Totals& totals = scheduler.totals();
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const PlannedFile& file = plan.files[i];
        if (totals.files[i].bytes() != totals.data_ends[i] - file.data_begin) {
            throw std::logic_error(
                fmt::format("{}: {} bytes of data, but {} accounted for; please report this", file.path,
                            totals.data_ends[i] - file.data_begin, totals.files[i].bytes()));
        }
    }
    const RecordCounts counts = count_records(totals);
    if (counts.clean + counts.rejected + counts.duplicates != totals.records_read) {
        throw std::logic_error(fmt::format(
            "{} records were read, but {} are clean, {} rejected and {} duplicates; please report this",
            totals.records_read, counts.clean, counts.rejected, counts.duplicates));
    }
    std::uint64_t losers = 0;
    for (const ResolutionTotals::Section& section : scheduler.resolution().sections) losers += section.losers;
    if (counts.duplicates != losers) {
        throw std::logic_error(fmt::format("{} duplicates were found, but {} removed; please report this",
                                           losers, counts.duplicates));
    }
}

} // namespace ordermill::app
