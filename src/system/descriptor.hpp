#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace ordermill::system {

/// A file descriptor of its owner's, closed with it; errors at close are not reported. Below 0: none.
class Descriptor {
  public:
    Descriptor() noexcept = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    explicit operator bool() const noexcept { return number_ >= 0; }
    int number() const noexcept { return number_; }
    /// The caller closes it from now on.
    int release() noexcept { return std::exchange(number_, -1); }
    void reset() noexcept;

  private:
    int number_ = -1;
};

/// Writes all bytes, at the descriptor's position or at `offset`, however many calls that takes. Returns 0 or
/// the errno of the call that failed.
int write_all(int descriptor, std::string_view bytes) noexcept;
int write_all_at(int descriptor, std::string_view bytes, std::uint64_t offset) noexcept;

/// Opens /dev/null where standard input, output or error is closed: what is opened next would take their
/// number, and get what is meant for them. First thing in main.
void open_standard_descriptors() noexcept;

} // namespace ordermill::system
