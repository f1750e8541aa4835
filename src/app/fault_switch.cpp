#include "app/fault_switch.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace ordermill::app {
namespace {

void read_number(std::string_view text, int& number) {
    std::from_chars(text.data(), text.data() + text.size(), number);
}

void sleep(int milliseconds) {
    constexpr unsigned microseconds = 1000;
    if (milliseconds > 0) ::usleep(static_cast<unsigned>(milliseconds) * microseconds);
}

} // namespace

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
        if (word.starts_with("pace=")) read_number(value, faults.pace_milliseconds);
        if (word.starts_with("linger=")) read_number(value, faults.linger_milliseconds);
    }
    return faults;
}

void FaultSwitch::look_at(std::string_view record) const {
    if (!crash.empty() && record.find(crash) != std::string_view::npos) std::raise(SIGKILL);
    while (!hang.empty() && record.find(hang) != std::string_view::npos) ::pause();
}

void FaultSwitch::pace() const { sleep(pace_milliseconds); }

void FaultSwitch::linger() const { sleep(linger_milliseconds); }

} // namespace ordermill::app
