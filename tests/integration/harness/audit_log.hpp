#pragma once

#include <chrono>
#include <cstddef>
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

    /// Differs for each token, and so for each replica and each of its starts; empty if the request had no
    /// token.
    std::string credential;
    std::string lease_holder;  ///< holder in a write of a lease; empty if it gives the lease up
    std::chrono::sys_time<std::chrono::microseconds> received;
    std::chrono::sys_time<std::chrono::microseconds> answered;

    bool is_write() const { return verb != "get" && verb != "list" && verb != "watch"; }
    bool is_by_controller() const;

    /// A line for messages.
    std::string text() const;
};

/// Reads the API server's audit log.
class audit_log
{
public:
    explicit audit_log(std::filesystem::path file) : file_(std::move(file)) {}

    /// \return the present end of the log, for `since`
    std::size_t mark() const;

    /// \return the calls that ended since `mark`
    std::vector<api_call> since(std::size_t mark) const;

    /// \return the controller's writes since `mark`, except those of statuses, Events and leases
    std::vector<api_call> controller_writes(std::size_t mark) const;

private:
    std::filesystem::path file_;
};

using call_filter = std::function<bool(api_call const&)>;

std::size_t count_calls(std::vector<api_call> const& calls, call_filter const& which);

/// The first calls, one per line, for messages.
std::string text_of(std::vector<api_call> const& calls);

}  // namespace tcr::test
