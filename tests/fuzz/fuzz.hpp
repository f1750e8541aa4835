#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What every fuzzer has: an entry point as libFuzzer wants it, seeds, and the ends that its inputs must
/// reach. Built with driver.cpp it is a program of its own that mutates the seeds, the same way every time;
/// with clang's -fsanitize=fuzzer, libFuzzer takes the driver's place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace ordermill::fuzz {

/// What mutations start from. Each fuzzer has its own.
std::vector<std::string> seeds();

/// A fuzzer that never gets past its first check finds nothing: each of these must be reached by this share
/// of the inputs.
struct Expected {
    std::string_view outcome;
    double share;
};
std::vector<Expected> expected_outcomes();

/// Counts how an input ended.
void note(std::string_view outcome);
std::uint64_t noted(std::string_view outcome);

/// Ends the program unless `holds`.
void require(bool holds, std::string_view sentence);
/// The same, for what an input makes of two things that must be equal.
void require_equal(std::string_view got, std::string_view wanted, std::string_view sentence);

/// Takes choices off the front of an input; zeros when it is used up.
class Choices {
  public:
    explicit Choices(std::string_view input) : rest_(input) {}
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }
    /// 0 to limit - 1.
    std::size_t below(std::size_t limit) { return byte() % limit; }
    bool yes() { return (byte() & 1U) != 0; }
    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

} // namespace ordermill::fuzz
