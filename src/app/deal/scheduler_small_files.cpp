// The part of Scheduler that deals several small files in one message.
#include "app/deal/scheduler.hpp"

#include <algorithm>

namespace ordermill::app {

/// One that is worth less than the message that deals it.
bool Scheduler::is_small_file(std::uint32_t file, int worker) const {
    constexpr std::uint64_t most_bytes = std::uint64_t{16} << 10;
    const PlannedFile& of = plan_.files[file];
    return !of.pipe() && !plan_.fixed_chunks && plan_.by_reference &&
           of.data_end - of.data_begin <= most_bytes && access_[static_cast<std::size_t>(worker)].sees(file);
}

/// Nothing else waits, and the next chunk is a small file.
bool Scheduler::small_file_follows(const Chunk& chunk) const {
    return chunk.id + 1 == chunks_.next() && !cutter_.finished() &&
           cutter_.offset() == plan_.files[cutter_.file()].data_begin &&
           is_small_file(cutter_.file(), chunk.worker);
}

/// Fewer towards the end, so that all workers get some.
void Scheduler::add_small_files(cluster::Task& task, const Chunk& first) {
    constexpr std::uint64_t most = 32;
    if (first.deaths > 0 || first.saved.size > 0 || !is_small_file(first.file, first.worker)) return;
    const std::uint64_t files_left = plan_.files.size() - cutter_.file();
    std::uint64_t room = std::min(most - 1, files_left / (4 * static_cast<std::uint64_t>(workers_)));
    const Chunk* last = &first;
    for (; room > 0 && small_file_follows(*last); --room) {
        Chunk* const added = cut(first.worker);
        if (added == nullptr) return;
        added->group = first.group;
        if (added->saved.size > 0 || !is_small_file(added->file, first.worker)) return; // waits for its turn
        give(*added, first.worker);
        task.head += make_clean_task(*added).head;
        last = added;
    }
}

} // namespace ordermill::app
