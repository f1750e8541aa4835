// Scheduler's part for lines over the length limit that a worker can't read to their end.
#include "app/deal/scheduler.hpp"

#include "core/clean/clean.hpp"

namespace ordermill::app {

std::uint64_t Scheduler::most_bytes_behind(const Chunk& chunk) const {
    return core::most_bytes_behind(compiled_.recipe_of(plan_.files[chunk.file]).dialect());
}

/// For the oldest chunk that isn't accepted, which is to be cleaned again once the end is known. A pipe goes
/// on meanwhile, so what the chunk needs of it is kept.
void Scheduler::search_line_end(Chunk& chunk, std::uint64_t offset) {
    if (plan_.files[chunk.file].pipe() && !chunk.body) {
        CleanTask head;
        chunk.body = bodies_.input(chunk, head);
        chunk.body_base = head.body_base;
    }
    chunk.stage = Stage::searching;
    line_search_.begin(chunk.id, chunk.file, offset);
}

/// Cheap where nothing is looked for; otherwise some MiB of input.
void Scheduler::search_further() {
    if (!line_search_.active() || stopping_) return;
    Chunk& of = chunks_[line_search_.chunk()];
    const auto end = line_search_.step(nobody_works());
    pass_over(of, end.value_or(line_search_.active() ? line_search_.offset() : 0));
    if (!end) return;
    of.line_end = *end;
    clean_later(of);
}

/// The chunk's last record goes on to that offset at least: chunks before it have none of their own.
void Scheduler::pass_over(const Chunk& chunk, std::uint64_t offset) {
    for (std::uint64_t id = chunk.id + 1; id < chunks_.next(); ++id) {
        Chunk& inside = chunks_[id];
        if (inside.file != chunk.file || inside.end > offset) break;
        inside.within_line = true;
        if (inside.stage == Stage::waiting) clean_later(inside);
    }
    cutter_.pass_line(chunk.file, offset, !line_search_.active());
    release_pipe();
}

} // namespace ordermill::app
