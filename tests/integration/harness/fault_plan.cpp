// SPDX-License-Identifier: Apache-2.0
#include "fault_plan.hpp"

#include <tcr/util/strings.hpp>

namespace tcr::test
{
namespace
{

/// Splits a path at its slashes.
std::vector<std::string> words_of(std::string_view path)
{
    std::vector<std::string> words;
    for (auto const word : split_names(path, '/'))
        words.emplace_back(word);
    return words;
}

char const* name_of(fault::kind what)
{
    switch (what)
    {
        case fault::kind::answer:
            return "answer";
        case fault::kind::reset_before:
            return "reset before forwarding";
        case fault::kind::reset_after:
            return "answer lost";
        case fault::kind::reset_midway:
            return "reset midway";
        case fault::kind::swallow:
            return "half-open";
        case fault::kind::mute:
            return "mute watch";
        case fault::kind::slow:
            return "slow";
        case fault::kind::garbage:
            return "garbage";
        case fault::kind::garbage_line:
            return "garbage line";
        case fault::kind::oversize_line:
            return "oversize line";
    }
    return "?";
}

}  // namespace

seen_request describe_request(std::string method, std::string target)
{
    seen_request request;
    request.when = std::chrono::system_clock::now();
    auto const query = target.find('?');
    auto words = words_of(std::string_view(target).substr(0, query));
    if (query != std::string::npos)
        request.is_watch = target.find("watch=1", query) != std::string::npos ||
                           target.find("watch=true", query) != std::string::npos;
    // The path is /api/VERSION/… or /apis/GROUP/VERSION/…
    std::size_t next = !words.empty() && words[0] == "apis" ? 3 : 2;
    if (words.size() > next + 2 && words[next] == "namespaces")
    {
        request.ns = words[next + 1];
        next += 2;
    }
    words.resize(std::max(words.size(), next + 3));
    request.resource = words[next];
    request.name = words[next + 1];
    request.subresource = words[next + 2];
    request.method = std::move(method);
    request.target = std::move(target);
    return request;
}

bool any_request(seen_request const&)
{
    return true;
}

bool is_watch(seen_request const& request)
{
    return request.is_watch;
}

bool is_no_watch(seen_request const& request)
{
    return !request.is_watch;
}

bool is_plain_write(seen_request const& request)
{
    return request.is_write() && request.resource != "leases" && request.resource != "events";
}

std::string fault::name() const
{
    return what == kind::answer ? std::to_string(status) : name_of(what);
}

fault fault::answer(int status, std::chrono::seconds retry_after, std::string body)
{
    return {.what = kind::answer, .status = status, .retry_after = retry_after, .body = std::move(body)};
}

fault fault::slow(std::size_t bytes_per_second)
{
    return {.what = kind::slow, .bytes_per_second = bytes_per_second};
}

bool is_plain_event(seen_event const& event)
{
    return event.type != "BOOKMARK" && event.type != "ERROR" && event.watch.resource != "leases";
}

void fault_plan::add(fault_rule rule)
{
    rules_.push_back({.rule = std::move(rule)});
}

std::optional<fault> fault_plan::for_request(seen_request const& request)
{
    for (auto& each : rules_)
    {
        auto const& rule = each.rule;
        if (each.applied >= rule.max_count || !rule.which(request) || ++each.matched % rule.every != 0)
            continue;
        if (std::uniform_real_distribution<>()(lots_) >= rule.chance)
            continue;
        ++each.applied;
        count(rule.what.name());
        return rule.what;
    }
    return std::nullopt;
}

void fault_plan::lose_event(std::size_t which_one, event_filter which)
{
    counted_events_ = std::move(which);
    event_to_lose_ = which_one;
    events_ = 0;
    lost_event_.clear();
}

bool fault_plan::loses(seen_event const& event)
{
    if (!counted_events_(event) || ++events_ != event_to_lose_)
        return false;
    lost_event_ = event.line;
    count("lost event");
    return true;
}

void fault_plan::after_write(std::size_t which_one, request_filter which, std::function<void()> act)
{
    counted_writes_ = std::move(which);
    write_to_act_on_ = which_one;
    act_ = std::move(act);
    writes_ = 0;
}

void fault_plan::on_answer(seen_request const& request)
{
    if (!request.is_write() || !counted_writes_(request) || ++writes_ != write_to_act_on_ || !act_)
        return;
    count("act after write");
    act_();
}

}  // namespace tcr::test
