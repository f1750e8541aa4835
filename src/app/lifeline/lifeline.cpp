#include "app/lifeline/lifeline.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace ordermill::app {
namespace {

using namespace std::chrono_literals;
using system::Descriptor;

constexpr auto beat_period = 1s;
/// For each address, and for the launcher's answer.
constexpr auto call_limit = 2s;
constexpr auto say_limit = 500ms;

/// An IPv4 or IPv6 address with its port; of length 0 if it is neither.
std::pair<sockaddr_storage, socklen_t> socket_address(const std::string& host, std::uint16_t port) {
    sockaddr_storage storage{};
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        std::memcpy(&storage, &v4, sizeof v4);
        return {storage, sizeof v4};
    }
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        std::memcpy(&storage, &v6, sizeof v6);
        return {storage, sizeof v6};
    }
    return {storage, 0};
}

bool wait_for(int socket, short event, const std::stop_token& stop) {
    const auto end = std::chrono::steady_clock::now() + call_limit;
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
        pollfd one{.fd = socket, .events = event, .revents = 0};
        if (::poll(&one, 1, 50) > 0) return true;
    }
    return false;
}

/// False when the other end is gone. A beat that doesn't fit is left out: the other end stands still.
bool send_text(int socket, std::string_view text) {
    return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
}

Descriptor call(const std::string& host, const LifelineAddress& address, const std::stop_token& stop) {
    const auto [where, size] = socket_address(host, address.port);
    Descriptor socket(size == 0 ? -1
                                : ::socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&where), size) != 0 &&
        errno != EINPROGRESS)
        return {};
    char answer = 0;
    const bool welcome = wait_for(socket.number(), POLLOUT, stop) &&
                         send_text(socket.number(), address.token) &&
                         wait_for(socket.number(), POLLIN, stop) &&
                         ::recv(socket.number(), &answer, 1, 0) == 1 && answer == lifeline_welcome;
    return welcome ? std::move(socket) : Descriptor();
}

/// The thread that is started meanwhile gets no signals: they are rank 0's.
class NoSignals {
  public:
    NoSignals() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

Lifeline::~Lifeline() = default;

void Lifeline::begin() {
    const char* const text = std::getenv(lifeline_variable);
    if (auto address = LifelineAddress::parse(text == nullptr ? "" : text)) begin(std::move(*address));
}

void Lifeline::begin(LifelineAddress address) {
    const NoSignals block;
    thread_ = std::jthread([this, address = std::move(address)](const std::stop_token& stop) {
        run(stop, address);
        const std::lock_guard lock(mutex_);
        is_said_ = true;
        changed_.notify_all();
    });
}

void Lifeline::say_exit_status(int code) {
    if (!thread_.joinable()) return;
    std::unique_lock lock(mutex_);
    exit_status_ = code;
    changed_.notify_all();
    changed_.wait_for(lock, say_limit, [&] { return is_said_; });
}

void Lifeline::run(const std::stop_token& stop, const LifelineAddress& address) {
    for (const std::string& host : address.hosts) {
        if (const Descriptor socket = call(host, address, stop)) return beat(stop, socket.number());
        if (stop.stop_requested()) return;
    }
}

void Lifeline::beat(const std::stop_token& stop, int socket) {
    std::unique_lock lock(mutex_);
    while (send_text(socket, exit_status_ ? fmt::format("={}\n", *exit_status_) : ".")) {
        if (exit_status_ || stop.stop_requested()) return;
        changed_.wait_for(lock, stop, beat_period, [&] { return exit_status_.has_value(); });
    }
}

} // namespace ordermill::app
