#include "app/resolve/streaming_duplicates.hpp"

#include <algorithm>
#include <cstring>

namespace ordermill::app {
namespace {

using Claim = core::FirstOccurrence::Claim;

constexpr std::size_t claims_a_piece = 4096;
constexpr std::uint32_t section = 0; ///< the only one

template<class Item>
std::string_view bytes_of(const Item* items, std::size_t count) noexcept {
    return {reinterpret_cast<const char*>(items), count * sizeof(Item)};
}

/// A head and the items behind it, off the front.
template<class Head>
Head take_head(std::string_view& bytes) {
    const auto head = unpack<Head>(bytes);
    bytes.remove_prefix(sizeof head);
    return head;
}

std::string_view take_bytes(std::string_view& bytes, std::size_t size) noexcept {
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(taken.size());
    return taken;
}

} // namespace

void StreamingDuplicates::collect(const StagedChunk& chunk, std::span<const std::uint32_t> counts) {
    const core::Batch& batch = *chunk.batch;
    for (auto& claims : claims_) claims.clear();
    const bool alone = exchange_.alive().size() == 1;
    for (std::uint32_t row = 0; row < batch.rows.size(); ++row) {
        const core::Key& key = batch.keys[row];
        const std::uint32_t count = counts.empty() ? 1 : counts[row];
        if (count == 0 || key == core::no_key) continue;
        const int owner = alone ? exchange_.alive().front() : exchange_.owner(key.high);
        const core::Row& of = batch.rows[row];
        claims_[static_cast<std::size_t>(owner)].push_back(
            {.key = key,
             .row = row,
             .byte = static_cast<std::uint32_t>(of.byte_position - chunk.first_record),
             .line = of.line,
             .count = count});
    }
}

template<class Visit>
void StreamingDuplicates::each_piece(PieceHead head, int owner, const Visit& visit) const {
    const std::vector<Claim>& claims = claims_[static_cast<std::size_t>(owner)];
    for (head.piece = 0; head.piece < head.pieces; ++head.piece) {
        const std::size_t begin = head.piece * claims_a_piece;
        head.claims = std::min(claims_a_piece, claims.size() - begin);
        visit(head, bytes_of(claims.data() + begin, head.claims));
    }
}

void StreamingDuplicates::publish(std::uint64_t id, const StagedChunk& chunk,
                                  std::span<const std::uint32_t> counts, const Turn& turn) {
    collect(chunk, counts);
    PieceHead head{.turn = turn.number,
                   .chunk = id,
                   .expected = turn.expected,
                   .place = {.worker = static_cast<std::uint32_t>(own_rank_),
                             .file = chunk.file,
                             .first_byte = chunk.first_record,
                             .first_line = chunk.base_line},
                   .piece = 0,
                   .pieces = 0,
                   .claims = 0};
    const auto pieces = [this](int owner) {
        const std::size_t claims = claims_[static_cast<std::size_t>(owner)].size();
        return static_cast<std::uint32_t>(
            std::max<std::size_t>(1, (claims + claims_a_piece - 1) / claims_a_piece));
    };
    Asked& asked = asked_[id];
    asked = {};
    for (const int owner : exchange_.alive()) asked.pieces += pieces(owner);
    exchange_.begin_round(channel_.claims_round);
    for (const int owner : exchange_.alive()) {
        if (owner == own_rank_) continue;
        head.pieces = pieces(owner);
        each_piece(head, owner, [&](const PieceHead& of, std::string_view claims) {
            exchange_.add(owner, {.kind = channel_.claims_kind, .section = section}, bytes_of(&of, 1),
                          claims);
        });
    }
    flush(claims_sent_);
    head.pieces = pieces(own_rank_);
    each_piece(head, own_rank_, [this](const PieceHead& of, std::string_view claims) { arrive(of, claims); });
}

void StreamingDuplicates::receive_claims(std::string_view pieces) {
    while (!pieces.empty()) {
        const auto head = take_head<PieceHead>(pieces);
        arrive(head, take_bytes(pieces, head.claims * sizeof(Claim)));
    }
}

/// Decides it, and those that waited for it; or keeps it until its turn.
void StreamingDuplicates::arrive(const PieceHead& head, std::string_view claims) {
    if (Place{head.turn, head.piece} != next_) {
        std::string& kept = early_[{head.turn, head.piece}];
        kept.assign(bytes_of(&head, 1)).append(claims);
        return;
    }
    exchange_.begin_round(channel_.answers_round);
    decide(head, claims);
    while (!early_.empty() && early_.begin()->first == next_) {
        const std::string kept = std::move(early_.extract(early_.begin()).mapped());
        std::string_view bytes = kept;
        const auto waited = take_head<PieceHead>(bytes);
        decide(waited, bytes);
    }
    flush(answers_sent_);
}

void StreamingDuplicates::decide(const PieceHead& head, std::string_view claims) {
    if (head.chunk >= places_.size()) places_.resize(head.chunk + 1);
    places_[head.chunk] = head.place;
    keys_.expect(head.expected);
    answers_.clear();
    keys_.decide(claims, static_cast<std::uint32_t>(head.chunk),
                 [this](const Claim& claim, const core::FirstOccurrence::Holder& holder) {
                     const core::ChunkPlace& place = places_[holder.chunk];
                     answers_.push_back({.row = claim.row,
                                         .kept_file = place.file,
                                         .kept_byte_position = place.first_byte + holder.byte,
                                         .kept_line = place.first_line + holder.line});
                 });
    next_ = head.piece + 1 < head.pieces ? Place{head.turn, head.piece + 1} : Place{head.turn + 1, 0};
    answer(head);
}

void StreamingDuplicates::answer(const PieceHead& head) {
    const AnswerHead answer{.chunk = head.chunk, .answers = answers_.size()};
    const std::string_view answers = bytes_of(answers_.data(), answers_.size());
    const auto to = static_cast<int>(head.place.worker);
    if (to == own_rank_) return take_answers(answer, answers);
    exchange_.add(to, {.kind = channel_.answers_kind, .section = section}, bytes_of(&answer, 1), answers);
}

void StreamingDuplicates::receive_answers(std::string_view answers) {
    while (!answers.empty()) {
        const auto head = take_head<AnswerHead>(answers);
        take_answers(head, take_bytes(answers, head.answers * sizeof(Answer)));
    }
}

void StreamingDuplicates::take_answers(const AnswerHead& head, std::string_view answers) {
    Asked& asked = asked_.at(head.chunk);
    --asked.pieces;
    while (!answers.empty()) {
        const auto answer = take_head<Answer>(answers);
        asked.losses.push_back({.row = answer.row,
                                .section = section,
                                .kept_file = answer.kept_file,
                                .kept_byte_position = answer.kept_byte_position,
                                .kept_line = answer.kept_line});
    }
}

bool StreamingDuplicates::take(std::uint64_t id, std::vector<StagedChunk::Loss>& losses) {
    const auto asked = asked_.find(id);
    if (asked == asked_.end() || asked->second.pieces > 0) return false;
    losses.insert(losses.end(), asked->second.losses.begin(), asked->second.losses.end());
    asked_.erase(asked);
    return true;
}

void StreamingDuplicates::flush(std::vector<std::uint64_t>& sent) {
    const std::vector<std::uint64_t> now = exchange_.flush();
    for (std::size_t rank = 0; rank < now.size(); ++rank) sent[rank] += now[rank];
}

} // namespace ordermill::app
