#include "app/resolve/resolution.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <unordered_map>

namespace ordermill::app {
namespace {

template<class Item>
std::string_view bytes_of(const Item& item) noexcept {
    return {reinterpret_cast<const char*>(&item), sizeof item};
}

template<class Item, class Visit>
void each_item(std::string_view items, const Visit& visit) {
    Item item;
    for (; items.size() >= sizeof item; items.remove_prefix(sizeof item)) {
        std::memcpy(static_cast<void*>(&item), items.data(), sizeof item);
        visit(item);
    }
}

template<class Item>
void append_items(std::vector<Item>& to, std::string_view items) {
    each_item<Item>(items, [&to](const Item& item) { to.push_back(item); });
}

} // namespace

Resolution::Resolution(const CompiledPlan& compiled, int workers, int own_rank, cluster::Peers& peers,
                       io::ScratchFile& scratch)
    : recipe_(compiled.recipes.front()), duplicates_(recipe_.duplicates().size()), own_rank_(own_rank),
      scratch_(scratch),
      exchange_(workers, peers, [this](cluster::Exchange::Segment segment, std::string_view items) {
          receive(segment, items);
      }) {}

PartitionedKeys& Resolution::store(std::optional<PartitionedKeys>& store, std::size_t item_bytes) {
    if (!store) store.emplace(item_bytes);
    return *store;
}

std::uint64_t Resolution::memory() const noexcept {
    std::uint64_t bytes = 0;
    for (const auto* store : {&candidates_, &lines_, &references_, &dangling_})
        bytes += *store ? (*store)->memory() : 0;
    return bytes + (streaming_ ? streaming_->keys().memory() : 0);
}

void Resolution::spill() {
    for (auto* store : {&candidates_, &lines_, &references_, &dangling_}) {
        if (*store) (*store)->spill(scratch_);
    }
}

void Resolution::begin_epoch(std::uint32_t epoch, std::vector<int> alive) {
    for (auto* store : {&candidates_, &lines_, &references_, &dangling_}) store->reset();
    streaming_.reset();
    places_.clear();
    superseded_.clear();
    order_violations_.clear();
    exchange_.begin_epoch(epoch, std::move(alive));
}

void Resolution::receive(cluster::Exchange::Segment segment, std::string_view items) {
    switch (segment.kind) {
    case places:
        each_item<PlaceItem>(items, [this](const PlaceItem& item) {
            if (item.chunk >= places_.size()) places_.resize(item.chunk + 1);
            places_[item.chunk] = item.place;
        });
        break;
    case candidates: {
        const std::size_t criteria = recipe_.duplicates()[segment.section].criteria.size();
        store(candidates_, core::Survivorship::stored_bytes(criteria)).add(items);
        break;
    }
    case lines: store(lines_, recipe_.orders()->line_bytes()).add(items); break;
    case references: store(references_, sizeof(core::OrderReference)).add(items); break;
    case dangling: store(dangling_, sizeof(core::BrokenReference)).add(items); break;
    case lost_candidates: append_items(superseded_, items); break;
    case order_violations: append_items(order_violations_, items); break;
    case claims: streaming().receive_claims(items); break;
    case answers: streaming().receive_answers(items); break;
    default: throw std::logic_error("an unknown segment");
    }
}

template<class Item>
void Resolution::send(int worker, Kind kind, std::uint32_t section, const Item& item) {
    exchange_.add(worker, {.kind = kind, .section = section}, bytes_of(item));
}

/// Whoever gets a key of the chunk learns where it is, once.
void Resolution::announce(int worker, std::uint64_t id, const StagedChunk& chunk) {
    if (announced_[static_cast<std::size_t>(worker)]) return;
    announced_[static_cast<std::size_t>(worker)] = true;
    send(worker, places, 0,
         PlaceItem{.chunk = id,
                   .place = {.worker = static_cast<std::uint32_t>(own_rank_),
                             .file = chunk.file,
                             .first_byte = chunk.first_record,
                             .first_line = chunk.base_line}});
}

void Resolution::publish(std::uint64_t id, StagedChunk& chunk, std::uint32_t section) {
    exchange_.begin_round(round(section, publishing));
    announced_.assign(static_cast<std::size_t>(exchange_.workers()) + 1, false);
    if (section == orders_section()) {
        publish_lines(id, chunk);
    } else {
        combine(chunk, section);
        publish_contenders(id, chunk, section);
    }
}

StreamingDuplicates& Resolution::streaming() {
    if (!streaming_)
        streaming_.emplace(own_rank_, exchange_,
                           StreamingDuplicates::Channel{.claims_kind = claims,
                                                        .answers_kind = answers,
                                                        .claims_round = round(0, publishing),
                                                        .answers_round = round(0, resolving)});
    return *streaming_;
}

void Resolution::publish_streaming(std::uint64_t id, StagedChunk& chunk,
                                   const StreamingDuplicates::Turn& turn) {
    counts_.clear();
    // Nothing is saved where no key is sent, and little where few records of a chunk are equal.
    if (exchange_.alive().size() > 1 && combining_.due()) {
        combine(chunk, 0);
        combining_.saw(chunk.batch->rows.size(), chunk.local_losses.size());
    }
    streaming().publish(id, chunk, counts_, turn);
}

bool Resolution::decided(std::uint64_t id, StagedChunk& chunk) {
    if (!streaming().take(id, chunk.losses)) return false;
    finish_losses(0, chunk);
    return true;
}

std::vector<std::uint64_t> Resolution::flush() {
    return streaming_ ? streaming_->claims_sent() : exchange_.flush();
}

/// Of the chunk's equal records one stands for all, as far as LocalGroups sees it.
void Resolution::combine(StagedChunk& chunk, std::uint32_t section) {
    const core::Batch& batch = *chunk.batch;
    const std::size_t rows = batch.rows.size();
    const std::span<const core::Key> keys = std::span(batch.keys).subspan(section * rows, rows);
    const core::Recipe::Duplicates& rule = recipe_.duplicates()[section];
    const auto beats = [&](std::uint32_t row, std::uint32_t before) {
        if (!rule.criteria.empty()) {
            const core::Criteria& one = batch.criteria[section * rows + row];
            const core::Criteria& other = batch.criteria[section * rows + before];
            if (one != other) return one > other;
        }
        return rule.last_wins;
    };
    local_groups_.clear();
    counts_.assign(rows, 1);
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (keys[row] == core::no_key || (!chunk.losses.empty() && chunk.lost(row))) {
            counts_[row] = 0;
            continue;
        }
        const std::uint32_t before = local_groups_.swap(keys[row], row, keys);
        if (before == core::LocalGroups::npos) continue;
        const bool wins = beats(row, before);
        const std::uint32_t winner = wins ? row : before;
        const std::uint32_t loser = wins ? before : row;
        counts_[winner] += counts_[loser];
        counts_[loser] = 0;
        chunk.local_losses.push_back({.row = loser,
                                      .winner = winner,
                                      .winner_byte_position = batch.rows[winner].byte_position,
                                      .winner_line = batch.rows[winner].line});
        if (!wins) local_groups_.restore(keys[row], before);
    }
}

