// SPDX-License-Identifier: Apache-2.0
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

class deadline;

/// Watches any number of deadlines with one timer. Each exchange sets its deadline several times. This
/// changes the timer only if the deadline becomes the earliest one, or if all deadlines are now `never`. A
/// separate timer for each deadline would add about a tenth to the cost of an exchange.
/// \par Lifetimes The `deadline` objects share the ownership of this object, so create it with
/// `std::make_shared`.
class deadlines : public std::enable_shared_from_this<deadlines>
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit deadlines(asio::any_io_executor executor) : timer_(executor) {}

private:
    friend class deadline;

    void changed(time_point before, time_point now);
    void arm(time_point when);
    void check();

    asio::steady_timer timer_;
    std::vector<deadline*> members_;
    time_point armed_for_ = time_point::max();  ///< expiry of `timer_`; not later than the earliest deadline
    std::ptrdiff_t pending_ = 0;                ///< number of deadlines that are not `never`
};

/// One time limit, watched by `deadlines`. Initially `never`.
class deadline
{
public:
    using time_point = deadlines::time_point;
    static constexpr time_point never = time_point::max();

    /// `on_passed` is called from the event loop, once per `set`, if the time passes before the next `set`.
    deadline(std::shared_ptr<deadlines> all, std::function<void()> on_passed);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    /// Sets the time. `never` disables the deadline.
    void set(time_point when);

private:
    friend class deadlines;

    std::shared_ptr<deadlines> all_;
    std::function<void()> on_passed_;
    time_point when_ = never;
};

}  // namespace tcr::net
