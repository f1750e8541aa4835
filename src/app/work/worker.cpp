#include "app/work/worker.hpp"

#include "app/resolve/apply_removals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace ordermill::app {
namespace {

/// Messages of other workers are still on their way.
cluster::Reply not_yet() { return {.head = {}, .body = {}, .not_yet = true}; }

} // namespace

Worker::Worker(const Plan& plan, const CompiledPlan& compiled, const Place& place, cluster::Peers* peers)
    : plan_(plan), compiled_(compiled), place_(place), clock_(place.timeline),
      faults_(FaultInjection::read(place.own_rank)), scratch_(place.scratch),
      staging_(
          scratch_, [this](std::uint32_t file) { return fresh_batch(file); },
          [this](std::unique_ptr<core::Batch> batch) { recycle(std::move(batch)); }),
      saved_(plan.output, plan.generation, place.own_rank, fence_of(plan)),
      writer_(plan, compiled, staging_, clock_, faults_, place.workers,
              compiled.recipes.front().stages() && place.workers > 1) {
    if (peers != nullptr && compiled.recipes.front().stages()) {
        resolution_ = std::make_unique<Resolution>(compiled, place.workers, place.own_rank, *peers, scratch_);
    }
    cleaners_.reserve(compiled.recipes.size());
    for (const core::Recipe& recipe : compiled.recipes) {
        cleaners_.emplace_back(recipe);
        if (faults_.watches()) {
            cleaners_.back().set_watch(
                [this](std::uint64_t, std::string_view record) { faults_.look_at(record); });
        }
    }
}

cluster::Reply Worker::work(const cluster::Task& task, const cluster::Alive& alive) {
    try {
        return obey(task, alive);
    } catch (const std::bad_alloc&) {
        throw std::runtime_error(fmt::format("out of memory while working on {}: start fewer ranks on this "
                                             "host, or give a smaller --memory or --chunk-size",
                                             plan_.output));
    } catch (const io::InputError& gone) { // it was there when the run was planned
        throw std::runtime_error(gone.what());
    }
}

cluster::Reply Worker::obey(const cluster::Task& task, const cluster::Alive& alive) {
    if (waits_for_others(task)) return not_yet();
    keep_within_memory();
    if (kind_of(task.head) != TaskKind::clean) faults_.linger();
    switch (kind_of(task.head)) {
    case TaskKind::clean: return clean_all(task, alive);
    case TaskKind::measure: return measure(unpack<MeasureTask>(task.head));
    case TaskKind::write: return writer_.write_all(task.head);
    case TaskKind::publish: return publish(unpack<PublishTask>(task.head));
    case TaskKind::flush: return flush(unpack<StepTask>(task.head), alive);
    case TaskKind::refer: return refer(unpack<StepTask>(task.head), alive);
    case TaskKind::resolve: return resolve(unpack<StepTask>(task.head), alive);
    case TaskKind::apply: return apply(unpack<StepTask>(task.head));
    case TaskKind::discard:
        staging_.discard(unpack<DiscardTask>(task.head).chunk);
        return {.head = pack(TaskKind::discard), .body = {}};
    case TaskKind::epoch: return epoch(task);
    case TaskKind::sync: return sync(unpack<SyncTask>(task.head), alive);
    case TaskKind::finish: return finish(alive);
    }
    throw std::logic_error("an unknown task");
}

/// Chunks go to scratch first, since they are next needed in order, one after the other; then keys.
void Worker::keep_within_memory() {
    if (!resolution_ || staging_.memory() + resolution_->memory() <= place_.memory) return;
    const std::uint64_t keys = resolution_->memory();
    // Half of it at once, so that it isn't one chunk at a time from now on.
    staging_.spill(place_.memory / 2 > keys ? place_.memory / 2 - keys : 0);
    if (staging_.memory() + keys > place_.memory) resolution_->spill();
    clock_.phases.scratch_bytes = scratch_.size();
}