void Resolution::publish_contenders(std::uint64_t id, StagedChunk& chunk, std::uint32_t section) {
    const core::Batch& batch = *chunk.batch;
    const std::size_t rows = batch.rows.size();
    const std::size_t criteria = recipe_.duplicates()[section].criteria.size();
    char stored[core::Survivorship::stored_bytes(core::most_criteria)];
    const std::string_view item(stored, core::Survivorship::stored_bytes(criteria));
    for (std::size_t row = 0; row < rows; ++row) {
        if (counts_[row] == 0) continue;
        const core::Row& of = batch.rows[row];
        const core::Candidate candidate{
            .key = batch.keys[section * rows + row],
            .ordinal = {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(row)},
            .byte = static_cast<std::uint32_t>(of.byte_position - chunk.first_record),
            .line = of.line,
            .count = counts_[row]};
        candidate.store(stored);
        if (criteria > 0) {
            std::memcpy(stored + core::Candidate::stored_bytes, &batch.criteria[section * rows + row],
                        criteria * sizeof(std::int64_t));
        }
        const int to = owner(candidate.key);
        announce(to, id, chunk);
        exchange_.add(to, {.kind = candidates, .section = section}, item);
    }
}

void Resolution::publish_lines(std::uint64_t id, const StagedChunk& chunk) {
    const core::OrderRules& rules = *recipe_.orders();
    const core::OrderRows& orders = chunk.batch->orders;
    const std::uint32_t section = orders_section();
    std::string item(rules.line_bytes(), '\0');
    const auto add = [&](const core::OrderLine& line, const std::uint64_t* words) {
        std::memcpy(item.data(), &line, sizeof line);
        if (words != nullptr && rules.words > 0)
            std::memcpy(item.data() + sizeof line, words, rules.words * sizeof *words);
        announce(owner(line.order), id, chunk);
        exchange_.add(owner(line.order), {.kind = lines, .section = section}, item);
    };
    const auto chunk_number = static_cast<std::uint32_t>(id);
    for (std::uint32_t row = 0; row < orders.keys.size(); ++row) {
        if (orders.keys[row] == core::no_key || chunk.lost(row)) continue;
        add({.order = orders.keys[row], .chunk = chunk_number, .row = row},
            orders.words.data() + std::size_t{row} * rules.words);
    }
    for (const core::Key& lost : orders.lost)
        add({.order = lost, .chunk = chunk_number, .row = core::OrderLine::lost_row}, nullptr);
    for (const core::OrderRows::Reference& reference : orders.references) {
        if (chunk.lost(reference.row)) continue;
        send(owner(reference.wanted), references, section,
             core::OrderReference{
                 .wanted = reference.wanted, .order = orders.keys[reference.row], .rule = reference.rule});
    }
}

