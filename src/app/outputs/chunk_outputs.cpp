#include "app/outputs/chunk_outputs.hpp"

#include "io/recovery/run_folder.hpp"

namespace ordermill::app {

std::string raw_output_name(const PlannedFile& file) { return "rejects-raw/" + file.raw_name; }

io::OutputFile::Fence fence_of(const Plan& plan) {
    if (plan.mark.empty()) return {};
    return [output = plan.output, generation = plan.generation, mark = plan.mark] {
        if (!io::RunFolder::is_last(output, generation, mark))
            throw io::Replaced("a newer run has taken over " + output + "; this run writes nothing more");
    };
}

ChunkOutputs::ChunkOutputs(const Plan& plan, const CompiledPlan& compiled)
    : plan_(plan), clean_(plan.output, compiled.spec.output.clean, fence_of(plan)),
      rejects_(plan.output, compiled.spec.output.rejects, fence_of(plan)),
      duplicates_(plan.output, compiled.spec.output.duplicates, fence_of(plan)) {}

void ChunkOutputs::write(const WriteTask& where, const ChunkTexts& texts) {
    if (!texts.clean.empty()) clean_.write_at(where.clean_at, texts.clean);
    if (!texts.rejects.empty()) rejects_.write_at(where.rejects_at, texts.rejects);
    if (!texts.raw.empty()) raw(where.file).write_at(where.raw_at, texts.raw);
    if (!texts.duplicates.empty()) duplicates_.write_at(where.duplicates_at, texts.duplicates);
}

io::OutputFile& ChunkOutputs::raw(std::uint32_t file) {
    if (raw_ && raw_file_ == file) return *raw_;
    if (raw_) {
        raw_->sync();
        raw_->close();
    }
    raw_.emplace(plan_.output, raw_output_name(plan_.files[file]), fence_of(plan_));
    raw_file_ = file;
    return *raw_;
}

void ChunkOutputs::sync() {
    for (io::OutputFile* file : {&clean_, &rejects_, &duplicates_, raw_ ? &*raw_ : nullptr}) {
        if (file != nullptr) file->sync();
    }
}

void ChunkOutputs::close() {
    for (io::OutputFile* file : {&clean_, &rejects_, &duplicates_, raw_ ? &*raw_ : nullptr}) {
        if (file != nullptr) file->close();
    }
}

} // namespace ordermill::app
