#pragma once

#include <cstdint>
#include <string>

/// Dirty orders to try things on: order lines shaped like the UCI Online Retail data, with known kinds and
/// shares of dirt.
namespace ordermill::app {

struct GenerateOptions {
    std::uint64_t orders = 0; ///< order lines, before duplicates
    std::uint64_t seed = 0;
    std::string output; ///< a path, or `-` for stdout; an existing file is replaced
};

/// What went into the file. Kinds of dirt are counted by order line, before duplicates, and may meet in one
/// line.
struct GenerateSummary {
    std::uint64_t orders = 0;
    std::uint64_t duplicates = 0;        ///< exact copies, each right after its original: 1 %
    std::uint64_t missing_customers = 0; ///< 25 %
    std::uint64_t cancellations = 0;     ///< invoice with a C, negative quantity: 2 %
    std::uint64_t bad_quantities = 0;    ///< 0.3 %
    std::uint64_t bad_dates = 0;         ///< 0.3 %
    std::uint64_t bad_prices = 0;        ///< 0.2 %
    std::uint64_t ragged_texts = 0;      ///< blanks around and inside a description: 5 %
    std::uint64_t country_aliases = 0;   ///< another name, case or spacing of a country: 6 %
    std::uint64_t quoted_commas = 0;     ///< in a description: 8 %
    std::uint64_t embedded_newlines = 0; ///< in a description: 0.01 %
    std::uint64_t records = 0;           ///< orders + duplicates; the header isn't one
    std::uint64_t faulty_records = 0;    ///< records with a bad quantity, date or price; duplicates count too
    std::uint64_t bytes = 0;
};

/// The same seed gives the same bytes on every machine. Some 100 ns a line. Throws io::Error; a file gets its
/// name when it is whole.
GenerateSummary generate(const GenerateOptions& options);

} // namespace ordermill::app