std::optional<std::vector<std::uint64_t>> Resolution::refer(std::uint32_t section, std::uint64_t expected,
                                                            const cluster::Alive& alive) {
    if (exchange_.received(round(section, publishing)) != expected) return std::nullopt;
    exchange_.begin_round(round(section, referring));
    if (references_) {
        const core::OrderRules& rules = *recipe_.orders();
        PartitionedKeys& there = store(lines_, rules.line_bytes());
        core::Buffer part_lines;
        for (std::size_t part = 0; part < PartitionedKeys::parts; ++part) {
            alive();
            const std::string_view asked = references_->take(part, scratch_);
            for (const core::BrokenReference& broken :
                 core::broken_references(rules, there.look(part, scratch_, part_lines), asked))
                send(owner(broken.order), dangling, section, broken);
        }
        references_.reset();
    }
    return exchange_.flush();
}

std::optional<Resolution::Resolved> Resolution::resolve(std::uint32_t section, std::uint64_t expected,
                                                        const cluster::Alive& alive) {
    const bool orders = section == orders_section();
    const Step before = orders && recipe_.orders()->has_references ? referring : publishing;
    if (exchange_.received(round(section, before)) != expected) return std::nullopt;
    Resolved resolved;
    if (streaming_) {
        resolved.sizes = streaming_->keys().sizes();
        resolved.largest = streaming_->largest();
        resolved.sent = streaming_->answers_sent();
        return resolved;
    }
    exchange_.begin_round(round(section, resolving));
    if (orders) {
        resolve_orders(section, resolved, alive);
    } else {
        resolve_duplicates(section, resolved, alive);
    }
    resolved.sent = exchange_.flush();
    return resolved;
}

void Resolution::resolve_duplicates(std::uint32_t section, Resolved& resolved, const cluster::Alive& alive) {
    if (!candidates_) return;
    const core::Recipe::Duplicates& rule = recipe_.duplicates()[section];
    core::Survivorship survivorship(rule.criteria.size(), rule.last_wins);
    for (std::size_t part = 0; part < PartitionedKeys::parts; ++part) {
        alive();
        survivorship.decide(candidates_->take(part, scratch_), places_,
                            [&](const core::Superseded& loser, std::uint32_t worker) {
                                send(static_cast<int>(worker), lost_candidates, section, loser);
                            });
    }
    candidates_.reset();
    resolved.sizes = survivorship.sizes();
    resolved.largest = survivorship.largest();
}

