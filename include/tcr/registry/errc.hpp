// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error codes of the cloud's API and of registries.

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace tcr::registry
{

/// Errors of the cloud's API and of registries.
enum class errc
{
    no_identity = 1,  ///< there are no cloud keys to sign with
    bad_identity,     ///< the keys are bad (all AuthFailure* not listed below), or their source is unusable
    clock_skew,   ///< our clock is wrong: AuthFailure.SignatureExpire*, or a new token has already expired
    forbidden,    ///< not permitted: (AuthFailure.)UnauthorizedOperation*, or HTTP 403 of a registry
    not_found,    ///< ResourceNotFound*: the instance does not exist
    rejected,     ///< another permanent refusal: InvalidParameter*, UnsupportedOperation*, …
    limited,      ///< RequestLimitExceeded*, HTTP 429: too many requests
    unavailable,  ///< InternalError*, FailedOperation*, ResourceUnavailable*, HTTP 5xx, …: retry later
    bad_answer,   ///< not the documented JSON; possibly the answer of a proxy in between
    unknown_token_value,  ///< a long-term token exists, but we do not know its value
    wrong_password,       ///< a registry or its token server answers 401, or the user name has a colon
    no_registry           ///< the server is not a registry, or its token server is unusable
};

boost::system::error_category const& category();

inline boost::system::error_code make_error_code(errc code)
{
    return {static_cast<int>(code), category()};
}

/// Whether the same request may succeed later. True also for errors of other categories, such as network
/// errors and `kube::errc`. False for permanent refusals, and if the cause is a server's certificate or our
/// clock, keys, URLs or files.
bool is_retryable(boost::system::error_code code);

}  // namespace tcr::registry

template <>
struct boost::system::is_error_code_enum<tcr::registry::errc> : std::true_type
{
};
