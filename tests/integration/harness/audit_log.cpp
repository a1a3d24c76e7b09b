// SPDX-License-Identifier: Apache-2.0
#include "audit_log.hpp"

#include "objects.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace tcr::test
{
namespace
{

constexpr char controller_account[] =
    "system:serviceaccount:tcr-assistant-system:tcr-assistant-controller-manager";

/// Parses a metav1.MicroTime, such as "2026-11-24T20:49:49.123456Z". \return the epoch if the field is
/// missing
std::chrono::sys_time<std::chrono::microseconds> time_at(json::object const& event, char const* key)
{
    using namespace std::chrono;
    int year = 1970;
    unsigned month = 1, day = 1;
    int hour = 0, minute = 0, second = 0, micros = 0;
    auto const text = text_at(event, {key});
    std::sscanf(
        text.c_str(), "%d-%u-%uT%d:%d:%d.%6dZ", &year, &month, &day, &hour, &minute, &second, &micros
    );
    sys_days const date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    return date + hours(hour) + minutes(minute) + seconds(second) + microseconds(micros);
}

std::string credential_of(json::object const& event)
{
    auto const ids = at(event, {"user", "extra", "authentication.kubernetes.io/credential-id"});
    bool const has_one = ids.is_array() && !ids.get_array().empty() && ids.get_array()[0].is_string();
    return has_one ? std::string(ids.get_array()[0].get_string()) : std::string();
}

api_call call_of(json::object const& event)
{
    api_call call;
    call.user = text_at(event, {"user", "username"});
    call.verb = text_at(event, {"verb"});
    call.resource = text_at(event, {"objectRef", "resource"});
    call.subresource = text_at(event, {"objectRef", "subresource"});
    call.ns = text_at(event, {"objectRef", "namespace"});
    call.name = text_at(event, {"objectRef", "name"});
    call.status = static_cast<int>(number_at(event, {"responseStatus", "code"}));
    call.credential = credential_of(event);
    call.lease_holder = text_at(event, {"requestObject", "spec", "holderIdentity"});
    call.received = time_at(event, "requestReceivedTimestamp");
    call.answered = time_at(event, "stageTimestamp");
    return call;
}

}  // namespace

bool api_call::is_by_controller() const
{
    return user == controller_account;
}

std::string api_call::text() const
{
    return verb + ' ' + resource + (subresource.empty() ? "" : "/" + subresource) + ' ' + ns + '/' + name +
           " -> " + std::to_string(status);
}

audit_mark audit_log::mark() const
{
    auto const length = std::filesystem::file_size(file_);
    auto const now = std::chrono::system_clock::now();
    return {length, std::chrono::time_point_cast<std::chrono::microseconds>(now)};
}

std::vector<api_call> audit_log::since(audit_mark const& mark) const
{
    std::ifstream in(file_);
    in.seekg(static_cast<std::streamoff>(mark.length));
    std::vector<api_call> calls;
    for (std::string line; std::getline(in, line) && !in.eof();)
    {
        boost::system::error_code ec;
        auto const event = json::parse(line, ec);
        // The server logs a watch at its start and at its end: the start is skipped. The last line is
        // incomplete JSON if the server was killed: such a line is skipped, too.
        if (!ec && text_at(event.as_object(), {"stage"}) == "ResponseComplete")
            calls.push_back(call_of(event.as_object()));
    }
    std::erase_if(calls, [&](auto const& call) { return call.verb != "watch" && call.received < mark.time; });
    return calls;
}

std::vector<api_call> audit_log::controller_writes(audit_mark const& mark) const
{
    auto calls = since(mark);
    std::erase_if(
        calls,
        [](auto const& call)
        {
            return !call.is_by_controller() || !call.is_write() || call.subresource == "status" ||
                   call.resource == "events" || call.resource == "leases";
        }
    );
    return calls;
}

std::size_t count_calls(std::vector<api_call> const& calls, call_filter const& which)
{
    return static_cast<std::size_t>(std::count_if(calls.begin(), calls.end(), which));
}

std::string text_of(std::vector<api_call> const& calls)
{
    constexpr std::size_t max_shown = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(calls.size(), max_shown); ++i)
        text += calls[i].text() + '\n';
    if (calls.size() > max_shown)
        text += "and " + std::to_string(calls.size() - max_shown) + " more\n";
    return text;
}

}  // namespace tcr::test
