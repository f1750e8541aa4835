#pragma once

#include "app/job_syntax/job_words.hpp"
#include "core/job/job_spec.hpp"

#include <span>

namespace ordermill::app {

/// The steps of a field line (`scale 2`, `else keep flag`), each applied to `field`, whose type and source
/// are set. Throws core::JobError for a step that isn't known, doesn't fit the type or the source, is there
/// twice or contradicts another.
void read_steps(std::span<const Piece> steps, core::FieldSpec& field);

} // namespace ordermill::app
