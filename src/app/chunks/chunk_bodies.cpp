#include "app/chunks/chunk_bodies.hpp"

#include "app/resume/saved_chunks.hpp"

#include <algorithm>

namespace ordermill::app {

ChunkBodies::ChunkBodies(const Plan& plan, const InputCutter& cutter, io::PipeInput& pipe)
    : plan_(plan), cutter_(cutter), pipe_(pipe) {}

std::shared_ptr<const std::string> ChunkBodies::counted(std::string_view bytes) {
    bytes_ += bytes.size();
    return std::make_shared<const std::string>(bytes);
}

std::shared_ptr<const std::string> ChunkBodies::saved(const Chunk& chunk) {
    SavedChunks::read(plan_.output, chunk.saved, buffer_);
    return counted(buffer_.view());
}

std::shared_ptr<const std::string> ChunkBodies::input(Chunk& chunk, CleanTask& task) {
    if (chunk.body) {
        task.body_base = chunk.body_base;
        bytes_ += chunk.body->size();
        return chunk.body;
    }
    if (chunk.ahead == 0) chunk.ahead = look_ahead(chunk.end - chunk.begin);
    task.body_base = chunk.known_start ? chunk.begin : chunk.begin - 1;
    return counted(plan_.files[chunk.file].pipe() ? of_pipe(chunk, task) : of_file(chunk, task));
}

std::string_view ChunkBodies::of_pipe(const Chunk& chunk, CleanTask& task) {
    const std::uint64_t known_end = cutter_.pipe_data_end(chunk.file);
    const std::uint64_t end = std::min(chunk.end + chunk.ahead, std::max(known_end, chunk.end));
    task.body_at_end = pipe_.ended() && end == known_end;
    return pipe_.view(task.body_base, end);
}

std::string_view ChunkBodies::of_file(const Chunk& chunk, CleanTask& task) {
    const PlannedFile& file = plan_.files[chunk.file];
    if (!file_ || file_index_ != chunk.file) {
        file_.emplace(reopened(file.path));
        file_index_ = chunk.file;
    }
    const std::uint64_t end = std::min(chunk.end + chunk.ahead, file.data_end);
    task.body_at_end = end == file.data_end;
    file_->read(task.body_base, end, buffer_);
    return buffer_.view();
}

} // namespace ordermill::app
