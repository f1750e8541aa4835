#include "app/chunks/output_placement.hpp"

#include "core/clean/batch.hpp"

namespace ordermill::app {

void OutputPlacement::begin(const TextSizes& headers) {
    next_ = headers;
    clean_.assign(clean_.size(), headers.clean);
}

void OutputPlacement::resume(const Totals& written) {
    next_ = {.rejects = written.rejects.bytes, .duplicates = written.duplicates.bytes};
    for (std::size_t part = 0; part < clean_.size(); ++part) clean_[part] = written.clean.at(part).bytes;
    for (const auto& [file, total] : written.raw) raw_[file] = total.bytes;
}

WriteTask OutputPlacement::place(std::uint32_t file, std::uint32_t part, const TextSizes& sizes) {
    WriteTask task{.part = part,
                   .clean_at = clean_[part],
                   .rejects_at = next_.rejects,
                   .duplicates_at = next_.duplicates};
    clean_[part] += sizes.clean;
    next_.rejects += sizes.rejects;
    next_.duplicates += sizes.duplicates;
    if (sizes.raw > 0) {
        task.raw_at = raw(file);
        raw(file) += sizes.raw;
    }
    return task;
}

std::uint64_t& OutputPlacement::raw(std::uint32_t file) {
    return raw_.try_emplace(file, plan_.files[file].header_bytes.size()).first->second;
}

std::optional<std::uint64_t> length_at(const LinedSize& size, std::uint64_t base) {
    if (size.holes == 0) return size.bytes;
    const int digits = core::digit_count(base + size.first_line);
    if (digits != core::digit_count(base + size.last_line)) return std::nullopt;
    return size.bytes + size.holes * static_cast<std::uint64_t>(digits);
}

} // namespace ordermill::app
