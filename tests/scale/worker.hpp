#pragma once

#include "cluster/farm/exchange.hpp"
#include "cluster/work/work.hpp"
#include "scale/synthetic.hpp"

#include "app/protocol/messages.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <unordered_map>

namespace ordermill::scale {

/// What a worker's work costs, in seconds a byte unless it says otherwise; measured on one core.
struct Costs {
    double read = 0.28e-9;
    double clean = 1.5e-9;
    double write = 0.42e-9;   ///< of output
    double publish = 0.45e-9; ///< of input: its keys combined and sent
    double resolve = 37e-9;   ///< a key that is decided
    double apply = 20e-9;     ///< a verdict
    double jitter = 0.1;      ///< cleaning takes so much longer or shorter, evenly spread
    double sync = 5e-3;       ///< seconds
};

/// How time passes for a worker: by itself, or while the storage brings or takes bytes.
struct Passing {
    std::function<void(double seconds)> compute;
    std::function<void(std::uint64_t bytes, double least_seconds)> read;
    std::function<void(std::uint64_t bytes, double least_seconds)> write;
};

struct Spent {
    double read = 0, clean = 0, exchange = 0, write = 0; ///< seconds
    std::uint64_t read_bytes = 0, written_bytes = 0, records = 0, chunks = 0;
};

/// Answers rank 0's tasks as app::Worker would, with a synthetic input: nothing is read, the right time
/// passes.
class Worker {
  public:
    /// `key_share`: of the keys that are exchanged really, one in so many, so that they fit into memory.
    Worker(const Synthetic& input, const Costs& costs, Passing passing, int workers, int rank,
           cluster::Peers& peers, double key_share);

    cluster::Reply work(const cluster::Task& task);
    const Spent& spent() const noexcept { return spent_; }

  private:
    enum Kind : std::uint32_t { keys, verdicts };
    cluster::Reply clean(const app::CleanTask& task);
    cluster::Reply write(const app::WriteTask& task);
    cluster::Reply publish(const app::PublishTask& task);
    cluster::Reply resolve(const app::StepTask& task);
    cluster::Reply apply(const app::StepTask& task);
    void pass(double& phase, double seconds);
    void scatter(double items, Kind kind);

    const Synthetic& input_;
    const Costs& costs_;
    Passing passing_;
    int workers_;
    double key_share_;
    std::mt19937_64 random_;
    cluster::Exchange exchange_;
    std::uint64_t items_[2] = {}; ///< received, by kind
    double owed_ = 0;             ///< a fraction of an item, not yet sent
    std::unordered_map<std::uint64_t, std::uint64_t>
        sizes_; ///< of the chunks that were cleaned here, in bytes
    Spent spent_;
};

} // namespace ordermill::scale
