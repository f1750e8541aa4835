#include "core/groups/keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ordermill::core {

Key key_of_text(std::string_view row) noexcept {
    const XXH128_hash_t hash = XXH3_128bits(row.data(), row.size());
    return {hash.low64, hash.high64};
}

void KeyBuilder::add(const Value& value, Kind kind) {
    const auto append = [this](const void* data, std::size_t size) {
        const char* const bytes = static_cast<const char*>(data);
        bytes_.insert(bytes_.end(), bytes, bytes + size);
    };
    const bool text = value.state == State::kept || kind == Kind::text;
    bytes_.push_back(static_cast<char>(value.state));
    if (value.state == State::missing) return;
    if (text) {
        append(&value.size, sizeof value.size);
        append(value.data, value.size);
    } else {
        append(&value.number, sizeof value.number);
    }
}

} // namespace ordermill::core
