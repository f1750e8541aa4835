#include "app/chunks/written_totals.hpp"

#include "io/crc.hpp"

#include <utility>

namespace ordermill::app {
namespace {

OutputTotal total_of(std::string_view text) { return {.bytes = text.size(), .crc = io::crc32(text)}; }

void extend(OutputTotal& total, std::uint32_t crc, std::uint64_t bytes) {
    if (bytes == 0) return; // combining costs as much as for any other length
    total.crc = io::crc32_combine(total.crc, crc, bytes);
    total.bytes += bytes;
}

} // namespace

WrittenTotals::WrittenTotals(const Plan& plan, const CompiledPlan& compiled)
    : plan_(plan), compiled_(compiled) {
    totals_.files.resize(plan.files.size());
    totals_.data_ends.resize(plan.files.size());
    totals_.clean.resize(plan.parts.count);
    totals_.tally = core::Tally(compiled.recipes.front().shape());
    if (plan.files.empty()) return;
    place_.offset = plan.files.front().data_begin;
    place_.line = plan.files.front().lines_before;
}

void WrittenTotals::begin(std::string_view clean, std::string_view rejects, std::string_view duplicates) {
    totals_.clean.assign(plan_.parts.count, total_of(clean));
    totals_.rejects = total_of(rejects);
    totals_.duplicates = total_of(duplicates);
}

void WrittenTotals::resume(const Checkpoint& from) {
    const std::vector<std::uint64_t> data_ends = std::move(totals_.data_ends);
    totals_ = from.totals;
    totals_.data_ends = data_ends;
    for (std::uint32_t file = 0; file < from.file; ++file) close_file(file, plan_.files[file].data_end);
    place_.file = from.file;
    place_.offset = from.offset;
    place_.line = from.line;
}

void WrittenTotals::add(const Chunk& written) {
    extend(totals_.clean[written.write.part], written.written.clean_crc, written.sizes.clean);
    extend(totals_.rejects, written.written.rejects_crc, written.sizes.rejects);
    extend(totals_.duplicates, written.written.duplicates_crc, written.sizes.duplicates);
    if (written.sizes.raw > 0) extend(raw(written.file), written.written.raw_crc, written.sizes.raw);
    totals_.tally.merge(written.tally);
    totals_.records_read += written.reply.accounts.records();
    core::Accounts& accounts = totals_.files[written.file];
    accounts += written.reply.accounts;
    for (const core::Accounts::Share& gone : {written.duplicates, written.rejected}) {
        accounts.clean.records -= gone.records;
        accounts.clean.bytes -= gone.bytes;
    }
    accounts.duplicates += written.duplicates;
    accounts.rejected += written.rejected;
    place_.file = written.file;
    place_.offset = written.reply.next_record;
    place_.line = written.base_line - 1 + written.reply.accounts.lines;
}

/// A file's raw rejects begin with its header, as it came.
OutputTotal& WrittenTotals::raw(std::uint32_t file) {
    const auto [found, is_new] = totals_.raw.try_emplace(file);
    if (is_new) found->second = total_of(plan_.files[file].header_bytes);
    return found->second;
}

Checkpoint WrittenTotals::checkpoint() const {
    Checkpoint point = place_;
    point.totals = totals_;
    return point;
}

std::uint64_t WrittenTotals::crashes() const {
    const core::TallyShape& shape = compiled_.recipes.front().shape();
    return totals_.tally[shape.fault(shape.fields, core::Reason::worker_crash)];
}

} // namespace ordermill::app
