#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Where the launcher waits for rank 0's call (lifeline.hpp), as it stands in the environment.
namespace ordermill::app {

inline constexpr const char* lifeline_variable = "ORDERMILL_LIFELINE";
/// Hexadecimal digits.
inline constexpr std::size_t lifeline_token_size = 32;
/// What the launcher answers who has said the token.
inline constexpr char lifeline_welcome = '+';

struct LifelineAddress {
    std::uint16_t port = 0;
    std::string token; ///< who doesn't know it isn't rank 0
    std::vector<std::string>
        hosts; ///< the launcher's addresses, IPv4 and IPv6; any of them may not be reachable

    /// `PORT/TOKEN/ADDRESS/ADDRESS...`, without characters that mpirun or a shell would take for theirs.
    std::string text() const;
    /// Nothing for a text that isn't one, an empty one for example.
    static std::optional<LifelineAddress> parse(std::string_view text);
};

} // namespace ordermill::app
