#pragma once

#include "core/clean/clean.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace ordermill::app {

/// Trouble on purpose, for the tests: the environment's ORDERMILL_FAULT, words separated by commas.
/// `crash=TEXT`: a record with that text kills the process that looks at it. `hang=TEXT`: it never gets past
/// it. `pace=MS`: each chunk takes so many milliseconds more; `linger=MS`: each other task. `handicap=N`:
/// cleaning takes N times as long. `busy=N`: each write is refused N times, as if another worker wrote to the
/// file. `blind-inputs`, `blind-outputs`: doesn't see the input files, the output
/// folder. All but `crash` and `hang` may be for some ranks only: `WORD@2+3`. Nothing without the variable.
struct FaultInjection {
    std::string crash;
    std::string hang;
    int pace_milliseconds = 0;
    int linger_milliseconds = 0;
    int handicap = 1;
    int busy = 0;
    bool blind_inputs = false;
    bool blind_outputs = false;

    static FaultInjection read(int rank);
    bool watches() const noexcept { return !crash.empty() || !hang.empty(); }
    void look_at(std::string_view record) const;
    /// After a chunk that took so many seconds. `between` is called every millisecond, as cleaning does.
    void pace(double seconds, const std::function<void()>& between) const;
    void linger() const;
};

} // namespace ordermill::app