void Resolution::resolve_orders(std::uint32_t section, Resolved& resolved, const cluster::Alive& alive) {
    const core::OrderRules& rules = *recipe_.orders();
    resolved.orders.rules.resize(rules.rules.size());
    if (!lines_) return;
    std::vector<core::OrderViolation> found;
    for (std::size_t part = 0; part < PartitionedKeys::parts; ++part) {
        alive();
        const std::string_view broken = dangling_ ? dangling_->take(part, scratch_) : std::string_view();
        core::judge_orders(rules, lines_->take(part, scratch_), broken, found, resolved.orders);
        for (const core::OrderViolation& violation : found)
            send(static_cast<int>(places_[violation.chunk].worker), order_violations, section, violation);
        found.clear();
    }
    lines_.reset();
    dangling_.reset();
}

std::optional<std::uint64_t> Resolution::apply(std::uint32_t section, std::uint64_t expected,
                                               Staging& staging) {
    if (exchange_.received(round(section, resolving)) != expected) return std::nullopt;
    if (section == orders_section()) {
        apply_orders(staging);
        return 0;
    }
    if (streaming_) return streaming_->keys().lost();
    apply_duplicates(section, staging);
    std::uint64_t losers = 0;
    staging.for_each_marks([&](StagedChunk& chunk) {
        finish_losses(section, chunk);
        losers += static_cast<std::uint64_t>(
            std::count_if(chunk.losses.begin(), chunk.losses.end(),
                          [section](const StagedChunk::Loss& loss) { return loss.section == section; }));
    });
    return losers;
}

void Resolution::apply_duplicates(std::uint32_t section, Staging& staging) {
    for (const core::Superseded& superseded : superseded_) {
        staging.marks(superseded.loser.chunk)
            .losses.push_back({.row = superseded.loser.row,
                               .section = section,
                               .kept_file = superseded.kept_file,
                               .kept_byte_position = superseded.kept_byte_position,
                               .kept_line = superseded.kept_line});
    }
    superseded_ = {};
}

/// All of the section's, in order.
void Resolution::finish_losses(std::uint32_t section, StagedChunk& chunk) {
    const auto sort = [&chunk] {
        std::sort(chunk.losses.begin(), chunk.losses.end(),
                  [](const auto& a, const auto& b) { return a.row < b.row; });
    };
    sort();
    if (chunk.local_losses.empty()) return;
    apply_local_losses(section, chunk);
    sort();
}

/// The row that beat it within the chunk stays, or what beat that one.
void Resolution::apply_local_losses(std::uint32_t section, StagedChunk& chunk) {
    std::unordered_map<std::uint32_t, StagedChunk::Loss> local;
    // A winner that loses further on does so in a later entry.
    for (auto one = chunk.local_losses.rbegin(); one != chunk.local_losses.rend(); ++one) {
        const auto beaten = local.find(one->winner);
        const StagedChunk::Loss* const superseded =
            beaten != local.end() ? &beaten->second : chunk.loss(one->winner);
        StagedChunk::Loss loss{.row = one->row,
                               .section = section,
                               .kept_file = chunk.file,
                               .kept_byte_position = one->winner_byte_position,
                               .kept_line = chunk.base_line + one->winner_line};
        if (superseded != nullptr) {
            loss.kept_file = superseded->kept_file;
            loss.kept_byte_position = superseded->kept_byte_position;
            loss.kept_line = superseded->kept_line;
        }
        local.emplace(one->row, loss);
    }
    for (const auto& [row, loss] : local) chunk.losses.push_back(loss);
    chunk.local_losses = {};
}

void Resolution::apply_orders(Staging& staging) {
    for (const core::OrderViolation& violation : order_violations_)
        staging.marks(violation.chunk).broken.push_back({.row = violation.row, .rules = violation.broken});
    order_violations_ = {};
    staging.for_each_marks([](StagedChunk& chunk) {
        std::sort(chunk.broken.begin(), chunk.broken.end(),
                  [](const auto& a, const auto& b) { return a.row < b.row; });
    });
}

} // namespace ordermill::app
