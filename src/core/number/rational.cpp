#include "core/number/rational.hpp"

#include "core/number/number.hpp"

#include <numeric>
#include <utility>

namespace ordermill::core {
namespace {

__extension__ typedef unsigned __int128 Unsigned128;

constexpr Int128 largest = static_cast<Int128>(~Unsigned128{0} >> 1);

constexpr Int128 magnitude(Int128 a) noexcept { return a < 0 ? -a : a; }

constexpr bool is_narrow(Int128 a) noexcept { return a == static_cast<std::int64_t>(a); }

/// A division of 128 bits costs ten times that of 64, and most numbers are small.
constexpr std::pair<Int128, Int128> divide_whole(Int128 a, Int128 b) noexcept {
    if (is_narrow(a) && is_narrow(b) && a >= 0 && b > 0) {
        const auto dividend = static_cast<std::uint64_t>(a);
        const auto divisor = static_cast<std::uint64_t>(b);
        return {static_cast<Int128>(dividend / divisor), static_cast<Int128>(dividend % divisor)};
    }
    return {a / b, a % b};
}

/// Of numbers that aren't negative.
Int128 greatest_common_divisor(Int128 a, Int128 b) noexcept {
    while (b != 0 && !(is_narrow(a) && is_narrow(b))) a = std::exchange(b, a % b);
    if (b == 0) return a;
    return std::gcd(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b));
}

/// The next decimal digit of remainder / divisor (remainder < divisor), by doubling and adding: ten times the
/// remainder may not fit.
int next_digit(Unsigned128& remainder, Unsigned128 divisor) noexcept {
    int digit = 0;
    Unsigned128 rest = 0;
    for (const bool bit : {true, false, true, false}) { // ten
        rest <<= 1;
        digit *= 2;
        if (rest >= divisor) rest -= divisor, ++digit;
        if (!bit) continue;
        rest += remainder;
        if (rest >= divisor) rest -= divisor, ++digit;
    }
    remainder = rest;
    return digit;
}

/// numerator * 10^scale / denominator digit by digit; the numerator isn't negative.
Rounded long_division(const Fraction& a, int scale) noexcept {
    Int128 units = a.numerator / a.denominator;
    auto remainder = static_cast<Unsigned128>(a.numerator % a.denominator);
    const auto divisor = static_cast<Unsigned128>(a.denominator);
    for (int i = 0; i < scale; ++i) {
        const int digit = next_digit(remainder, divisor);
        if (!scale_up(units, 1) || !checked_add(units, digit, units)) return {};
    }
    if (remainder * 2 >= divisor && !checked_add(units, 1, units)) return {};
    return {units, true, remainder == 0};
}

} // namespace

bool checked_add(Int128 a, Int128 b, Int128& sum) noexcept {
    return !__builtin_add_overflow(a, b, &sum) && sum >= -largest;
}

bool checked_subtract(Int128 a, Int128 b, Int128& difference) noexcept {
    return !__builtin_sub_overflow(a, b, &difference) && difference >= -largest;
}

bool checked_multiply(Int128 a, Int128 b, Int128& product) noexcept {
    return !__builtin_mul_overflow(a, b, &product) && product >= -largest;
}

Int128 power_of_ten(int exponent) noexcept { return powers_of_ten[exponent]; }

bool scale_up(Int128& a, int exponent) noexcept {
    return exponent == 0 || checked_multiply(a, power_of_ten(exponent), a);
}

bool scale_down(Int128& a, int exponent) noexcept {
    const Int128 divisor = power_of_ten(exponent);
    const auto [quotient, remainder] = divide_whole(magnitude(a), divisor);
    const Int128 units = quotient + (remainder * 2 >= divisor ? 1 : 0);
    a = a < 0 ? -units : units;
    return remainder == 0;
}

int compare_scaled(Int128 a, int a_exponent, Int128 b, int b_exponent) noexcept {
    const Int128 sign_of_a = a;
    const Int128 sign_of_b = b;
    // What overflows is farther from zero than anything that doesn't.
    if (a_exponent > 0 && !scale_up(a, a_exponent)) return sign_of_a < 0 ? -1 : 1;
    if (b_exponent > 0 && !scale_up(b, b_exponent)) return sign_of_b < 0 ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
}

