#pragma once

#include "identity_files.hpp"
#include <tcr/registry/cloud_keys.hpp>
#include <tcr/util/error.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>

// Temporary keys, as STS and a CVM's metadata give them. Pure. No error holds anything of them.
namespace tcr::registry
{

/// The body of STS' AssumeRoleWithWebIdentity, for 2 hours: as long as the vendor's own clients ask for.
std::string assume_role_body(pod_identity const& pod);

/// The keys of its answer. \par Errors `errc::bad_answer`.
result<cloud_keys> parse_assumed_role(boost::json::object const& response);

/// The role's name that a CVM's metadata answer with. \par Errors `errc::bad_answer`.
result<std::string> parse_role_name(std::string_view body);

/// The keys of the role that they answer with then. \par Errors `errc::bad_answer`; `errc::bad_identity`
/// where its Code is not "Success".
result<cloud_keys> parse_role_keys(std::string_view body);

/// When to get the next keys: 10 % of their life before they end, but at most 5 minutes.
std::chrono::system_clock::time_point renewal_of(
    std::chrono::system_clock::time_point now, std::chrono::system_clock::time_point end
);

}  // namespace tcr::registry
