#include "app/lifeline/lifeline_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ordermill::app {

std::string LifelineAddress::text() const {
    return fmt::format("{}/{}/{}", port, token, fmt::join(hosts, "/"));
}

std::optional<LifelineAddress> LifelineAddress::parse(std::string_view text) {
    const auto next_word = [&] {
        const std::string_view word = text.substr(0, text.find('/'));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        return word;
    };
    LifelineAddress address;
    const std::string_view port = next_word();
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size() || address.port == 0) return std::nullopt;
    address.token = next_word();
    if (address.token.size() != lifeline_token_size) return std::nullopt;
    while (!text.empty()) {
        if (const std::string_view host = next_word(); !host.empty()) address.hosts.emplace_back(host);
    }
    if (address.hosts.empty()) return std::nullopt;
    return address;
}

} // namespace ordermill::app
