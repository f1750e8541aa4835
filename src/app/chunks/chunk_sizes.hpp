#pragma once

#include <cstdint>
#include <vector>

namespace ordermill::app {

/// How large each chunk is, so that all workers finish together: chunks get smaller towards the end, and for
/// workers that are slower than the others (weighted factoring: Hummel, Schmidt, Uma, Wein, SPAA 1996).
class ChunkSizes {
  public:
    /// `chunk_size`: the largest, in bytes; the size of all but the last ones of equal workers. `fixed`: of
    /// all.
    ChunkSizes(std::uint64_t chunk_size, bool fixed, int workers);

    /// The worker, 1 or more, has cleaned so many bytes more: a measure of its speed.
    void add_cleaned(int worker, std::uint64_t bytes);

    /// Bytes of the worker's next chunk when `uncut` bytes of the inputs aren't cut yet: a quarter of its
    /// share of them, as it has two chunks in hand; shares go by what each worker has cleaned so far. A
    /// worker slower than most always gets less. With thousands of workers the last chunks aren't as small,
    /// or rank 0 couldn't deal them in time (tests/scale).
    std::uint64_t next(int worker, std::uint64_t uncut) const noexcept;

  private:
    std::uint64_t chunk_size_;
    bool fixed_;
    std::vector<std::uint64_t> cleaned_; ///< by worker
    std::uint64_t cleaned_by_all_ = 0;
};

} // namespace ordermill::app
