#include "app/fault_switch.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace ordermill::app {

FaultSwitch FaultSwitch::read() {
    FaultSwitch faults;
    const char* const variable = std::getenv("ORDERMILL_FAULT");
    std::string_view rest = variable == nullptr ? "" : variable;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        const std::string_view value = word.substr(std::min(word.size(), word.find('=') + 1));
        if (word.starts_with("crash=")) faults.crash = value;
        if (word.starts_with("hang=")) faults.hang = value;
        if (word.starts_with("pace="))
            std::from_chars(value.data(), value.data() + value.size(), faults.pace_milliseconds);
    }
    return faults;
}

void FaultSwitch::look_at(std::string_view record) const {
    if (!crash.empty() && record.find(crash) != std::string_view::npos) std::raise(SIGKILL);
    while (!hang.empty() && record.find(hang) != std::string_view::npos) ::pause();
}

void FaultSwitch::pace() const {
    constexpr unsigned microseconds = 1000;
    if (pace_milliseconds > 0) ::usleep(static_cast<unsigned>(pace_milliseconds) * microseconds);
}

} // namespace ordermill::app
