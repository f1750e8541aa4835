#include "app/launch/lifeline_listener.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <ifaddrs.h>
#include <net/if.h>
#include <random>
#include <sys/socket.h>
#include <utility>

namespace ordermill::app {
namespace {

using namespace std::chrono_literals;
using system::Descriptor;

constexpr auto token_limit = 5s;
constexpr auto longest_silence = 3s;
constexpr std::size_t most_callers = 16;
constexpr std::size_t most_hosts = 16;

std::string new_token() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// An IPv6 socket hears IPv4 callers, too. Not every kernel has IPv6.
Descriptor listen_to(int family) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    const int no = 0;
    if (family == AF_INET6 && ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) != 0)
        return {};
    return ::listen(socket.number(), most_callers) == 0 ? std::move(socket) : Descriptor(); // at any port
}

std::uint16_t port_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// In figures; empty for what other hosts can't reach.
std::string reachable(const ifaddrs& interface) {
    if (interface.ifa_addr == nullptr || (interface.ifa_flags & IFF_UP) == 0 ||
        (interface.ifa_flags & IFF_LOOPBACK) != 0)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address = nullptr;
    if (interface.ifa_addr->sa_family == AF_INET)
        address = &reinterpret_cast<const sockaddr_in*>(interface.ifa_addr)->sin_addr;
    if (interface.ifa_addr->sa_family == AF_INET6) {
        const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(interface.ifa_addr)->sin6_addr;
        if (!IN6_IS_ADDR_LINKLOCAL(&v6)) address = &v6;
    }
    if (address == nullptr ||
        ::inet_ntop(interface.ifa_addr->sa_family, address, text.data(), text.size()) == nullptr)
        return {};
    return text.data();
}

std::vector<std::string> reachable_addresses() {
    std::vector<std::string> found;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return found;
    for (const ifaddrs* one = list; one != nullptr && found.size() < most_hosts; one = one->ifa_next) {
        if (std::string text = reachable(*one); !text.empty()) found.push_back(std::move(text));
    }
    ::freeifaddrs(list);
    return found;
}

/// What there is of it, at most so many bytes; false when the caller has hung up.
bool receive(int socket, std::string& text, std::size_t most) {
    std::array<char, 256> piece{};
    while (text.size() < most) {
        const ssize_t got = ::recv(socket, piece.data(), std::min(piece.size(), most - text.size()), 0);
        if (got == 0) return false;
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return true;
}

/// The number in `=N\n`.
std::optional<int> exit_code_in(std::string_view text) {
    const std::size_t at = text.find('=');
    if (at == std::string_view::npos) return std::nullopt;
    int code = 0;
    const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), code);
    const bool whole = error == std::errc() && end != text.data() + text.size() && *end == '\n';
    return whole ? std::optional(code) : std::nullopt;
}

} // namespace

LifelineListener::LifelineListener() : socket_(listen_to(AF_INET6)) {
    if (!socket_) socket_ = listen_to(AF_INET);
    if (!socket_) return;
    port_ = port_of(socket_.number());
    token_ = new_token();
}

LifelineAddress LifelineListener::address() const {
    if (port_ == 0) return {};
    return {.port = port_, .token = token_, .hosts = reachable_addresses()};
}

void LifelineListener::look(Moment now) {
    if (!socket_) return;
    accept_callers(now);
    for (Caller& caller : callers_) hear(caller, now);
    std::erase_if(callers_, [](const Caller& caller) { return !caller.socket; });
    if (rank0_.socket) hear_rank0(now);
}

bool LifelineListener::is_silent(Moment now) const noexcept {
    return rank0_.socket && now - heard_ >= longest_silence;
}

void LifelineListener::accept_callers(Moment now) {
    while (callers_.size() < most_callers) {
        Descriptor socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) return;
        callers_.push_back({std::move(socket), now, {}});
    }
}

void LifelineListener::hear(Caller& caller, Moment now) {
    const bool there = receive(caller.socket.number(), caller.text, token_.size());
    if (caller.text == token_ && !said_.begun) {
        if (::send(caller.socket.number(), &lifeline_welcome, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
            return caller.socket.reset();
        said_.begun = true;
        heard_ = now;
        rank0_ = {std::move(caller.socket), now, {}};
    } else if (!there || caller.text.size() == token_.size() || now - caller.since >= token_limit) {
        caller.socket.reset();
    }
}

void LifelineListener::hear_rank0(Moment now) {
    constexpr std::size_t most = 1 << 16;
    std::string text = std::exchange(rank0_.text, {});
    const std::size_t before = text.size();
    const bool there = receive(rank0_.socket.number(), text, most);
    if (text.size() > before) heard_ = now;
    if (const auto code = exit_code_in(text)) said_.exit_code = code;
    // Of an exit code that came in pieces.
    if (const std::size_t at = text.find('='); at != std::string::npos && text.size() - at < 16)
        rank0_.text = text.substr(at);
    if (!there) rank0_.socket.reset();
}

} // namespace ordermill::app
