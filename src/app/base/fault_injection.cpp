#include "app/base/fault_injection.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace ordermill::app {
namespace {

void read_number(std::string_view text, int& number) {
    std::from_chars(text.data(), text.data() + text.size(), number);
}

std::string_view value_of(std::string_view word) { return word.substr(word.find('=') + 1); }

/// Whether `2+3` names the rank.
bool names(std::string_view ranks, int rank) {
    while (!ranks.empty()) {
        const std::string_view one = ranks.substr(0, ranks.find('+'));
        ranks.remove_prefix(std::min(ranks.size(), one.size() + 1));
        int number = -1;
        read_number(one, number);
        if (number == rank) return true;
    }
    return false;
}

void sleep(int milliseconds) {
    constexpr unsigned microseconds = 1000;
    if (milliseconds > 0) ::usleep(static_cast<unsigned>(milliseconds) * microseconds);
}

} // namespace

FaultInjection FaultInjection::read(int rank) {
    FaultInjection faults;
    const char* const variable = std::getenv("ORDERMILL_FAULT");
    std::string_view rest = variable == nullptr ? "" : variable;
    while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word.starts_with("crash=")) faults.crash = value_of(word);
        if (word.starts_with("hang=")) faults.hang = value_of(word);
        const std::size_t at = word.find('@');
        if (at != std::string_view::npos && !names(word.substr(at + 1), rank)) continue;
        word = word.substr(0, at);
        if (word.starts_with("pace=")) read_number(value_of(word), faults.pace_milliseconds);
        if (word.starts_with("linger=")) read_number(value_of(word), faults.linger_milliseconds);
        if (word.starts_with("handicap=")) read_number(value_of(word), faults.handicap);
        if (word.starts_with("busy=")) read_number(value_of(word), faults.busy);
        faults.blind_inputs |= word == "blind-inputs";
        faults.blind_outputs |= word == "blind-outputs";
    }
    return faults;
}

void FaultInjection::look_at(std::string_view record) const {
    if (!crash.empty() && record.find(crash) != std::string_view::npos) std::raise(SIGKILL);
    while (!hang.empty() && record.find(hang) != std::string_view::npos) ::pause();
}

void FaultInjection::pace(double seconds, const std::function<void()>& between) const {
    const int longer = pace_milliseconds + static_cast<int>((handicap - 1) * seconds * 1000);
    using Clock = std::chrono::steady_clock;
    for (const auto end = Clock::now() + std::chrono::milliseconds(longer); Clock::now() < end; between())
        sleep(1);
}

void FaultInjection::linger() const { sleep(linger_milliseconds); }

} // namespace ordermill::app
