#include "scale/worker.hpp"

#include <array>
#include <stdexcept>

namespace ordermill::scale {
namespace {

using app::pack;
using app::TaskKind;
using app::unpack;

/// A key as it travels: what core::Survivorship stores of a record without criteria.
using Item = std::array<char, 32>;
/// One in a hundred generated records is a copy of the one before it.
constexpr double loser_share = 0.01;

} // namespace

Worker::Worker(const Synthetic& input, const Costs& costs, Passing passing, int workers, int rank,
               cluster::Peers& peers, double key_share)
    : input_(input), costs_(costs), passing_(std::move(passing)), workers_(workers), key_share_(key_share),
      random_(static_cast<std::uint64_t>(rank)),
      exchange_(workers, peers, [this](cluster::Exchange::Segment segment, std::string_view items) {
          items_[segment.kind] += items.size() / sizeof(Item);
      }) {}

void Worker::pass(double& phase, double seconds) {
    passing_.compute(seconds);
    phase += seconds;
}

cluster::Reply Worker::work(const cluster::Task& task) {
    switch (app::kind_of(task.head)) {
    case TaskKind::clean: return clean(unpack<app::CleanTask>(task.head));
    case TaskKind::write: return write(unpack<app::WriteTask>(task.head));
    case TaskKind::publish: return publish(unpack<app::PublishTask>(task.head));
    case TaskKind::flush:
        return {.head = pack(app::StepReply{.epoch = unpack<app::StepTask>(task.head).epoch}),
                .body = app::pack_items(exchange_.flush())};
    case TaskKind::resolve: return resolve(unpack<app::StepTask>(task.head));
    case TaskKind::apply: return apply(unpack<app::StepTask>(task.head));
    case TaskKind::measure: {
        const std::uint64_t chunk = unpack<app::MeasureTask>(task.head).chunk;
        const std::uint64_t bytes = sizes_.at(chunk);
        const Sample& sample = input_.sample;
        return {.head = pack(app::MeasureReply{.chunk = chunk,
                                               .clean_bytes = sample.share(sample.clean_bytes, bytes),
                                               .rejects_bytes = sample.share(sample.rejects_bytes, bytes),
                                               .duplicates = {},
                                               .rejected = {}}),
                .body = {}};
    }
    case TaskKind::sync:
        pass(spent_.write, costs_.sync);
        return {.head = pack(app::SyncReply{.checkpoint = unpack<app::SyncTask>(task.head).checkpoint}),
                .body = {}};
    case TaskKind::finish:
        pass(spent_.write, costs_.sync);
        return {.head = pack(app::FinishReply{}), .body = {}};
    default: throw std::logic_error("a task that a synthetic input never needs");
    }
}

cluster::Reply Worker::clean(const app::CleanTask& task) {
    const std::uint64_t bytes = task.end - task.begin;
    const auto size = static_cast<double>(bytes);
    sizes_[task.chunk] = bytes;
    const Sample& sample = input_.sample;
    const double before = spent_.read;
    passing_.read(bytes, size * costs_.read);
    spent_.read = before + size * costs_.read;
    std::uniform_real_distribution<double> jitter(1 - costs_.jitter, 1 + costs_.jitter);
    pass(spent_.clean, size * costs_.clean * jitter(random_));
    app::CleanReply reply{.chunk = task.chunk, .first_record = task.begin, .next_record = task.end};
    reply.accounts.clean = {.records = sample.share(sample.accounts.records(), bytes), .bytes = bytes};
    reply.accounts.lines = reply.accounts.clean.records;
    reply.clean.bytes = sample.share(sample.clean_bytes, bytes);
    reply.rejects.bytes = sample.share(sample.rejects_bytes, bytes);
    spent_.read_bytes += bytes;
    spent_.records += reply.accounts.clean.records;
    ++spent_.chunks;
    return {.head = pack(reply), .body = {}};
}

cluster::Reply Worker::write(const app::WriteTask& task) {
    const std::uint64_t bytes = input_.sample.share(input_.sample.clean_bytes, sizes_.at(task.chunk));
    const double least = static_cast<double>(bytes) * costs_.write;
    passing_.write(bytes, least);
    spent_.write += least;
    spent_.written_bytes += bytes;
    const std::string& tally = input_.sample.tally;
    return {.head = pack(app::WriteReply{.chunk = task.chunk, .tally_bytes = tally.size()}), .body = tally};
}

/// Spread evenly over the owners.
void Worker::scatter(double items, Kind kind) {
    constexpr Item item{};
    for (int owner = 1; owner <= workers_; ++owner) {
        for (owed_ += items / workers_; owed_ >= 1; owed_ -= 1)
            exchange_.add(owner, {.kind = kind, .section = 0}, {item.data(), item.size()});
    }
}

cluster::Reply Worker::publish(const app::PublishTask& task) {
    const std::uint64_t bytes = sizes_.at(task.chunk);
    const std::uint64_t records = input_.sample.share(input_.sample.accounts.clean.records, bytes);
    pass(spent_.exchange, static_cast<double>(bytes) * costs_.publish);
    exchange_.begin_round(0);
    scatter(static_cast<double>(records) * key_share_, keys);
    return {.head = pack(app::PublishReply{.epoch = task.epoch, .chunk = task.chunk}), .body = {}};
}

cluster::Reply Worker::resolve(const app::StepTask& task) {
    const app::ResolveReply reply{.step = {task.kind, task.epoch}};
    if (exchange_.received(0) < task.expected) return {.head = {}, .body = {}, .not_yet = true};
    const double decided = static_cast<double>(items_[keys]) / key_share_;
    pass(spent_.exchange, decided * costs_.resolve);
    exchange_.begin_round(1);
    scatter(decided * loser_share * key_share_, verdicts);
    return {.head = pack(reply), .body = app::pack_items(exchange_.flush())};
}

cluster::Reply Worker::apply(const app::StepTask& task) {
    app::ApplyReply reply{.step = {task.kind, task.epoch}};
    if (exchange_.received(1) < task.expected) return {.head = {}, .body = {}, .not_yet = true};
    pass(spent_.exchange, static_cast<double>(items_[verdicts]) / key_share_ * costs_.apply);
    reply.losers = items_[verdicts];
    return {.head = pack(reply), .body = {}};
}

} // namespace ordermill::scale
