#pragma once

#include "app/deal/scheduler.hpp"
#include "cluster/work/work.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace ordermill::app {

/// Tells on stderr how far a run is: on a terminal a line that is redrawn, otherwise a whole line every so
/// many seconds. Only rank 0 has one.
class Progress {
  public:
    struct Style {
        bool terminal = false; ///< redraw
        bool quiet = false;
        double every_seconds = 10; ///< when not a terminal; 0: nothing
    };
    /// `hosts`: by rank.
    Progress(Style style, std::vector<std::string> hosts);

    /// Cheap: looks at the clock, and prints when it is time.
    void update(const Scheduler& scheduler, const std::vector<cluster::Usage>& usage);
    /// Clears the redrawn line, if any.
    void done();
    double seconds() const;

  private:
    std::string line(const Scheduler& scheduler, const std::vector<cluster::Usage>& usage);
    std::string host_part(const std::vector<cluster::Usage>& usage);

    Style style_;
    std::vector<std::string> hosts_;
    std::chrono::steady_clock::time_point begin_;
    double next_at_;
    bool drawn_ = false;
    double cpu_before_ = 0;
    double cpu_at_ = 0;
};

/// The style for this process' stderr.
Progress::Style style_of_stderr(bool quiet, double every_seconds);

} // namespace ordermill::app
