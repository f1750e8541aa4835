#pragma once

#include "core/base/value.hpp"
#include "core/date/date_shape.hpp"
#include "core/memory/arena.hpp"
#include "core/recipe/recipe.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A recipe as a list of small operations that take a record's fields to its row in the clean file, each
/// field parsed, checked and written before the next one is looked at. An operation does what it can prove to
/// come out as the general way has it, and leaves any other value to that.
namespace ordermill::core {

/// One operation: one field, or what another one needs beforehand.
struct FastOperation {
    enum class Kind : std::uint8_t {
        text,  ///< the column's text; a change of case, checks
        texts, ///< the same, and so are the `others` operations behind it, on the columns behind its own
        memo,  ///< what the same text came to the last time
        integer,
        decimal,
        date,    ///< a date or timestamp
        product, ///< the product of two slots
        choice,  ///< one of two texts, by another's prefix
        general, ///< as Cleaner has it, then written
        value,   ///< as Cleaner has it, not written: others need it first, or it is hidden
        written, ///< its value is there
        end,     ///< of the program
    };
    Kind kind = Kind::general;
    Kind compiled = Kind::general; ///< what `kind` is where the file has the column
    bool derived = false;          ///< `step` is one of derive_steps, else of parse_steps
    bool may_be_missing = false;   ///< a missing value is written as such, and that's all
    bool must_be_present = false;  ///< any other value is for repairs
    bool any_bytes = false;        ///< bytes above 127 are as good as others
    bool utf8 = true;              ///< the file's bytes are
    bool text_rules = false;       ///< a pattern, an email or check_all
    bool checked = false;          ///< of a text: not any will do
    bool email = false;
    bool check_all = false; ///< the field has more rules than the ones below
    char decimal_point = '.';
    char case_first = 0;          ///< of the letters that change their case
    char case_flip = 0;           ///< what changes in them; 0: none do
    std::uint32_t two_spaces = 0; ///< all ones: they would collapse
    std::uint32_t quote_always = 0;
    std::uint32_t slot = 0;
    std::uint32_t step = 0;
    std::int32_t column = -1;  ///< in the file at hand
    std::uint32_t special = 0; ///< the index of its memo, shapes or choice; of a product, a slot
    std::uint32_t other = 0;   ///< of a product: the other slot
    std::uint32_t others = 0;  ///< of texts
    ValueType type;
    Value* value = nullptr; ///< the slot
    const Field* field = nullptr;
    const Pattern* pattern = nullptr;
    std::uint64_t missing_lengths = 0; ///< bit n: a text of n bytes (63: or more) may mean "missing"
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::uint64_t range = ~std::uint64_t{0}; ///< the largest value allowed is minimum + range
    /// A value that isn't allowed. Where the field has none it is one that the general way looks at.
    std::int64_t excluded = std::numeric_limits<std::int64_t>::min();
};

/// What short texts of one field came to.
class ValueCache {
  public:
    static constexpr std::size_t longest = 32; ///< of texts, and of what is written for them
    struct alignas(32) Entry {
        std::array<char, longest> text{}; ///< zeros behind its end
        std::array<char, longest> written{};
        std::uint32_t written_size = 0;
        bool known = false;
        Value value;
    };
    Entry& at(std::uint64_t hash) noexcept { return entries_[hash >> (64 - bits)]; }

  private:
    static constexpr int bits = 6;
    std::vector<Entry> entries_ = std::vector<Entry>(std::size_t{1} << bits);
};

/// The shapes that one field's dates had. A shape that isn't there yet takes the place of another.
class FastShapes {
  public:
    static constexpr int bits = 5;
    DateShape& at(std::uint64_t hash) noexcept { return shapes_[hash >> (64 - bits)]; }

  private:
    std::vector<DateShape> shapes_ = std::vector<DateShape>(std::size_t{1} << bits);
};

/// A text that is written often, with zeros behind its end so that all of it can be copied at once.
struct FastText {
    static constexpr std::size_t capacity = 32;
    std::array<char, capacity> bytes{};
    std::uint32_t size = 0;
    /// False when it is too long.
    bool set(std::string_view text) noexcept {
        if (text.size() > capacity) return false;
        std::copy(text.begin(), text.end(), bytes.begin());
        size = static_cast<std::uint32_t>(text.size());
        return true;
    }
};

/// One of two texts, by the prefix of a third.
struct FastChoice {
    struct Outcome {
        std::string text;
        FastText written;
    };
    std::uint32_t slot = 0;
    std::string prefix;
    Outcome yes, no;
};

/// One Cleaner's: the operations are the recipe's, the memory of earlier values its own.
class FastProgram {
  public:
    /// Nothing to run where the machine lacks the instructions, or a job writes long texts for what is
    /// missing. `slots`: the values that it works on, by the recipe's fields; they must stay where they are.
    static FastProgram compile(const Recipe& recipe, std::span<Value> slots);
    /// For a file's columns.
    void resolve(const Recipe& recipe, const HeaderMapping& mapping);

    bool usable = false;
    bool plain_helps = false;       ///< it pays to find plain records, in the file at hand
    std::vector<FastOperation> ops; ///< the last one is `end`
    std::vector<ValueCache> memos;
    std::vector<FastShapes> shapes;
    std::vector<FastChoice> choices;
    FastText missing;
    std::size_t room = 0;        ///< for a row's fields, beside the bytes that they take from the record
    std::size_t room_factor = 0; ///< how many fields may take the same bytes

  private:
    void join_texts(char delimiter);
};

/// Bytes that the operations may read behind a record, and write behind a row.
inline constexpr std::size_t row_padding = 64;

} // namespace ordermill::core
