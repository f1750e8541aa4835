#include "app/deal/scheduler.hpp"

#include <stdexcept>

/// Scheduler's part from a chunk's place in the outputs to its account.
namespace ordermill::app {
namespace {

/// A text of so many bytes off the front.
std::string_view take_off(std::string_view& body, std::uint64_t bytes) {
    if (body.size() < bytes) throw std::logic_error("a message is too short");
    const std::string_view text = body.substr(0, bytes);
    body.remove_prefix(bytes);
    return text;
}

} // namespace

/// Offsets in order: a chunk's outputs stand behind those of the chunks before it.
void Scheduler::place_chunks() {
    while (place_id_ < accept_id_ && place(chunks_[place_id_])) ++place_id_;
}

/// False when its sizes aren't known yet.
bool Scheduler::place(Chunk& chunk) {
    if (chunk.empty) {
        chunk.stage = Stage::done;
        return true;
    }
    if (chunk.stage == Stage::accepted && !keeps() && !measure_cleaned(chunk)) ask_measures(chunk);
    if (chunk.stage != Stage::measured) return false;
    chunk.write = placement_.place(chunk.file, plan_.parts.part_of(chunk.file, chunk.begin), chunk.sizes);
    chunk.write.file = chunk.file;
    chunk.write.chunk = chunk.id;
    chunk.write.base_line = chunk.base_line;
    send_write(chunk);
    return true;
}

/// From what came with the cleaned chunk; false when its worker must count.
bool Scheduler::measure_cleaned(Chunk& chunk) {
    const auto clean = length_at(chunk.reply.clean, chunk.base_line);
    const auto rejects = length_at(chunk.reply.rejects, chunk.base_line);
    if (!clean || !rejects) return false;
    chunk.sizes = {.clean = *clean, .rejects = *rejects, .raw = chunk.reply.raw_bytes};
    chunk.stage = Stage::measured;
    return true;
}

void Scheduler::send_write(Chunk& chunk) {
    chunk.stage = Stage::writing;
    chunk.write.send_back = !access_[static_cast<std::size_t>(chunk.worker)].output;
    if (!chunk.write.send_back) return hands_.send_write(chunk.worker, chunk.write, chunk.sizes.all());
    gathering_.want(chunk.id, chunk.sizes.all());
    ask_gathered();
}

void Scheduler::ask_gathered() {
    while (const auto id = gathering_.next()) {
        const Chunk& of = chunks_[*id];
        hands_.send(of.worker, pack(of.write));
    }
}

void Scheduler::take_all_written(int worker, const cluster::Reply& reply) {
    std::string_view heads = reply.head;
    std::string_view body = reply.body;
    for (const WriteReply& written : unpack_items<WriteReply>(heads, heads.size() / sizeof(WriteReply)))
        take_written(worker, written, body);
}

/// Takes its part off the front of the body.
void Scheduler::take_written(int worker, const WriteReply& written, std::string_view& body) {
    Chunk& of = chunks_[written.chunk];
    if (written.sent_back) {
        ChunkTexts texts;
        texts.clean = take_off(body, of.sizes.clean);
        texts.rejects = take_off(body, of.sizes.rejects);
        texts.raw = take_off(body, of.sizes.raw);
        texts.duplicates = take_off(body, of.sizes.duplicates);
        write_gathered_(of.write, texts);
        counts_.gathered_bytes += texts.bytes();
        gathering_.arrived(of.id);
        ask_gathered();
    }
    of.written = written;
    const std::string_view tally = take_off(body, written.tally_bytes);
    if (!of.rewritten) of.tally = tally;
    note_writer(of, worker);
    if (of.stage != Stage::writing) return;
    of.stage = Stage::done;
    finish_rewriting(of);
}

/// Jobs that keep their records keep the chunks' entries too: a worker that is lost takes keys of chunks
/// along that are long written. Others keep those that may have to be written again.
void Scheduler::retire_chunks() {
    while (retire_id_ < chunks_.next() && chunks_[retire_id_].stage == Stage::done) {
        Chunk& done = chunks_[retire_id_++];
        if (!done.empty) {
            written_.add(done);
            check_crashes();
        }
        done.tally = {};
    }
    while (!keeps() && chunks_.first() < retire_id_) {
        const Chunk& oldest = *chunks_.begin();
        if (oldest.stage != Stage::done || !oldest.is_safe) break;
        chunks_.drop_first();
    }
    release_pipe();
}

} // namespace ordermill::app
