// Worker's part that turns a chunk's bytes into a batch.
#include "app/base/stop_signals.hpp"
#include "app/work/crash_finder.hpp"
#include "app/work/worker.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace ordermill::app {
namespace {

LinedSize size_of(const core::LinedText& text) {
    return {text.bytes.size(), text.holes(), text.first_line(), text.last_line()};
}

core::Chunk body_chunk(const CleanTask& task, std::string_view body) {
    core::Chunk chunk;
    chunk.bytes = body;
    chunk.base = task.body_base;
    chunk.at_end = task.body_at_end;
    return chunk;
}

/// Told by rank 0, when it has found it.
std::optional<std::uint64_t> known_line_end(const CleanTask& task) {
    return task.line_end == CleanTask::unknown ? std::nullopt : std::optional(task.line_end);
}

} // namespace

/// The chunk's bytes from the file: one byte before it when its start must be guessed, and some behind it.
core::Chunk Worker::read_chunk(const CleanTask& task, std::uint64_t ahead) {
    const PlannedFile& file = plan_.files[task.file];
    if (!open_input_ || open_input_file_ != task.file) {
        open_input_.emplace(reopened(file.path));
        open_input_file_ = task.file;
    }
    core::Chunk chunk;
    chunk.base = task.known_start ? task.begin : task.begin - 1;
    const std::uint64_t end = std::min(task.end + ahead, file.data_end);
    const auto timed = clock_.read();
    open_input_->read(chunk.base, end, input_);
    clock_.phases.read_bytes += input_.size();
    chunk.bytes = input_.view();
    chunk.at_end = end == file.data_end;
    return chunk;
}

/// In pieces, as the line may be longer than memory.
std::optional<std::uint64_t> Worker::find_line_end(std::uint32_t file, std::uint64_t offset,
                                                   const std::function<void()>& between) {
    constexpr std::uint64_t piece = std::uint64_t{1} << 20;
    const PlannedFile& of = plan_.files[file];
    core::LineEndSearch search(compiled_.recipe_of(of).dialect().line_end, offset);
    for (;;) {
        const std::uint64_t end = std::min(search.offset() + piece, of.data_end);
        open_input_->read(search.offset(), end, line_piece_);
        clock_.phases.read_bytes += line_piece_.size();
        if (const auto found = search.next(line_piece_.view(), end == of.data_end)) return found;
        if (between) between();
    }
}

cluster::Reply Worker::clean_all(const cluster::Task& with, const cluster::Alive& alive) {
    std::string_view heads = with.head;
    cluster::Reply reply{.head = {}, .body = {}};
    for (const CleanTask& task : unpack_items<CleanTask>(heads, heads.size() / sizeof(CleanTask))) {
        reply.head += pack(clean(task, with, alive));
        alive();
    }
    return reply;
}

CleanReply Worker::clean(const CleanTask& task, const cluster::Task& with, const cluster::Alive& alive) {
    if (task.saved.size > 0)
        return restore(task, with).value_or(CleanReply{.chunk = task.chunk, .saved_gone = true});
    const auto begun = std::chrono::steady_clock::now();
    const PlannedFile& file = plan_.files[task.file];
    const core::HeaderMapping& mapping = compiled_.mappings[task.file];
    core::Cleaner& cleaner = cleaners_[static_cast<std::size_t>(file.section + 1)];
    auto batch = fresh_batch(task.file, task.end - task.begin);
    const std::uint64_t most_ahead = core::most_bytes_behind(cleaner.recipe().dialect());
    for (std::uint64_t ahead = look_ahead(task.end - task.begin);; ahead = std::min(4 * ahead, most_ahead)) {
        core::Chunk chunk = with.body ? body_chunk(task, *with.body) : read_chunk(task, ahead);
        chunk.begin = task.begin;
        chunk.end = task.end;
        chunk.known_start = task.known_start;
        chunk.file = file.path;
        chunk.find_line_end = [&](std::uint64_t offset, const std::function<void()>& between) {
            const bool told = with.body || task.line_end != CleanTask::unknown;
            return told ? known_line_end(task) : find_line_end(task.file, offset, between);
        };
        std::vector<std::uint64_t> crashing;
        if (task.careful) {
            crashing = find_crashing(cleaner, chunk, mapping, faults_, place_.max_crashes + 1,
                                     place_.crash_patience, alive);
            chunk.crashing = crashing;
        }
        const auto timed = clock_.clean();
        Steps steps;
        cleaner.clean(chunk, mapping, *batch, [&] { steps.between(alive, batch->accounts.bytes()); });
        if (!batch->needs_more || with.body) break;
        if (ahead == most_ahead) throw std::logic_error("a record goes on behind all that it may have");
    }
    if (file.copy > 0) batch->separate(file.copy);
    ++clock_.phases.chunks;
    clock_.phases.records += batch->accounts.records();
    faults_.pace(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(), alive);
    expected_bytes_ = std::max(expected_bytes_, batch->clean.bytes.size());
    expected_rows_ = std::max(expected_rows_, batch->rows.size());
    CleanReply reply{.chunk = task.chunk,
                     .first_record = batch->first_record,
                     .next_record = batch->next_record,
                     .needs_more = batch->needs_more,
                     .line_goes_on = batch->line_goes_on,
                     .accounts = batch->accounts,
                     .clean = size_of(batch->clean),
                     .rejects = size_of(batch->rejects),
                     .raw_bytes = batch->rejects_raw.size()};
    StagedChunk chunk;
    chunk.file = task.file;
    chunk.first_record = batch->first_record;
    chunk.reply = reply;
    chunk.batch = std::move(batch);
    staging_.put(task.chunk, std::move(chunk));
    return reply;
}

/// Takes the chunk from where it is kept, as if it had just been cleaned.
std::optional<CleanReply> Worker::restore(const CleanTask& task, const cluster::Task& with) {
    const auto timed = clock_.read();
    core::Buffer bytes;
    if (!with.body) SavedChunks::read(plan_.output, task.saved, bytes);
    std::string_view batch;
    std::optional<CleanReply> reply =
        SavedChunks::open(task.saved, with.body ? std::string_view(*with.body) : bytes.view(), batch);
    if (!reply) return std::nullopt;
    clock_.phases.read_bytes += bytes.size();
    reply->chunk = task.chunk;
    reply->restored = true;
    StagedChunk chunk;
    chunk.file = task.file;
    chunk.first_record = reply->first_record;
    chunk.reply = *reply;
    chunk.saved = true;
    chunk.batch = fresh_batch(task.file);
    chunk.batch->decode(batch);
    staging_.put(task.chunk, std::move(chunk));
    return reply;
}

} // namespace ordermill::app
