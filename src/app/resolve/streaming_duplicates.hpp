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

/// A worker's part in removing duplicates of which the first stays, while later chunks are still to be
/// cleaned. Chunks have turns: their order in the input. Whoever holds a chunk sends its keys to their
/// owners, each in pieces, at least one; an owner decides piece by piece, in turn, and answers each at once.
/// A chunk is decided when all its pieces are answered, so it can be written and its memory used again.
class StreamingDuplicates {
  public:
    /// Segments of these kinds are passed to `receive...`; messages count for these rounds.
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
    /// `counts`: by row, the records of the chunk that it stands for; empty: one each.
    void publish(std::uint64_t id, const StagedChunk& chunk, std::span<const std::uint32_t> counts,
                 const Turn& turn);
    void receive_claims(std::string_view pieces);
    void receive_answers(std::string_view answers);

    /// Adds the rows that gave way, and forgets them; false while answers are missing.
    bool take(std::uint64_t id, std::vector<StagedChunk::Loss>& losses);

    /// What it owns, once all is decided.
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
