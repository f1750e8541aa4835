#pragma once

#include "study/analysis/analysis.hpp"
#include "study/page/svg.hpp"

#include <string>
#include <vector>

namespace ordermill::study {

struct Plot {
    std::string name;    ///< of its file: "strong-speedup"
    std::string title;   ///< above it
    std::string caption; ///< below it: what is to be seen, for those who don't see it too
    Svg svg;
};

/// Ranks that a timeline shows at most: rank 0 and others at even distances.
inline constexpr int most_timeline_ranks = 48;

/// Speedup and efficiency against the ideal, with bars from the slowest to the fastest run; time by phase;
/// the timeline where there is one. Their sizes are bounded, however many ranks and rows there are.
std::vector<Plot> plots_of(const Analysis& analysis);

/// Each of these is in a file of its own; `plots_of` puts them together.
Plot speedup_plot(const Analysis& analysis);
Plot efficiency_plot(const Analysis& analysis);
Plot phase_plot(const Analysis& analysis);
Plot timeline_plot(const Analysis& analysis);

/// The phases in the order in which a bar stacks them, `total` not among them.
inline constexpr Phase stacking[] = {Phase::deal,     Phase::read,  Phase::clean, Phase::resolve,
                                     Phase::exchange, Phase::write, Phase::wait};

} // namespace ordermill::study
