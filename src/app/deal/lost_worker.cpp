#include "app/deal/lost_worker.hpp"

namespace ordermill::app {

bool lost_with(int worker, const Chunk& chunk, Keeping keeping) noexcept {
    using Stage = Chunk::Stage;
    if (chunk.empty || chunk.stage <= Stage::waiting) return false;
    if (keeping == Keeping::in_turn && chunk.stage >= Stage::writing) return true;
    return chunk.worker == worker && (chunk.stage != Stage::done || keeping != Keeping::none);
}

Chunk* in_work_at(int worker, ChunkList& chunks) noexcept {
    Chunk* oldest = nullptr;
    for (Chunk& chunk : chunks) {
        if (chunk.worker != worker || chunk.stage != Chunk::Stage::dealt) continue;
        if (oldest == nullptr || chunk.dealt_at < oldest->dealt_at) oldest = &chunk;
    }
    return oldest;
}

bool same_outcome(const CleanReply& before, const CleanReply& again) noexcept {
    return again.first_record == before.first_record && again.next_record == before.next_record &&
           again.accounts.records() == before.accounts.records() && again.clean.bytes == before.clean.bytes;
}

} // namespace ordermill::app
