// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tcr::test
{

/// One call of the API, as the API server logged it.
struct api_call
{
    std::string user;
    std::string verb;  ///< get, list, watch, create, update, patch, delete, deletecollection
    std::string resource;
    std::string subresource;
    std::string ns;
    std::string name;
    int status = 0;

    /// Identifies the token of the request; empty if the request had no token. Each start of a replica
    /// creates a new token.
    std::string credential;
    std::string lease_holder;  ///< the holder that a write of a lease sets; empty in a release
    std::chrono::sys_time<std::chrono::microseconds> received;
    std::chrono::sys_time<std::chrono::microseconds> answered;

    /// Reviews of the account's own rights are created, but they store nothing.
    bool is_write() const
    {
        return verb != "get" && verb != "list" && verb != "watch" && !resource.starts_with("selfsubject");
    }
    bool is_by_controller() const;

    /// Formats the call as one line for messages.
    std::string text() const;
};

/// A moment, and the length of the audit log then.
struct audit_mark
{
    std::uintmax_t length = 0;
    std::chrono::sys_time<std::chrono::microseconds> time;
};

/// Reads the API server's audit log.
class audit_log
{
public:
    explicit audit_log(std::filesystem::path file) : file_(std::move(file)) {}

    /// \return this moment. `since` then returns only later calls
    audit_mark mark() const;

    /// \return the calls that the server received after `mark`, and the watches that ended after it. The
    /// server logs a call some time after the test can see its effect, so it also logs earlier calls after
    /// `mark`
    std::vector<api_call> since(audit_mark const& mark) const;

    /// \return the controller's writes that the server received after `mark`, without writes of statuses,
    /// Events and leases
    std::vector<api_call> controller_writes(audit_mark const& mark) const;

private:
    std::filesystem::path file_;
};

using call_filter = std::function<bool(api_call const&)>;

std::size_t count_calls(std::vector<api_call> const& calls, call_filter const& which);

/// Formats the first calls for messages, one per line.
std::string text_of(std::vector<api_call> const& calls);

}  // namespace tcr::test
