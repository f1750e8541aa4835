#pragma once

#include "core/number/human_numbers.hpp"

namespace ordermill::app {

using core::grouped;
using core::human_bytes;

} // namespace ordermill::app
