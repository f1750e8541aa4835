#pragma once

#include "core/job/job_spec.hpp"
#include "core/field/lookup.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// A delimited file with a header as a table of texts, every record whole. Throws JobError: no header, a
/// faulty record (with its line).
struct TextTable {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::uint64_t> lines; ///< of each row, from 1
};
TextTable read_table(std::string_view bytes, const Dialect& dialect, const std::string& what, Place place,
                     bool has_header = true);

/// The look-up table of a job, from its file's bytes. Throws JobError: a column that isn't there, a value
/// that isn't of its type, a repeated key (with both lines).
std::shared_ptr<const LookupTable> read_lookup(const LookupSpec& spec, std::string_view bytes);

/// The keys of a single-key look-up as texts: what `values lookup NAME` allows.
std::vector<std::string> lookup_keys(const LookupSpec& spec, std::string_view bytes);

} // namespace ordermill::core
