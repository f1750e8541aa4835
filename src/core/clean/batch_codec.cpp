// A batch as bytes and back, for chunks that are kept on disk.
#include "core/clean/batch.hpp"

#include <stdexcept>
#include <type_traits>

namespace ordermill::core {
namespace {

void put(Buffer& out, std::string_view bytes) {
    const std::uint64_t size = bytes.size();
    out.append({reinterpret_cast<const char*>(&size), sizeof size});
    out.append(bytes);
}

template<class Item>
void put_items(Buffer& out, const std::vector<Item>& items) {
    static_assert(std::is_trivially_copyable_v<Item>);
    put(out, {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item)});
}

std::string_view take(std::string_view& bytes) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) throw std::logic_error("a batch is cut short");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) throw std::logic_error("a batch is cut short");
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
}

void take_into(Buffer& buffer, std::string_view& bytes) {
    buffer.clear();
    buffer.append(take(bytes));
}

template<class Item>
void take_items(std::vector<Item>& items, std::string_view& bytes) {
    const std::string_view taken = take(bytes);
    items.resize(taken.size() / sizeof(Item));
    if (!taken.empty()) std::memcpy(static_cast<void*>(items.data()), taken.data(), taken.size());
}

template<class Item>
std::size_t held(const std::vector<Item>& items) noexcept {
    return items.capacity() * sizeof(Item);
}

} // namespace

void LinedText::encode(Buffer& out) const {
    put(out, bytes.view());
    put_items(out, holes_);
}

void LinedText::decode(std::string_view& from) {
    take_into(bytes, from);
    take_items(holes_, from);
}

std::size_t Batch::memory() const noexcept {
    return clean.bytes.capacity() + clean.holes() * 16 + rejects.bytes.capacity() + rejects.holes() * 16 +
           rejects_raw.capacity() + held(rows) + held(keys) + held(criteria) + held(orders.keys) +
           held(orders.words) + orders.ids.capacity() + held(orders.id_ends) + orders.sources.capacity() +
           held(orders.references) + held(orders.lost) + held(orders.rejects) + tally.size() * 8;
}

void Batch::take_keys(Batch& from) noexcept {
    rows.swap(from.rows);
    keys.swap(from.keys);
    criteria.swap(from.criteria);
    orders.keys.swap(from.orders.keys);
    orders.words.swap(from.orders.words);
    orders.references.swap(from.orders.references);
    orders.lost.swap(from.orders.lost);
}

void Batch::encode(Buffer& out) const {
    put(out, tally.encode());
    clean.encode(out);
    rejects.encode(out);
    put(out, rejects_raw.view());
    put_items(out, rows);
    put_items(out, keys);
    put_items(out, criteria);
    put_items(out, orders.keys);
    put_items(out, orders.words);
    put(out, orders.ids.view());
    put_items(out, orders.id_ends);
    put(out, orders.sources.view());
    put_items(out, orders.references);
    put_items(out, orders.lost);
    put_items(out, orders.rejects);
}

void Batch::decode(std::string_view bytes) {
    tally.merge(take(bytes));
    clean.decode(bytes);
    rejects.decode(bytes);
    take_into(rejects_raw, bytes);
    take_items(rows, bytes);
    take_items(keys, bytes);
    take_items(criteria, bytes);
    take_items(orders.keys, bytes);
    take_items(orders.words, bytes);
    take_into(orders.ids, bytes);
    take_items(orders.id_ends, bytes);
    take_into(orders.sources, bytes);
    take_items(orders.references, bytes);
    take_items(orders.lost, bytes);
    take_items(orders.rejects, bytes);
}

} // namespace ordermill::core
