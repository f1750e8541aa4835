#include "core/number/rational.hpp"

#include "support/catch.hpp"
#include "support/exact_numbers.hpp"

#include <cstdint>
#include <random>

using namespace ordermill::core;
using ordermill::test::bits;
using ordermill::test::cpp_int;
using ordermill::test::cpp_rational;
using ordermill::test::power_of_ten_exact;
using ordermill::test::rounded;

namespace {

constexpr std::uint32_t seed = 536365;

cpp_int exact(Int128 number) {
    const bool negative = number < 0;
    const Int128 absolute = negative ? -number : number;
    cpp_int value = static_cast<std::uint64_t>(absolute >> 64);
    value = (value << 64) + static_cast<std::uint64_t>(absolute);
    return negative ? cpp_int(-value) : value;
}

cpp_rational exact(const Fraction& fraction) {
    return {exact(fraction.numerator), exact(fraction.denominator)};
}

/// Of all sizes up to 127 bits.
Int128 draw_wide(std::mt19937_64& random) {
    __extension__ typedef unsigned __int128 Unsigned128;
    const auto wide = (static_cast<Unsigned128>(random()) << 64) | random();
    return static_cast<Int128>(wide >> (1 + random() % 127));
}

Fraction draw_fraction(std::mt19937_64& random) {
    const Int128 numerator = draw_wide(random);
    const Int128 denominator = draw_wide(random);
    return {random() % 2 == 0 ? numerator : -numerator, denominator == 0 ? 1 : denominator};
}

/// A small fraction written with a large factor above and below.
Fraction draw_unreduced(std::mt19937_64& random, int factor_bits) {
    const Int128 factor = (Int128{1} << factor_bits) + static_cast<Int128>(random() >> 1);
    const Int128 denominator = 1 + static_cast<Int128>(random() % 8);
    return {(static_cast<Int128>(random() % 64) - 32) * factor, denominator * factor};
}

bool fits(const cpp_int& number) { return bits(number) <= 127; }

} // namespace

TEST_CASE("rational property: what fits is exact, what doesn't is said", "[rational][property]") {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int wrong = 0;
    int sums = 0;
    int products = 0;
    for (int i = 0; i < 50'000; ++i) {
        const bool unreduced = i % 5 == 1;
        const Fraction a = unreduced ? draw_unreduced(random, 100) : draw_fraction(random);
        Fraction b = unreduced ? draw_unreduced(random, 100) : draw_fraction(random);
        if (i % 5 == 0) b.denominator = a.denominator;
        const cpp_rational x = exact(a);
        const cpp_rational y = exact(b);
        wrong += compare(a, b) != (x < y ? -1 : x > y ? 1 : 0);
        wrong += compare(a, a) != 0;

        Fraction sum = a;
        if (add(sum, b)) {
            ++sums;
            wrong += exact(sum) != x + y;
        } else {
            const cpp_int common = lcm(denominator(x), denominator(y));
            const cpp_int left = numerator(x) * (common / denominator(x));
            const cpp_int right = numerator(y) * (common / denominator(y));
            wrong += fits(common) && fits(left) && fits(right) && fits(left + right);
        }
        Fraction product = a;
        const cpp_rational product_wanted = x * y;
        const bool product_fits = fits(numerator(product_wanted)) && fits(denominator(product_wanted));
        if (multiply(product, b)) {
            ++products;
            wrong += exact(product) != product_wanted;
        } else {
            wrong += product_fits;
        }
        if (b.numerator != 0) {
            Fraction quotient = a;
            const cpp_rational quotient_wanted = x / y;
            if (divide(quotient, b)) {
                wrong += exact(quotient) != quotient_wanted || quotient.denominator <= 0;
            } else {
                wrong += fits(numerator(quotient_wanted)) && fits(denominator(quotient_wanted));
            }
        }
        Fraction reduced = a;
        reduce(reduced);
        wrong += exact(reduced) != x || exact(reduced.denominator) != denominator(x);
    }
    CHECK(wrong == 0);
    CHECK(sums > 10'000);
    CHECK(products > 10'000);
}

TEST_CASE("rational property: rounding", "[rational][property]") {
    INFO("seed " << seed);
    std::mt19937_64 random(seed + 1);
    int wrong = 0;
    int fitting = 0;
    for (int i = 0; i < 50'000; ++i) {
        Fraction a = draw_fraction(random);
        const int scale = static_cast<int>(random() % 10);
        // Halves, exact ones, and their neighbours.
        if (i % 3 == 0)
            a = {static_cast<Int128>(random() % 20'000) - 10'000,
                 power_of_ten(static_cast<int>(random() % 6)) * 2};
        if (i % 3 == 1) {
            a = draw_unreduced(random, 93);
            a.denominator *= power_of_ten(scale);
        }
        const cpp_int wanted = rounded(exact(a), scale);
        const Rounded result = round_to(a, scale);
        wrong += result.fits != fits(wanted);
        if (!result.fits) continue;
        ++fitting;
        wrong += exact(result.units) != wanted;
        wrong += result.exact != (cpp_rational(wanted, power_of_ten_exact(scale)) == exact(a));

        Int128 count = result.units;
        const int dropped = static_cast<int>(random() % 19);
        const cpp_rational finer(wanted, power_of_ten_exact(dropped));
        const bool was_exact = scale_down(count, dropped);
        wrong += exact(count) != rounded(finer, 0) || was_exact != (denominator(finer) == 1);
    }
    CHECK(wrong == 0);
    CHECK(fitting > 30'000);
}

TEST_CASE("rational property: counts of different powers of ten compare as they are",
          "[rational][property]") {
    INFO("seed " << seed);
    std::mt19937_64 random(seed + 2);
    int wrong = 0;
    for (int i = 0; i < 50'000; ++i) {
        const Int128 a = draw_fraction(random).numerator;
        const Int128 b = i % 4 == 0 ? a : draw_fraction(random).numerator;
        const int exponent = static_cast<int>(random() % 19);
        const cpp_int scaled = exact(a) * power_of_ten_exact(exponent);
        const int order = scaled < exact(b) ? -1 : scaled > exact(b) ? 1 : 0;
        wrong += compare_scaled(a, exponent, b, 0) != order;
        wrong += compare_scaled(b, 0, a, exponent) != -order;
    }
    CHECK(wrong == 0);
}
