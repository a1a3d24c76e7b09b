// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/scope_walk.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>

namespace tcr::controller
{

void scope_walk::add(std::shared_ptr<namespace_scope const> scope)
{
    if (!scope || std::find(pending_.begin(), pending_.end(), scope) != pending_.end())
        return;
    pending_.push_back(std::move(scope));
    added_.notify();
}

void scope_walk::visit_some(std::size_t max_comparisons)
{
    for (std::size_t compared = 0; compared < max_comparisons && !is_done();)
    {
        if (scopes_.empty())
        {
            scopes_.swap(pending_);
            next_ = 1;
        }
        if (next_ > store_.highest_namespace())
        {
            scopes_.clear();
            continue;
        }
        auto const where = next_++;
        auto const ns = store_.view(where);
        compared += scopes_.size();
        bool const is_served = std::any_of(
            scopes_.begin(),
            scopes_.end(),
            [&](auto const& scope) { return scope->match(ns) <= coverage::labels_unknown; }
        );
        if (is_served)
            visit_(where);
    }
    if (is_done())
        done_.notify();
}

task<void> scope_walk::run()
{
    for (;;)
    {
        while (is_done())
            co_await added_.wait();
        visit_some(comparisons_per_turn);
        co_await asio::post(asio::use_awaitable);
    }
}

task<void> scope_walk::wait_until_done(std::chrono::steady_clock::time_point deadline)
{
    while (!is_done() && std::chrono::steady_clock::now() < deadline)
        co_await done_.wait_until(deadline);
}

}  // namespace tcr::controller
