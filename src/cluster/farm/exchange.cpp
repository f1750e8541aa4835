#include "cluster/farm/exchange.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ordermill::cluster {

namespace {

std::size_t largest_message_for(int workers) {
    constexpr std::size_t smallest = std::size_t{8} << 10;
    constexpr std::size_t largest = std::size_t{256} << 10;
    constexpr std::size_t all = std::size_t{64} << 20;
    return std::clamp(all / static_cast<std::size_t>(workers), smallest, largest);
}

} // namespace

Exchange::Exchange(int workers, Peers& peers, Receive receive)
    : workers_(workers), largest_message_(largest_message_for(workers)), peers_(peers),
      receive_(std::move(receive)), outgoing_(static_cast<std::size_t>(workers) + 1),
      sent_(static_cast<std::size_t>(workers) + 1, 0) {
    for (int worker = 1; worker <= workers; ++worker) alive_.push_back(worker);
    peers_.receive = [this](int, std::string&& bytes) { arrive(std::move(bytes)); };
}

void Exchange::begin_epoch(std::uint32_t epoch, std::vector<int> alive) {
    epoch_ = epoch;
    for (const int worker : alive_) {
        const bool gone = std::find(alive.begin(), alive.end(), worker) == alive.end();
        if (gone && peers_.forget) peers_.forget(worker);
    }
    alive_ = std::move(alive);
    for (Outgoing& to : outgoing_) to.bytes.clear();
    sent_.assign(sent_.size(), 0);
    received_.clear();
    std::vector<std::string> early = std::exchange(early_, {});
    for (std::string& message : early) arrive(std::move(message));
}

void Exchange::add(int worker, Segment segment, std::string_view head, std::string_view items) {
    Outgoing& to = outgoing_[static_cast<std::size_t>(worker)];
    const std::size_t size = head.size() + items.size();
    if (to.bytes.size() + size > largest_message_ && !to.bytes.empty()) send(worker);
    if (to.bytes.empty()) {
        const Stamp stamp{.epoch = epoch_, .round = round_};
        to.bytes.append(reinterpret_cast<const char*>(&stamp), sizeof stamp);
    }
    const bool first = to.bytes.size() == sizeof(Stamp);
    if (first || to.head.segment.kind != segment.kind || to.head.segment.section != segment.section) {
        to.head_at = to.bytes.size();
        to.head = {.segment = segment, .bytes = 0};
        to.bytes.append(reinterpret_cast<const char*>(&to.head), sizeof to.head);
    }
    to.bytes.append(head).append(items);
    to.head.bytes += size;
    std::memcpy(to.bytes.data() + to.head_at, &to.head, sizeof to.head);
}

void Exchange::send(int worker) {
    const auto index = static_cast<std::size_t>(worker);
    std::string bytes;
    std::swap(bytes, outgoing_[index].bytes);
    ++sent_[index];
    peers_.send(worker, std::move(bytes));
}

std::vector<std::uint64_t> Exchange::flush() {
    for (int worker = 1; worker <= workers_; ++worker) {
        if (!outgoing_[static_cast<std::size_t>(worker)].bytes.empty()) send(worker);
    }
    return std::exchange(sent_, std::vector<std::uint64_t>(sent_.size(), 0));
}

void Exchange::arrive(std::string&& bytes) {
    Stamp stamp;
    if (bytes.size() < sizeof stamp) throw std::logic_error("a message between workers is too short");
    std::memcpy(&stamp, bytes.data(), sizeof stamp);
    if (stamp.epoch > epoch_) {
        early_.push_back(std::move(bytes));
    } else if (stamp.epoch == epoch_) {
        deliver(stamp.round, std::string_view(bytes).substr(sizeof stamp));
    }
}

void Exchange::deliver(std::uint32_t round, std::string_view bytes) {
    while (!bytes.empty()) {
        Head head;
        if (bytes.size() < sizeof head) throw std::logic_error("a message between workers is too short");
        std::memcpy(&head, bytes.data(), sizeof head);
        bytes.remove_prefix(sizeof head);
        if (bytes.size() < head.bytes) throw std::logic_error("a message between workers is too short");
        receive_(head.segment, bytes.substr(0, head.bytes));
        bytes.remove_prefix(head.bytes);
    }
    if (round >= received_.size()) received_.resize(round + 1, 0);
    ++received_[round];
}

} // namespace ordermill::cluster
