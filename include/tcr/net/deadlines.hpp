#pragma once

// Many time limits on one timer.

#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace tcr::net
{

/// Watches any number of deadlines with one timer. Each exchange sets several. Setting one costs nothing
/// unless it becomes the earliest of all; a timer of its own would cost about a tenth of the exchange.
class deadlines
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit deadlines(asio::any_io_executor executor);
    ~deadlines();
    deadlines(deadlines const&) = delete;
    deadlines& operator=(deadlines const&) = delete;

private:
    struct state;
    std::shared_ptr<state> state_;

    friend class deadline;
};

/// A time limit. Must not outlive its `deadlines`.
class deadline
{
public:
    using time_point = deadlines::time_point;
    static constexpr time_point never = time_point::max();

    /// `on_passed` is called from the event loop, once each time that the deadline passes.
    deadline(deadlines& all, std::function<void()> on_passed);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    /// Sets the time, or `never`.
    void set(time_point when);

private:
    friend struct deadlines::state;

    std::shared_ptr<deadlines::state> all_;
    std::function<void()> on_passed_;
    time_point when_ = never;
};

}  // namespace tcr::net
