#include "app/deal/scheduler.hpp"
#include "io/crc.hpp"

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
    while (place_id_ < accept_id_ && place(chunk(place_id_))) ++place_id_;
}

/// False when its sizes aren't known yet.
bool Scheduler::place(Chunk& chunk) {
    if (chunk.empty) {
        chunk.stage = Stage::done;
        return true;
    }
    if (chunk.stage == Stage::accepted && !staged_) {
        const auto clean = length_at(chunk.reply.clean, chunk.base_line);
        const auto rejects = length_at(chunk.reply.rejects, chunk.base_line);
        if (clean && rejects) {
            chunk.sizes = {.clean = *clean, .rejects = *rejects, .raw = chunk.reply.raw_bytes};
            chunk.stage = Stage::measured;
        } else {
            ask_measures(chunk);
        }
    }
    if (chunk.stage != Stage::measured) return false;
    chunk.write = placement_.place(chunk.file, chunk.sizes);
    chunk.write.file = chunk.file;
    chunk.write.chunk = chunk.id;
    chunk.write.base_line = chunk.base_line;
    send_write(chunk);
    return true;
}

void Scheduler::send_write(Chunk& chunk) {
    chunk.stage = Stage::writing;
    chunk.write.send_back = !access_[static_cast<std::size_t>(chunk.worker)].output;
    if (!chunk.write.send_back) return send(chunk.worker, pack(chunk.write));
    gathering_.want(chunk.id, chunk.sizes.all());
    ask_gathered();
}

void Scheduler::ask_gathered() {
    while (const auto id = gathering_.next()) {
        const Chunk& of = chunk(*id);
        send(of.worker, pack(of.write));
    }
}

void Scheduler::take_written(const cluster::Reply& reply) {
    const auto written = unpack<WriteReply>(reply.head);
    Chunk& of = chunk(written.chunk);
    std::string_view body = reply.body;
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
    of.tally = body;
    of.is_written = true;
    if (of.stage == Stage::writing) of.stage = Stage::done;
}

/// A file's raw rejects begin with its header, as it came.
OutputTotal& Scheduler::raw_total(std::uint32_t file) {
    const auto [found, is_new] = totals_.raw.try_emplace(file);
    if (is_new) {
        const std::string& header = plan_.files[file].header_bytes;
        found->second = {.bytes = header.size(), .crc = io::crc32(header)};
    }
    return found->second;
}

/// Jobs that keep their records keep the chunks' entries too: a worker that is lost takes keys of chunks
/// along that are long written.
void Scheduler::retire_chunks() {
    while (retire_id_ < next_id_ && chunk(retire_id_).stage == Stage::done) {
        Chunk& done = chunk(retire_id_++);
        if (!done.empty) retire(done);
        done.tally = {};
        if (staged_) continue;
        chunks_.pop_front();
        ++first_id_;
    }
    release_pipe();
}

void Scheduler::retire(const Chunk& done) {
    const auto extend = [](OutputTotal& total, std::uint32_t crc, std::uint64_t bytes) {
        if (bytes == 0) return; // combining costs as much as for any other length
        total.crc = io::crc32_combine(total.crc, crc, bytes);
        total.bytes += bytes;
    };
    extend(totals_.clean, done.written.clean_crc, done.sizes.clean);
    extend(totals_.rejects, done.written.rejects_crc, done.sizes.rejects);
    extend(totals_.duplicates, done.written.duplicates_crc, done.sizes.duplicates);
    if (done.sizes.raw > 0) extend(raw_total(done.file), done.written.raw_crc, done.sizes.raw);
    totals_.tally.merge(done.tally);
    check_crashes();
    totals_.records_read += done.reply.accounts.records();
    core::Accounts& accounts = totals_.files[done.file];
    accounts += done.reply.accounts;
    for (const core::Accounts::Share& gone : {done.duplicates, done.rejected}) {
        accounts.clean.records -= gone.records;
        accounts.clean.bytes -= gone.bytes;
    }
    accounts.duplicates += done.duplicates;
    accounts.rejected += done.rejected;
    retired_.file = done.file;
    retired_.offset = done.reply.next_record;
    retired_.line = done.base_line - 1 + done.reply.accounts.lines;
}

} // namespace ordermill::app
