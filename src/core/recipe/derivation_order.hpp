#pragma once

#include "core/job/job_spec.hpp"

#include <cstdint>
#include <vector>

namespace ordermill::core {

/// The derived ones of the fields, each behind those that it needs: rounds through the job, in each of which
/// every field whose needs are met comes along. Fields that need each other come last, in the job's order.
/// Cost: linear in the size of the expressions, but for sorting.
std::vector<std::uint32_t> derivation_order(const std::vector<FieldSpec>& fields);

} // namespace ordermill::core
