#pragma once

#include <boost/multiprecision/cpp_int.hpp>

/// Numbers without bounds, as oracles.
namespace ordermill::test {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

inline cpp_int power_of_ten_exact(int exponent) {
    return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

/// Halves away from zero.
inline cpp_int rounded(const cpp_rational& value, int scale) {
    const cpp_rational scaled = abs(value) * cpp_rational(power_of_ten_exact(scale));
    const cpp_int units = (numerator(scaled) * 2 + denominator(scaled)) / (denominator(scaled) * 2);
    return value < 0 ? cpp_int(-units) : units;
}

inline unsigned bits(const cpp_int& number) {
    return number == 0 ? 1 : static_cast<unsigned>(msb(abs(number))) + 1;
}

} // namespace ordermill::test