/// With room for as much as came out of others, if that can come out of so little input.
std::unique_ptr<core::Batch> Worker::fresh_batch(std::uint32_t file, std::uint64_t input_bytes) {
    constexpr std::uint64_t times_the_input = 4;
    const std::size_t most =
        input_bytes < SIZE_MAX / times_the_input ? input_bytes * times_the_input : SIZE_MAX;
    const std::size_t rows = std::min(expected_rows_, most);
    const core::Recipe& recipe = compiled_.recipe_of(plan_.files[file]);
    std::unique_ptr<core::Batch> batch;
    if (spare_.empty()) {
        batch = std::make_unique<core::Batch>();
    } else {
        batch = std::move(spare_.back());
        spare_.pop_back();
    }
    if (batch->tally.size() != recipe.shape().size()) batch->tally = core::Tally(recipe.shape());
    batch->clear();
    batch->clean.bytes.ensure(std::min(expected_bytes_, most));
    batch->rows.reserve(rows);
    batch->keys.reserve(rows * recipe.duplicates().size());
    return batch;
}

/// A few buffers for the chunks to come; more would only hold memory.
void Worker::recycle(std::unique_ptr<core::Batch> batch) {
    constexpr std::size_t most = 4;
    if (spare_.size() < most) spare_.push_back(std::move(batch));
}

/// A chunk whose keys are sent is asked after with each message of another worker: cheap, and not timed.
bool Worker::waits_for_others(const cluster::Task& task) {
    if (kind_of(task.head) != TaskKind::publish) return false;
    const auto publish = unpack<PublishTask>(task.head);
    if (!publish.measure || outdated(publish.epoch)) return false;
    const StagedChunk& chunk = staging_.marks(publish.chunk);
    return chunk.claimed && !chunk.measured && !resolution_->is_decided(publish.chunk);
}

cluster::Reply Worker::publish(const PublishTask& task) {
    PublishReply reply{.epoch = task.epoch, .chunk = task.chunk};
    if (!outdated(task.epoch)) {
        if (!staging_.marks(task.chunk).claimed) claim(task);
        if (task.measure) {
            const auto timed = clock_.resolve();
            const auto sizes = measured(task.chunk, task.base_line);
            if (!sizes) return not_yet();
            reply.has_measured = true;
            reply.measured = *sizes;
        }
    }
    return {.head = pack(reply), .body = {}};
}

void Worker::claim(const PublishTask& task) {
    const auto timed = clock_.exchange();
    StagedChunk& chunk = staging_.at(task.chunk);
    chunk.base_line = task.base_line;
    chunk.published = true;
    chunk.claimed = true;
    chunk.streaming = task.streaming;
    if (task.streaming)
        resolution_->publish_streaming(task.chunk, chunk,
                                       {.number = task.turn, .expected = task.expected_keys});
    else
        resolution_->publish(task.chunk, chunk, 0);
    if (saves_) staging_.save(task.chunk, saver());
}

cluster::Reply Worker::flush(const StepTask& task, const cluster::Alive& alive) {
    const auto timed = clock_.exchange();
    if (outdated(task.epoch)) return {.head = pack(StepReply{task.kind, task.epoch}), .body = {}};
    if (task.section > 0) {
        staging_.for_each([&](std::uint64_t id, StagedChunk& chunk) {
            alive();
            resolution_->publish(id, chunk, task.section);
            if (staging_.memory() + resolution_->memory() > place_.memory) resolution_->spill();
        });
    }
    return {.head = pack(StepReply{task.kind, task.epoch}), .body = pack_items(resolution_->flush())};
}

cluster::Reply Worker::refer(const StepTask& task, const cluster::Alive& alive) {
    const auto timed = clock_.exchange();
    if (outdated(task.epoch)) return {.head = pack(StepReply{task.kind, task.epoch}), .body = {}};
    const auto sent = resolution_->refer(task.section, task.expected, alive);
    if (!sent) return not_yet();
    return {.head = pack(StepReply{task.kind, task.epoch}), .body = pack_items(*sent)};
}

cluster::Reply Worker::resolve(const StepTask& task, const cluster::Alive& alive) {
    const auto timed = clock_.resolve();
    if (outdated(task.epoch))
        return {.head = pack(ResolveReply{.step = {task.kind, task.epoch}}), .body = {}};
    const auto resolved = resolution_->resolve(task.section, task.expected, alive);
    if (!resolved) return not_yet();
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> sizes(resolved->sizes.begin(),
                                                                     resolved->sizes.end());
    return {.head = pack(ResolveReply{.step = {task.kind, task.epoch},
                                      .size_classes = sizes.size(),
                                      .large_groups = resolved->largest.size(),
                                      .orders = resolved->orders.orders,
                                      .order_rules = resolved->orders.rules.size()}),
            .body = pack_items(resolved->sent) + pack_items(sizes) + pack_items(resolved->largest) +
                    pack_items(resolved->orders.rules)};
}

