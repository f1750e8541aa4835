#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Words and what they mean: an enumeration's values, a map's aliases. Built once, asked once per record: one
/// hash and nearly always one comparison, no allocation.
class Vocabulary {
  public:
    struct Entry {
        std::string alias; ///< folded when any case will do
        std::string canonical;
    };

    /// `any_case`: words are found whatever their case (Unicode simple folding; the Turkish letters
    /// İ and ı are i). Words of more than 512 bytes when folded are found only as they stand.
    explicit Vocabulary(bool any_case) : any_case_(any_case) {}

    /// False when the alias is there already with another meaning.
    bool add(std::string_view alias, std::string_view canonical);
    /// Valid as long as the vocabulary; null when the word isn't in it.
    const Entry* find(std::string_view text) const noexcept;
    std::size_t size() const noexcept { return entries_.size(); }

  private:
    const Entry* find_folded(std::string_view folded) const noexcept;
    void rehash(std::size_t slots);
    void place(std::size_t index);

    bool any_case_;
    std::size_t longest_ = 0;
    std::deque<Entry> entries_;        ///< stable
    std::vector<std::uint32_t> slots_; ///< index + 1; 0: free
};

} // namespace ordermill::core
