#pragma once

#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace tcr::net
{

/// Time limits of any number of things, watched by one timer. Each exchange sets several; to set one costs
/// nothing as long as it is not the earliest of all, where a timer of its own would cost about a tenth of the
/// exchange.
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

/// One of them. Must not outlive its `deadlines`.
class deadline
{
public:
    using time_point = deadlines::time_point;
    static constexpr time_point never = time_point::max();

    /// `on_passed` is called from the loop, once each time that it passes.
    deadline(deadlines& all, std::function<void()> on_passed);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    /// Another time, or `never`.
    void set(time_point when);

private:
    friend struct deadlines::state;

    std::shared_ptr<deadlines::state> all_;
    std::function<void()> on_passed_;
    time_point when_ = never;
};

}  // namespace tcr::net
