#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#include <sys/mman.h>

namespace ordermill::core {

/// Zeroed memory for things that are looked up all over: on huge pages (2 MiB), where the system has them, so
/// that a look-up costs no walk of the page tables and filling it few page faults. Below 4 MiB ordinary
/// memory. Throws std::bad_alloc.
template<class Item>
class HugePageArray {
    static_assert(std::is_trivially_destructible_v<Item> && std::is_trivially_copyable_v<Item>);

  public:
    HugePageArray() noexcept = default;
    explicit HugePageArray(std::size_t size)
        : items_(allocate(size), Free{size * sizeof(Item)}), size_(size) {}

    std::size_t size() const noexcept { return size_; }
    Item* data() const noexcept { return items_.get(); }
    Item& operator[](std::size_t index) const noexcept { return items_[index]; }

  private:
    static constexpr std::size_t page = std::size_t{2} << 20;
    static constexpr bool is_large(std::size_t bytes) noexcept { return bytes >= 2 * page; }
    static constexpr std::size_t whole_pages(std::size_t bytes) noexcept {
        return (bytes + page - 1) / page * page;
    }

    struct Free {
        std::size_t bytes = 0;
        void operator()(Item* items) const noexcept {
            if (is_large(bytes))
                ::munmap(items, whole_pages(bytes));
            else
                std::free(items);
        }
    };

    static Item* allocate(std::size_t size) {
        const std::size_t bytes = size * sizeof(Item);
        void* const memory = is_large(bytes) ? map(whole_pages(bytes)) : std::calloc(size, sizeof(Item));
        if (memory == nullptr && size > 0) throw std::bad_alloc();
        return static_cast<Item*>(memory);
    }

    /// Begins at a huge page: maps one page more, and gives back what stands over on both sides.
    static void* map(std::size_t bytes) noexcept {
        void* const mapped =
            ::mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) return nullptr;
        char* const begin = static_cast<char*>(mapped);
        const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
        if (before > 0) ::munmap(begin, before);
        if (before < page) ::munmap(begin + before + bytes, page - before);
        ::madvise(begin + before, bytes, MADV_HUGEPAGE); // where it can't be, ordinary pages do
        return begin + before;
    }

    std::unique_ptr<Item[], Free> items_;
    std::size_t size_ = 0;
};

} // namespace ordermill::core
