#include "app/contest.hpp"

#include "core/csv_write.hpp"

#include <fmt/format.h>

#include <cstring>
#include <span>
#include <stdexcept>

namespace ordermill::app {
namespace {

constexpr std::size_t largest_message = std::size_t{256} << 10;

template<class Item>
std::span<const Item> items_of(std::string_view bytes, std::vector<Item>& storage) {
    storage.resize(bytes.size() / sizeof(Item));
    std::memcpy(storage.data(), bytes.data(), storage.size() * sizeof(Item));
    return storage;
}

} // namespace

Contest::Contest(const Prepared& prepared, int workers, int own_rank, cluster::Peers& peers)
    : prepared_(prepared), workers_(workers), own_rank_(own_rank), peers_(peers),
      outgoing_(static_cast<std::size_t>(workers) + 1), sent_(static_cast<std::size_t>(workers) + 1, 0) {
    peers_.receive = [this](int, std::string&& bytes) { receive(std::move(bytes)); };
}

int Contest::owner(const core::Key& key) const noexcept {
    constexpr int partition_bits = 16; // many more partitions than workers
    return 1 + static_cast<int>((key.high >> (64 - partition_bits)) % static_cast<std::uint64_t>(workers_));
}

void Contest::send(int worker, Head head, std::string& items) {
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    bytes += items;
    items.clear();
    ++sent_[static_cast<std::size_t>(worker)];
    peers_.send(worker, std::move(bytes));
}

void Contest::publish(std::uint64_t id, const HeldChunk& chunk, std::uint32_t section) {
    const core::Batch& batch = *chunk.batch;
    const std::size_t rows = batch.rows.size();
    for (std::size_t row = 0; row < rows; ++row) {
        const core::Key& key = batch.keys[section * rows + row];
        if (key == core::no_key ||
            (!chunk.losses.empty() && chunk.losses.contains(static_cast<std::uint32_t>(row))))
            continue;
        core::Contender contender{
            .key = key,
            .ordinal = {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(row)},
            .file = chunk.file,
            .worker = static_cast<std::uint32_t>(own_rank_),
            .byte_position = batch.rows[row].byte_position,
            .line = chunk.base_line + batch.rows[row].line,
            .criteria = {}};
        if (!batch.criteria.empty()) contender.criteria = batch.criteria[section * rows + row];
        const int to = owner(key);
        std::string& items = outgoing_[static_cast<std::size_t>(to)];
        items.append(reinterpret_cast<const char*>(&contender), sizeof contender);
        if (items.size() >= largest_message) send(to, {Kind::contenders, section}, items);
    }
}

std::vector<std::uint64_t> Contest::flush(std::uint32_t section) {
    for (int worker = 1; worker <= workers_; ++worker) {
        std::string& items = outgoing_[static_cast<std::size_t>(worker)];
        if (!items.empty()) send(worker, {Kind::contenders, section}, items);
    }
    std::vector<std::uint64_t> sent(sent_.size(), 0);
    std::swap(sent, sent_);
    return sent;
}

void Contest::receive(std::string&& bytes) {
    Head head;
    std::memcpy(&head, bytes.data(), sizeof head);
    const std::string_view items = std::string_view(bytes).substr(sizeof head);
    if (head.kind == Kind::verdicts) {
        std::vector<core::Verdict> storage;
        const auto verdicts = items_of(items, storage);
        auto& all = verdicts_[head.section];
        all.insert(all.end(), verdicts.begin(), verdicts.end());
        ++verdict_messages_[head.section];
        return;
    }
    if (table_section_ != head.section) {
        table_section_ = head.section;
        table_ = core::ContestTable(prepared_.recipes.front().duplicates()[head.section].last_wins);
    }
    std::vector<core::Contender> storage;
    table_.add(items_of(items, storage));
    ++contender_messages_[head.section];
}

std::optional<Contest::Resolved> Contest::resolve(std::uint32_t section, std::uint64_t expected) {
    if (contender_messages_[section] != expected) return std::nullopt;
    Resolved resolved;
    if (table_section_ == section) {
        std::vector<std::string> items(static_cast<std::size_t>(workers_) + 1);
        for (const core::Verdict& verdict : table_.verdicts()) {
            std::string& to = items[verdict.worker];
            to.append(reinterpret_cast<const char*>(&verdict), sizeof verdict);
            if (to.size() >= largest_message)
                send(static_cast<int>(verdict.worker), {Kind::verdicts, section}, to);
        }
        for (int worker = 1; worker <= workers_; ++worker) {
            std::string& to = items[static_cast<std::size_t>(worker)];
            if (!to.empty()) send(worker, {Kind::verdicts, section}, to);
        }
        resolved.sizes = table_.group_sizes();
        resolved.largest = table_.largest(largest_groups);
        table_.clear();
        table_section_ = UINT32_MAX;
    }
    resolved.sent.assign(sent_.size(), 0);
    std::swap(resolved.sent, sent_);
    return resolved;
}

std::optional<std::uint64_t> Contest::apply(std::uint32_t section, std::uint64_t expected, HeldChunks& held) {
    if (verdict_messages_[section] != expected) return std::nullopt;
    const std::vector<core::Verdict> verdicts = std::move(verdicts_[section]);
    verdicts_.erase(section);
    for (const core::Verdict& verdict : verdicts) {
        held.at(verdict.loser.chunk).losses.emplace(verdict.loser.index, HeldChunk::Loss{section, verdict});
    }
    return verdicts.size();
}

void remove_losers(HeldChunk& chunk, const Plan& plan, const core::Recipe& recipe) {
    const core::Batch& batch = *chunk.batch;
    const char delimiter = recipe.output().delimiter;
    const bool always = recipe.output().quoting == core::OutputSpec::Quoting::all;
    std::vector<core::LinedText::Range> ranges;
    for (const auto& [index, loss] : chunk.losses) {
        const core::Row& row = batch.rows[index];
        const auto place = [&](const std::string& file, std::uint64_t line, std::uint64_t byte) {
            core::append_field(chunk.duplicates, file, delimiter, always);
            chunk.duplicates.append(fmt::format("{0}{1}{0}{2}{0}", delimiter, line, byte));
        };
        place(plan.files[chunk.file].path, chunk.base_line + row.line, row.byte_position);
        place(plan.files[loss.verdict.kept_file].path, loss.verdict.kept_line,
              loss.verdict.kept_byte_position);
        core::append_field(chunk.duplicates, recipe.duplicates()[loss.section].name, delimiter, always);
        chunk.duplicates.push_back(delimiter);
        chunk.duplicates.append(batch.clean.bytes.view().substr(row.clean_begin, row.fields_bytes));
        chunk.duplicates.push_back('\n');
        ranges.push_back({row.clean_begin, row.clean_begin + row.clean_bytes});
    }
    chunk.batch->clean.erase(ranges);
}

core::Accounts::Share lost_share(const HeldChunk& chunk) {
    core::Accounts::Share share;
    for (const auto& [index, loss] : chunk.losses) share += {1, chunk.batch->rows[index].source_bytes};
    return share;
}

} // namespace ordermill::app
