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
    : clean_(
          plan.output,
          [names = clean_output_names(compiled.spec.output.clean, plan.parts.count)](std::uint32_t part) {
              return names[part];
          },
          fence_of(plan)),
      rejects_(plan.output, compiled.spec.output.rejects, fence_of(plan)),
      duplicates_(plan.output, compiled.spec.output.duplicates, fence_of(plan)),
      raw_(
          plan.output, [&plan](std::uint32_t file) { return raw_output_name(plan.files[file]); },
          fence_of(plan)) {}

void ChunkOutputs::write(const WriteTask& where, const ChunkTexts& texts) {
    if (!texts.clean.empty()) clean_.write_at(where.part, where.clean_at, texts.clean);
    write_others(where, texts);
}

bool ChunkOutputs::try_write(const WriteTask& where, const ChunkTexts& texts) {
    if (!texts.clean.empty() && !clean_.try_write_at(where.part, where.clean_at, texts.clean)) return false;
    write_others(where, texts);
    return true;
}

bool ChunkOutputs::is_free(std::uint32_t part) { return clean_.is_free(part); }

/// All but the clean records: little, as a rule.
void ChunkOutputs::write_others(const WriteTask& where, const ChunkTexts& texts) {
    if (!texts.rejects.empty()) rejects_.write_at(where.rejects_at, texts.rejects);
    if (!texts.raw.empty()) raw_.write_at(where.file, where.raw_at, texts.raw);
    if (!texts.duplicates.empty()) duplicates_.write_at(where.duplicates_at, texts.duplicates);
}

void ChunkOutputs::sync() {
    clean_.sync();
    rejects_.sync();
    duplicates_.sync();
    raw_.sync();
}

void ChunkOutputs::close() {
    clean_.close();
    rejects_.close();
    duplicates_.close();
    raw_.close();
}

} // namespace ordermill::app
