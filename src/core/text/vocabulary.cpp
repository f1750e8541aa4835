#include "core/text/vocabulary.hpp"

#include "core/memory/small_copy.hpp"

#include <utf8proc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {
namespace {

/// Words that are longer than this when folded are found only as they stand.
constexpr std::size_t longest_folded = 512;

std::uint64_t hash_of(std::string_view text) noexcept { return XXH3_64bits(text.data(), text.size()); }

constexpr std::uint64_t every_byte(std::uint64_t byte) noexcept { return byte * 0x0101010101010101ULL; }

/// The word with its ASCII capitals made small; bytes above 127 are left.
std::uint64_t fold_word(std::uint64_t word) noexcept {
    const std::uint64_t low = word & every_byte(0x7F);
    const std::uint64_t capitals =
        (low + every_byte(0x80 - 'A')) & ~(low + every_byte(0x7F - 'Z')) & ~word & every_byte(0x80);
    return word | capitals >> 2;
}

/// False when the text isn't ASCII. Writes up to 8 bytes past its end.
bool fold_ascii(std::string_view text, char* out) noexcept {
    std::uint64_t high = 0;
    std::size_t at = 0;
    const auto put = [&](std::uint64_t word) {
        high |= word;
        word = fold_word(word);
        std::memcpy(out + at, &word, sizeof word);
    };
    for (; at + 8 <= text.size(); at += 8) put(load_8_bytes(text.data() + at));
    if (at < text.size()) put(load_below_8_bytes(text.data() + at, text.size() - at));
    return (high & every_byte(0x80)) == 0;
}

/// Folds into `out` (room for longest_folded + 8 bytes); npos when it doesn't fit.
std::size_t fold(std::string_view text, char* out) noexcept {
    if (text.size() <= longest_folded && fold_ascii(text, out)) return text.size();
    std::size_t size = 0;
    while (!text.empty()) {
        if (size >= longest_folded) return std::string_view::npos;
        const char byte = text.front();
        if (static_cast<unsigned char>(byte) < 128) {
            out[size++] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
            text.remove_prefix(1);
            continue;
        }
        utf8proc_int32_t point = 0;
        const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &point);
        if (length <= 0) {
            out[size++] = byte;
            text.remove_prefix(1);
            continue;
        }
        point = utf8proc_tolower(utf8proc_toupper(point));
        size += static_cast<std::size_t>(
            utf8proc_encode_char(point, reinterpret_cast<utf8proc_uint8_t*>(out + size)));
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return size <= longest_folded ? size : std::string_view::npos;
}

} // namespace

bool Vocabulary::add(std::string_view alias, std::string_view canonical) {
    std::array<char, longest_folded + 8> folded;
    std::string key(alias);
    if (any_case_) {
        if (const std::size_t size = fold(alias, folded.data()); size != std::string_view::npos)
            key.assign(folded.data(), size);
    }
    if (const Entry* known = find_folded(key)) return known->canonical == canonical;
    longest_ = std::max(longest_, key.size());
    entries_.push_back({std::move(key), std::string(canonical)});
    if (entries_.size() * 2 > slots_.size()) {
        rehash(std::max<std::size_t>(8, slots_.size()));
    } else {
        place(entries_.size() - 1);
    }
    return true;
}

void Vocabulary::rehash(std::size_t slots) {
    while (slots < entries_.size() * 2) slots *= 2;
    slots_.assign(slots, 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) place(i);
}

void Vocabulary::place(std::size_t index) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_of(entries_[index].alias) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(index + 1);
}

const Vocabulary::Entry* Vocabulary::find(std::string_view text) const noexcept {
    if (!any_case_) return find_folded(text);
    std::array<char, longest_folded + 8> folded;
    const std::size_t size = fold(text, folded.data());
    return size == std::string_view::npos ? find_folded(text) : find_folded({folded.data(), size});
}

const Vocabulary::Entry* Vocabulary::find_folded(std::string_view folded) const noexcept {
    if (slots_.empty() || folded.size() > longest_) return nullptr;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash_of(folded) & mask; slots_[at] != 0; at = (at + 1) & mask) {
        const Entry& entry = entries_[slots_[at] - 1];
        if (entry.alias == folded) return &entry;
    }
    return nullptr;
}

} // namespace ordermill::core