cluster::Reply Worker::apply(const StepTask& task) {
    const auto timed = clock_.resolve();
    if (outdated(task.epoch)) return {.head = pack(ApplyReply{.step = {task.kind, task.epoch}}), .body = {}};
    const auto losers = resolution_->apply(task.section, task.expected, staging_);
    if (!losers) return not_yet();
    return {.head = pack(ApplyReply{.step = {task.kind, task.epoch}, .losers = *losers}), .body = {}};
}

cluster::Reply Worker::measure(const MeasureTask& task) {
    const auto timed = clock_.resolve();
    if (resolution_ && outdated(task.epoch))
        return {.head = pack(
                    MeasureReply{.chunk = task.chunk, .duplicates = {}, .rejected = {}, .decided = false}),
                .body = {}};
    const auto sizes = measured(task.chunk, task.base_line);
    return sizes ? cluster::Reply{.head = pack(*sizes), .body = {}} : not_yet();
}

/// Once its duplicates are decided. Only the first call counts and brings the texts to what is written.
std::optional<MeasureReply> Worker::measured(std::uint64_t id, std::uint64_t base_line) {
    StagedChunk& marks = staging_.marks(id);
    if (marks.measured) return marks.measured;
    if (marks.streaming && !resolution_->decided(id, marks)) return std::nullopt;
    StagedChunk& chunk = staging_.at(id);
    const Removed removed = apply_removals(chunk, plan_, compiled_.recipe_of(plan_.files[chunk.file]));
    chunk.measured = MeasureReply{.chunk = id,
                                  .clean_bytes = chunk.batch->clean.size(base_line),
                                  .rejects_bytes = chunk.batch->rejects.size(base_line),
                                  .duplicates_bytes = chunk.duplicates.size(),
                                  .raw_bytes = chunk.batch->rejects_raw.size(),
                                  .duplicates = removed.duplicates,
                                  .rejected = removed.rejected};
    return chunk.measured;
}

cluster::Reply Worker::epoch(const cluster::Task& task) {
    const auto entered = unpack<EpochTask>(task.head);
    writer_.write_refused();
    std::string_view body = *task.body;
    const auto alive = unpack_items<std::int32_t>(body, body.size() / sizeof(std::int32_t));
    staging_.for_each_marks([](StagedChunk& chunk) {
        chunk.losses.clear();
        chunk.local_losses.clear();
        chunk.broken.clear();
        chunk.claimed = false;
    });
    resolution_->begin_epoch(entered.epoch, {alive.begin(), alive.end()});
    return {.head = pack(TaskKind::epoch), .body = {}};
}

cluster::Reply Worker::sync(const SyncTask& task, const cluster::Alive& alive) {
    if (resolution_ && task.save) return save(task, alive);
    writer_.sync(alive);
    return {.head = pack(SyncReply{.checkpoint = task.checkpoint, .outputs = true}), .body = {}};
}

Staging::Save Worker::saver() {
    return [this](std::uint64_t id, StagedChunk& chunk, std::string_view batch) {
        newly_saved_.push_back({.chunk = id, .place = saved_.put(chunk.reply, batch)});
    };
}

/// A short run keeps nothing: only from the first time on is each chunk kept as it is published.
cluster::Reply Worker::save(const SyncTask& task, const cluster::Alive& alive) {
    const auto timed = clock_.sync();
    saves_ = true;
    staging_.save_all([&, put = saver()](std::uint64_t id, StagedChunk& chunk, std::string_view batch) {
        put(id, chunk, batch);
        alive();
    });
    saved_.sync();
    return {.head = pack(SyncReply{.checkpoint = task.checkpoint}),
            .body = pack_items(std::exchange(newly_saved_, {}))};
}

cluster::Reply Worker::finish(const cluster::Alive& alive) {
    writer_.sync(alive);
    writer_.close();
    clock_.stop();
    return {.head = pack(FinishReply{.phases = clock_.phases}), .body = pack_items(clock_.bars())};
}

} // namespace ordermill::app
