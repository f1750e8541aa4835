#include "app/work/chunk_writer.hpp"

#include "io/crc.hpp"

#include <future>
#include <utility>

namespace ordermill::app {
namespace {

WriteReply reply_to(const WriteTask& task, const ChunkTexts& texts, std::uint64_t tally_bytes) {
    return {.sent_back = task.send_back,
            .chunk = task.chunk,
            .clean_crc = io::crc32(texts.clean),
            .rejects_crc = io::crc32(texts.rejects),
            .raw_crc = io::crc32(texts.raw),
            .duplicates_crc = io::crc32(texts.duplicates),
            .tally_bytes = tally_bytes};
}

} // namespace

ChunkWriter::ChunkWriter(const Plan& plan, const CompiledPlan& compiled, Staging& staging, PhaseClock& clock,
                         const FaultInjection& faults, int workers, bool keeps_keys)
    : staging_(staging), clock_(clock), faults_(faults), takes_turns_(workers >= fewest_that_take_turns),
      keeps_keys_(keeps_keys), outputs_(plan, compiled) {}

cluster::Reply ChunkWriter::write_all(std::string_view tasks) {
    const auto all = unpack_items<WriteTask>(tasks, tasks.size() / sizeof(WriteTask));
    if (all.size() == 1) return write(all.front());
    std::vector<cluster::Reply> done;
    for (const WriteTask& task : all) {
        done.push_back(write(task));
        if (!done.back().not_yet) continue;
        for (std::size_t i = 0; i + 1 < done.size(); ++i) written_since_[all[i].chunk] = std::move(done[i]);
        return std::move(done.back());
    }
    cluster::Reply together{.head = {}, .body = {}};
    for (const cluster::Reply& one : done) {
        together.head += one.head;
        together.body += one.body;
    }
    return together;
}

cluster::Reply ChunkWriter::write(const WriteTask& task) {
    if (auto done = written_since_.extract(task.chunk)) return std::move(done.mapped());
    if (!has_its_turn(task)) return refuse(task);
    if (auto reply = try_write(task, false)) {
        refused_.erase(task.chunk);
        return *std::move(reply);
    }
    return refuse(task);
}

/// Costs little when it hasn't.
bool ChunkWriter::has_its_turn(const WriteTask& task) {
    if (task.send_back) return true;
    const auto before = refused_.find(task.chunk);
    if (faults_.busy > 0 && (before == refused_.end() || before->second.times < faults_.busy)) return false;
    if (before != refused_.end() && Clock::now() - before->second.since > longest_wait) return true;
    if (!takes_turns_) return true;
    if (before != refused_.end()) return outputs_.is_free(task.part);
    for (const auto begin = Clock::now(); !outputs_.is_free(task.part);)
        if (Clock::now() - begin > short_wait) return false;
    return true;
}

cluster::Reply ChunkWriter::refuse(const WriteTask& task) {
    Refused& refused = refused_.try_emplace(task.chunk, Refused{task, Clock::now(), 0}).first->second;
    ++refused.times;
    return {.head = {}, .body = {}, .not_yet = true, .soon = true};
}

void ChunkWriter::write_refused() {
    for (const auto& [chunk, refused] : std::exchange(refused_, {}))
        written_since_[chunk] = try_write(refused.task, true).value();
}

std::optional<cluster::Reply> ChunkWriter::try_write(const WriteTask& task, bool at_once) {
    const auto timed = clock_.write();
    StagedChunk& chunk = staging_.at(task.chunk);
    const core::Batch& batch = *chunk.batch;
    const ChunkTexts texts{.clean = batch.clean.render(task.base_line, rendered_clean_),
                           .rejects = batch.rejects.render(task.base_line, rendered_rejects_),
                           .raw = batch.rejects_raw.view(),
                           .duplicates = chunk.duplicates.view()};
    cluster::Reply told{.head = {}, .body = {}};
    if (task.send_back) {
        told.body.reserve(texts.bytes());
        for (const std::string_view text : {texts.clean, texts.rejects, texts.raw, texts.duplicates})
            told.body += text;
    } else if (!put(task, texts, at_once)) {
        return std::nullopt;
    }
    const std::string tally = batch.tally.encode();
    told.head = pack(reply_to(task, texts, tally.size()));
    told.body += tally;
    staging_.written(task.chunk, keeps_keys_ && !chunk.streaming);
    return told;
}

bool ChunkWriter::put(const WriteTask& task, const ChunkTexts& texts, bool at_once) {
    const auto refused = refused_.find(task.chunk);
    const auto begin = Clock::now();
    if (at_once || !takes_turns_ ||
        (refused != refused_.end() && begin - refused->second.since > longest_wait)) {
        outputs_.write(task, texts);
    } else if (!outputs_.try_write(task, texts)) {
        return false;
    }
    clock_.phases.at_clean_file += std::chrono::duration<double>(Clock::now() - begin).count();
    clock_.phases.written_bytes += texts.bytes();
    return true;
}

/// A disk may take longer than a lease lasts: another thread waits for it, and this one says that it lives.
void ChunkWriter::sync(const cluster::Alive& alive) {
    const auto timed = clock_.sync();
    constexpr auto between_signs = std::chrono::milliseconds(100);
    std::future<void> synced = std::async(std::launch::async, [this] { outputs_.sync(); });
    while (synced.wait_for(between_signs) != std::future_status::ready) alive();
    synced.get();
}

} // namespace ordermill::app
