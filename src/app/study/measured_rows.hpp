#pragma once

#include "app/hosts/host_facts.hpp"
#include "app/run/run_measures.hpp"
#include "study/rows/raw_rows.hpp"

#include <span>
#include <string>
#include <vector>

namespace ordermill::app {

/// What a run is called in a study's rows, and what all runs of the study share.
struct RunLabel {
    std::string study;
    study::Mode mode = study::Mode::strong;
    int workers = 1;
    int repeat = 0;
    std::string setting;
    std::string job;
    std::string inputs;
    std::string command;
};

/// A run's raw rows: for each rank those of its phases, and `total`. `hosts`: of the run's ranks.
std::vector<study::RawRow> rows_of(const RunMeasures& measures, const RunLabel& label,
                                   std::span<const HostFacts> hosts);

/// When each rank did what.
std::vector<study::TimelineRow> bars_of(const RunMeasures& measures, const RunLabel& label);

/// The rows of a ceiling's run: those of processes that each did a share alone, put together as ranks of one
/// run. Their work adds up.
std::vector<study::RawRow> together(const std::vector<std::vector<study::RawRow>>& processes);

} // namespace ordermill::app
