#pragma once

#include "app/chunks/chunk.hpp"

#include <cstdint>

namespace ordermill::app {

/// Whether a chunk must be cleaned again when that worker is lost. What only the worker had is gone: chunks
/// that it was cleaning, and cleaned ones that weren't written. Where all chunks are kept to the end, the
/// keys of written ones, too. Where duplicates are decided in turn, every worker owns a share of all keys, so
/// that chunks of others are decided anew, even written ones that aren't retired.
bool lost_with(int worker, const Chunk& chunk, Keeping keeping) noexcept;

/// The chunk that the worker was at when it was lost: the oldest that was dealt to it and not cleaned. It may
/// be what killed it. Null when it had none.
Chunk* in_work_at(int worker, ChunkList& chunks) noexcept;

/// A chunk that is cleaned for the second time came out as the first time.
bool same_outcome(const CleanReply& before, const CleanReply& again) noexcept;

} // namespace ordermill::app
