#pragma once

#include "app/plan/plan.hpp"
#include "app/resolve/staging.hpp"
#include "core/recipe/recipe.hpp"
#include "core/recipe/tally.hpp"

namespace ordermill::app {

/// What leaves the clean records of a chunk.
struct Removed {
    core::Accounts::Share duplicates;
    core::Accounts::Share rejected; ///< lines of orders that break a rule
};

/// Brings a chunk's texts to what will be written, once all decisions are in: losers move from the clean text
/// to that of duplicates.csv, lines of orders that break a rule to the rejects or get flags. Call it once for
/// each chunk.
Removed apply_removals(StagedChunk& chunk, const Plan& plan, const core::Recipe& recipe);

} // namespace ordermill::app
