#pragma once

#include "core/clean.hpp"

#include <string>
#include <string_view>

namespace ordermill::app {

/// Trouble on purpose, for the tests: the environment's ORDERMILL_FAULT, words separated by commas.
/// `crash=TEXT`: a record with that text kills the process that looks at it. `hang=TEXT`: it never gets past
/// it. `pace=MS`: each chunk takes so many milliseconds more; `linger=MS`: each other task. Nothing without
/// the variable.
struct FaultSwitch {
    std::string crash;
    std::string hang;
    int pace_milliseconds = 0;
    int linger_milliseconds = 0;

    static FaultSwitch read();
    bool watches() const noexcept { return !crash.empty() || !hang.empty(); }
    void look_at(std::string_view record) const;
    void pace() const;
    void linger() const;
};

} // namespace ordermill::app