void reduce(Fraction& a) noexcept {
    const Int128 divisor = greatest_common_divisor(magnitude(a.numerator), a.denominator);
    a.numerator /= divisor;
    a.denominator /= divisor;
}

bool add(Fraction& a, Fraction b) noexcept {
    const auto sum = [](const Fraction& x, Int128 x_factor, const Fraction& y, Int128 y_factor,
                        Fraction& out) {
        Int128 left = 0;
        Int128 right = 0;
        return checked_multiply(x.numerator, x_factor, left) &&
               checked_multiply(y.numerator, y_factor, right) && checked_add(left, right, out.numerator) &&
               checked_multiply(x.denominator, x_factor, out.denominator);
    };
    Fraction result{};
    if (a.denominator == b.denominator) {
        if (checked_add(a.numerator, b.numerator, result.numerator)) {
            a.numerator = result.numerator;
            return true;
        }
    } else if (sum(a, b.denominator, b, a.denominator, result)) {
        a = result;
        return true;
    }
    reduce(a);
    reduce(b);
    const Int128 common = greatest_common_divisor(a.denominator, b.denominator);
    if (!sum(a, b.denominator / common, b, a.denominator / common, result)) return false;
    a = result;
    return true;
}

bool multiply(Fraction& a, Fraction b) noexcept {
    const auto product = [&](Fraction& out) {
        return checked_multiply(a.numerator, b.numerator, out.numerator) &&
               checked_multiply(a.denominator, b.denominator, out.denominator);
    };
    Fraction result{};
    if (!product(result)) {
        // Common factors within each and across both.
        reduce(a);
        reduce(b);
        std::swap(a.numerator, b.numerator);
        reduce(a);
        reduce(b);
        if (!product(result)) return false;
    }
    a = result;
    return true;
}

bool divide(Fraction& a, Fraction b) noexcept {
    if (b.numerator < 0) b = {-b.numerator, -b.denominator};
    return multiply(a, Fraction{b.denominator, b.numerator});
}

int compare(const Fraction& a, const Fraction& b) noexcept {
    const int sign_a = a.numerator < 0 ? -1 : a.numerator > 0 ? 1 : 0;
    const int sign_b = b.numerator < 0 ? -1 : b.numerator > 0 ? 1 : 0;
    if (sign_a != sign_b) return sign_a < sign_b ? -1 : 1;
    Int128 left = 0;
    Int128 right = 0;
    if (checked_multiply(a.numerator, b.denominator, left) &&
        checked_multiply(b.numerator, a.denominator, right))
        return left < right ? -1 : left > right ? 1 : 0;
    // The continued fractions of both, term by term; each step turns the comparison round.
    Fraction x{magnitude(a.numerator), a.denominator};
    Fraction y{magnitude(b.numerator), b.denominator};
    for (int sign = sign_a;; sign = -sign) {
        const auto [x_whole, x_rest] = divide_whole(x.numerator, x.denominator);
        const auto [y_whole, y_rest] = divide_whole(y.numerator, y.denominator);
        if (x_whole != y_whole) return x_whole < y_whole ? -sign : sign;
        if (x_rest == 0 || y_rest == 0) return x_rest == y_rest ? 0 : x_rest == 0 ? -sign : sign;
        x = {x.denominator, x_rest};
        y = {y.denominator, y_rest};
    }
}

Rounded round_to(const Fraction& a, int scale) noexcept {
    Fraction absolute{magnitude(a.numerator), a.denominator};
    Rounded result;
    if (Int128 scaled = absolute.numerator; scale_up(scaled, scale)) {
        const auto [quotient, remainder] = divide_whole(scaled, a.denominator);
        const auto doubled = static_cast<Unsigned128>(remainder) * 2;
        result = {quotient, true, remainder == 0};
        if (doubled >= static_cast<Unsigned128>(a.denominator))
            result.fits = checked_add(quotient, 1, result.units);
    } else {
        result = long_division(absolute, scale);
    }
    if (a.numerator < 0) result.units = -result.units;
    return result;
}

} // namespace ordermill::core
