#pragma once

#include "app/deal/scheduler.hpp"
#include "cluster/work/work.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace ordermill::app {

/// Says on stderr how far a run is: on a terminal one line that is redrawn, otherwise a whole line every
/// `every_seconds`. Only rank 0 has one. Errors of stderr are ignored.
class Progress {
  public:
    struct Style {
        bool terminal = false;     ///< stderr is a terminal: redraw one line
        bool quiet = false;        ///< print nothing
        double every_seconds = 10; ///< seconds between lines where stderr is no terminal; 0: no lines
    };
    /// Time counts from here on. `hosts`: each rank's host name.
    Progress(Style style, std::vector<std::string> hosts);

    /// Prints if it is time to; call it often. Otherwise it costs one look at the clock. `usage`: by rank.
    void update(const Scheduler& scheduler, const std::vector<cluster::Usage>& usage);
    /// Clears the line on the terminal, if there is one. Call it before anything else is printed at the end.
    void done();
    /// Since the constructor.
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
