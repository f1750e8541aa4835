#pragma once

#include <cstdint>

namespace ordermill::core {

__extension__ typedef __int128 Int128; // __extension__: -Wpedantic accepts it

/// Exact arithmetic for expressions. Every function that returns bool gives false, and leaves its operands
/// unspecified, when a result doesn't fit; results are within +-(2^127 - 1), so a negation always fits.
bool checked_add(Int128 a, Int128 b, Int128& sum) noexcept;
bool checked_subtract(Int128 a, Int128 b, Int128& difference) noexcept;
bool checked_multiply(Int128 a, Int128 b, Int128& product) noexcept;

/// 10^exponent, for 0 to 18.
Int128 power_of_ten(int exponent) noexcept;

/// a * 10^exponent.
bool scale_up(Int128& a, int exponent) noexcept;
/// a / 10^exponent, halves away from zero. False when digits that weren't zero were dropped.
bool scale_down(Int128& a, int exponent) noexcept;
/// The sign of a * 10^a_exponent - b * 10^b_exponent, one of the exponents being 0. Never overflows.
int compare_scaled(Int128 a, int a_exponent, Int128 b, int b_exponent) noexcept;

/// A fraction, its denominator above zero. Kept unreduced as long as it fits (a reduction costs more than the
/// arithmetic); reduced before giving up.
struct Fraction {
    Int128 numerator;
    Int128 denominator;
};
void reduce(Fraction& a) noexcept;
bool add(Fraction& a, Fraction b) noexcept;
bool multiply(Fraction& a, Fraction b) noexcept;
/// b isn't zero.
bool divide(Fraction& a, Fraction b) noexcept;
/// The sign of a - b. Never overflows.
int compare(const Fraction& a, const Fraction& b) noexcept;

struct Rounded {
    Int128 units = 0; ///< of 10^-scale
    bool fits = false;
    bool exact = false;
};
/// Halves away from zero; scale 0 to 18.
Rounded round_to(const Fraction& a, int scale) noexcept;

} // namespace ordermill::core
