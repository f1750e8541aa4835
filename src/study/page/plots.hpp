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

/// Time, speedup and efficiency against the ideal, with bars from the fastest to the slowest run, the fitted
/// laws with their ranges, and the machine's ceiling; time by phase, in seconds and as shares; the timeline
/// where there is one. Their sizes are bounded, however many ranks and rows there are.
std::vector<Plot> plots_of(const Analysis& analysis);

/// For each option of which several values were measured: time by its values, at each size.
std::vector<Plot> sweep_plots(const std::vector<Analysis>& analyses);

/// Each of these is in a file of its own; `plots_of` puts them together.
Plot time_plot(const Analysis& analysis);
Plot speedup_plot(const Analysis& analysis);
Plot efficiency_plot(const Analysis& analysis);
Plot phase_plot(const Analysis& analysis);
Plot phase_share_plot(const Analysis& analysis);
Plot timeline_plot(const Analysis& analysis);

/// The phases in the order in which a bar stacks them, `total` not among them.
inline constexpr Phase stacking[] = {Phase::deal,     Phase::read,  Phase::clean, Phase::resolve,
                                     Phase::exchange, Phase::write, Phase::wait};

} // namespace ordermill::study
