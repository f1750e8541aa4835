#include "app/lifeline/lifeline.hpp"

#include "app/launch/lifeline_listener.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace ordermill::app;
using namespace std::chrono_literals;
using ordermill::system::Descriptor;

namespace {

Moment now() { return std::chrono::steady_clock::now(); }

LifelineAddress local(const LifelineListener& listener) {
    LifelineAddress address = listener.address();
    address.hosts = {"nowhere", "127.0.0.1"}; // any of them may not be reachable
    return address;
}

template<typename Holds>
bool comes(LifelineListener& listener, const Holds& holds) {
    for (const Moment end = now() + 10s; now() < end; ::usleep(10'000)) {
        listener.look(now());
        if (holds()) return true;
    }
    return false;
}

Descriptor connect_to(const LifelineAddress& address) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(address.port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket.number(), reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    return socket;
}

void say(const Descriptor& socket, const std::string& text) {
    REQUIRE(::send(socket.number(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
}

/// Whether the other end hangs up.
bool hangs_up(LifelineListener& listener, const Descriptor& socket, Moment at) {
    listener.look(at);
    char answer = 0;
    const ssize_t got = ::recv(socket.number(), &answer, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

} // namespace

TEST_CASE("the launcher's address as text") {
    const std::string token(lifeline_token_size, 'a');
    struct Case {
        std::string text;
        std::vector<std::string> hosts; ///< none: not an address
    };
    const Case cases[] = {
        {"7/" + token + "/10.0.0.1", {"10.0.0.1"}},
        {"65535/" + token + "/10.0.0.1/2001:db8::1", {"10.0.0.1", "2001:db8::1"}},
        {"7/" + token + "/10.0.0.1/", {"10.0.0.1"}},
        {"", {}},
        {"7", {}},
        {"0/" + token + "/10.0.0.1", {}},
        {"65536/" + token + "/10.0.0.1", {}},
        {"-7/" + token + "/10.0.0.1", {}},
        {"7x/" + token + "/10.0.0.1", {}},
        {"7/" + token, {}},
        {"7/" + token + "a/10.0.0.1", {}},
        {"7//10.0.0.1", {}},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        const auto address = LifelineAddress::parse(c.text);
        REQUIRE(address.has_value() == !c.hosts.empty());
        if (!address) continue;
        CHECK(address->hosts == c.hosts);
        CHECK(LifelineAddress::parse(address->text())->text() == address->text());
    }
}

TEST_CASE("the launcher hears rank 0's beats, its silence and its exit code") {
    LifelineListener listener;
    REQUIRE(listener.address().port != 0);
    CHECK_FALSE(listener.said().begun);
    CHECK_FALSE(listener.is_silent(now() + 1h)); // who hasn't called can't fall silent
    Lifeline lifeline;
    lifeline.begin(local(listener));
    REQUIRE(comes(listener, [&] { return listener.said().begun; }));
    CHECK_FALSE(listener.is_silent(now()));
    const Moment called = now();
    ::sleep(2);
    listener.look(called + 1h); // what came meanwhile is news, however late it is read
    CHECK_FALSE(listener.is_silent(called + 1h));
    CHECK(listener.is_silent(called + 1h + 3s));
    lifeline.say_exit_status(75);
    REQUIRE(comes(listener, [&] { return listener.said().exit_code.has_value(); }));
    CHECK(listener.said().exit_code == 75);
    CHECK_FALSE(listener.is_silent(now() + 2h)); // it has hung up
}

TEST_CASE("a process that stands still falls silent, and one that ends doesn't") {
    LifelineListener listener;
    const LifelineAddress address = local(listener);
    const pid_t rank0 = ::fork();
    REQUIRE(rank0 >= 0);
    if (rank0 == 0) {
        Lifeline lifeline;
        lifeline.begin(address);
        for (;;) ::pause();
    }
    REQUIRE(comes(listener, [&] { return listener.said().begun; }));
    ::kill(rank0, SIGSTOP);
    CHECK(comes(listener, [&] { return listener.is_silent(now()); }));
    ::kill(rank0, SIGCONT);
    CHECK(comes(listener, [&] { return !listener.is_silent(now()); }));
    ::kill(rank0, SIGKILL);
    ::waitpid(rank0, nullptr, 0);
    ::usleep(100'000);
    listener.look(now());
    CHECK_FALSE(listener.is_silent(now() + 1h));
    CHECK_FALSE(listener.said().exit_code.has_value());
}

TEST_CASE("who doesn't know the token isn't heard") {
    LifelineListener listener;
    const LifelineAddress address = local(listener);
    std::string wrong = address.token;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const Moment begin = now();
    const Descriptor stranger = connect_to(address);
    say(stranger, wrong + "=0\n");
    const Descriptor idler = connect_to(address);
    say(idler, address.token.substr(0, 10));
    ::usleep(50'000);
    CHECK(hangs_up(listener, stranger, begin));
    CHECK_FALSE(hangs_up(listener, idler, begin + 4s));
    CHECK(hangs_up(listener, idler, begin + 6s));
    CHECK_FALSE(listener.said().begun);
    CHECK_FALSE(listener.said().exit_code.has_value());
    CHECK_FALSE(listener.is_silent(begin + 1h));

    std::vector<Descriptor> crowd;
    for (int i = 0; i < 40;
         ++i) { // more than are heard at a time, and rank 0 gets through when they are gone
        Descriptor one(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(address.port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::connect(one.number(), reinterpret_cast<sockaddr*>(&where), sizeof where);
        crowd.push_back(std::move(one));
    }
    listener.look(begin + 7s);
    crowd.clear();
    const Descriptor rank0 = connect_to(address);
    say(rank0, address.token + ".");
    CHECK(comes(listener, [&] { return listener.said().begun; }));
}

TEST_CASE("without a launcher to call nothing happens") {
    ::unsetenv(lifeline_variable);
    Lifeline none;
    none.begin();
    none.say_exit_status(0);
    Lifeline refused;
    refused.begin(
        {.port = 1, .token = std::string(lifeline_token_size, '0'), .hosts = {"nonsense", "127.0.0.1"}});
    const Moment begin = now();
    refused.say_exit_status(0);
    CHECK(now() - begin < 5s);
}
