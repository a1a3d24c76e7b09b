// SPDX-License-Identifier: Apache-2.0
#pragma once

// Child coroutines that are started one by one and awaited together.

#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cassert>
#include <exception>
#include <list>

namespace tcr
{

/// Child coroutines of one coroutine: started one by one, awaited together.
///
/// If a child throws an exception other than `operation_aborted`, the group cancels the other children, and
/// `join` throws the first such exception. Not thread-safe: use it on the event loop's thread only.
/// \par Lifetimes The group must outlive its children: always `join` before it goes out of scope.
class task_group
{
public:
    explicit task_group(asio::any_io_executor executor) : executor_(executor), idle_(executor) {}
    ~task_group() { assert(children_.empty() && "join() the group before it is destroyed"); }
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;

    /// Starts a child. Objects that its arguments refer to must outlive the child.
    void spawn(task<void> child);

    /// Asks all children to stop (terminal cancellation).
    void cancel();

    /// Number of children that have not ended.
    std::size_t size() const noexcept { return children_.size(); }

    /// Returns when all children have ended. \par Cancellation terminal: cancels the children, awaits them,
    /// then throws a child's exception if there is one, otherwise `operation_aborted`.
    task<void> join();

private:
    asio::any_io_executor executor_;
    notifier idle_;
    std::list<asio::cancellation_signal> children_;
    std::exception_ptr first_failure_;
};

}  // namespace tcr
