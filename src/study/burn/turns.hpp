#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace ordermill::study {

/// A coroutine that begins when it is first resumed, and is resumed until it is done.
class Turns {
  public:
    struct promise_type {
        Turns get_return_object() { return Turns(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { std::terminate(); }
    };
    explicit Turns(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
    Turns(Turns&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Turns(const Turns&) = delete;
    ~Turns() {
        if (handle_) handle_.destroy();
    }
    /// False once it is done.
    bool resume() {
        if (handle_.done()) return false;
        handle_.resume();
        return true;
    }
    bool done() const { return handle_.done(); }

  private:
    std::coroutine_handle<promise_type> handle_;
};

} // namespace ordermill::study
