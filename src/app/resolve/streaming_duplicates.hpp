#pragma once

#include "app/protocol/messages.hpp"
#include "app/resolve/staging.hpp"
#include "cluster/farm/exchange.hpp"
#include "core/groups/first_occurrence.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ordermill::app {

/// A worker's part in removing duplicates while later chunks are still being cleaned. This works only where
/// the first of equal records stays. Each chunk has a turn: its place in the order of the input. The holder
/// of a chunk sends the keys of its records to the workers that own these keys, at least one piece to each
/// owner. An owner decides pieces in the order of their turns, and answers each piece at once. A chunk is
/// decided when all its pieces are answered; then it can be written, and its memory used again.
///
/// Memory: what an owner keeps for each distinct key (core::FirstOccurrence), and pieces that arrived before
/// their turn. Not for several threads. Throws std::logic_error for a message that is too
/// short.
class StreamingDuplicates {
  public:
    /// Which kinds of segments of the exchange, and which of its rounds, belong to this object. Its owner
    /// passes segments of `claims_kind` to `receive_claims` and those of `answers_kind` to `receive_answers`.
    struct Channel {
        std::uint32_t claims_kind;
        std::uint32_t answers_kind;
        std::uint32_t claims_round;
        std::uint32_t answers_round;
    };
    /// `exchange` must outlive it.
    StreamingDuplicates(int own_rank, cluster::Exchange& exchange, const Channel& channel)
        : own_rank_(own_rank), exchange_(exchange), channel_(channel),
          claims_(static_cast<std::size_t>(exchange.workers()) + 1), claims_sent_(claims_.size(), 0),
          answers_sent_(claims_.size(), 0) {}

    struct Turn {
        std::uint64_t number = 0;   ///< without gaps, from 0
        std::uint64_t expected = 0; ///< keys that an owner will have, about
    };
    /// Sends the keys of a chunk's records to their owners. `id` names the chunk in `take`. `counts`: for
    /// each row of the chunk, how many records it stands for; empty: one each. `chunk` is only read.
    void publish(std::uint64_t id, const StagedChunk& chunk, std::span<const std::uint32_t> counts,
                 const Turn& turn);
    /// As an owner: pieces of chunks' keys. Decides those whose turn it is and keeps the others.
    void receive_claims(std::string_view pieces);
    /// As a holder: which rows of a chunk are duplicates.
    void receive_answers(std::string_view answers);

    /// If the chunk is decided: appends the rows that are duplicates to `losses`, forgets the chunk, and
    /// returns true. Returns false while answers are missing.
    bool take(std::uint64_t id, std::vector<StagedChunk::Loss>& losses);

    /// `take` would be true.
    bool is_decided(std::uint64_t id) const noexcept {
        const auto asked = asked_.find(id);
        return asked != asked_.end() && asked->second.pieces == 0;
    }

    /// The keys that this worker owns. Complete once all chunks are decided.
    const core::FirstOccurrence& keys() const noexcept { return keys_; }
    std::vector<core::LargeGroup> largest() const { return keys_.largest(places_); }
    /// Messages sent so far, by rank.
    const std::vector<std::uint64_t>& claims_sent() const noexcept { return claims_sent_; }
    const std::vector<std::uint64_t>& answers_sent() const noexcept { return answers_sent_; }

  private:
    struct PieceHead {
        std::uint64_t turn;
        std::uint64_t chunk;
        std::uint64_t expected;
        core::ChunkPlace place;
        std::uint32_t piece;
        std::uint32_t pieces; ///< of this turn, for this owner
        std::uint64_t claims;
    };
    struct Answer { ///< a row that gave way, and to whom
        std::uint32_t row;
        std::uint32_t kept_file;
        std::uint64_t kept_byte_position;
        std::uint64_t kept_line;
    };
    struct AnswerHead {
        std::uint64_t chunk;
        std::uint64_t answers;
    };
    struct Asked {
        std::uint64_t pieces = 0; ///< that aren't answered yet
        std::vector<StagedChunk::Loss> losses;
    };
    using Place = std::pair<std::uint64_t, std::uint32_t>; ///< turn, piece

    void collect(const StagedChunk& chunk, std::span<const std::uint32_t> counts);
    template<class Visit>
    void each_piece(PieceHead head, int owner, const Visit& visit) const;
    void arrive(const PieceHead& head, std::string_view claims);
    void decide(const PieceHead& head, std::string_view claims);
    void answer(const PieceHead& head);
    void take_answers(const AnswerHead& head, std::string_view answers);
    void flush(std::vector<std::uint64_t>& sent);

    int own_rank_;
    cluster::Exchange& exchange_;
    Channel channel_;
    // as a holder of chunks
    std::vector<std::vector<core::FirstOccurrence::Claim>> claims_; ///< of the chunk in hand, by owner
    std::map<std::uint64_t, Asked> asked_;                          ///< by chunk
    // as an owner of keys
    core::FirstOccurrence keys_;
    core::ChunkPlaces places_;
    Place next_{0, 0};
    std::map<Place, std::string> early_;
    std::vector<Answer> answers_; ///< to the piece in hand
    std::vector<std::uint64_t> claims_sent_;
    std::vector<std::uint64_t> answers_sent_;
};

} // namespace ordermill::app
