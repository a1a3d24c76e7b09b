// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses temporary keys from answers of STS and of a CVM's metadata service. Pure. Errors contain no part of
// a key.

#include "identity_files.hpp"
#include <tcr/registry/cloud_keys.hpp>
#include <tcr/util/error.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr::registry
{

/// The request body for AssumeRoleWithWebIdentity of STS. Requests keys for 2 hours, like the vendor's own
/// clients.
std::string assume_role_body(pod_identity const& pod);

/// The keys in the answer of AssumeRoleWithWebIdentity. \par Errors `errc::bad_answer`.
result<cloud_keys> parse_assumed_role(boost::json::object const& response);

/// The name of the role, from the first answer of the CVM's metadata service. \par Errors `errc::bad_answer`.
result<std::string> parse_role_name(std::string_view body);

/// The keys of the role, from the second answer of the CVM's metadata service.
/// \par Errors `errc::bad_answer`; `errc::bad_identity` if the answer's Code is not "Success".
result<cloud_keys> parse_role_keys(std::string_view body);

/// When to get the next keys: when 10 % of the time from `now` to `end` is left, but at most 5 minutes before
/// `end`.
std::chrono::system_clock::time_point renewal_time(
    std::chrono::system_clock::time_point now, std::chrono::system_clock::time_point end
);

}  // namespace tcr::registry
