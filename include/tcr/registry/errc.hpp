#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace tcr::registry
{

/// What the cloud's API or a registry says no with.
enum class errc
{
    no_identity = 1,  ///< there are no cloud keys to sign with
    bad_identity,     ///< AuthFailure.*: the keys are unknown, wrong, or their session is over
    clock_skew,   ///< AuthFailure.SignatureExpire: our clock and the cloud's differ by more than 5 minutes
    forbidden,    ///< UnauthorizedOperation*: the policy does not allow it
    not_found,    ///< ResourceNotFound*: no such instance
    rejected,     ///< another permanent refusal: InvalidParameter*, UnsupportedOperation*, …
    limited,      ///< RequestLimitExceeded*: too many requests
    unavailable,  ///< InternalError*, FailedOperation*, ResourceUnavailable*, an HTTP 5xx: try again later
    bad_answer,  ///< no JSON, or not the JSON that is documented; maybe of something between us and the cloud
    exists_elsewhere,  ///< a long-term token is there, and its value is not known to us
    wrong_password,    ///< a registry says 401 to a credential
    no_registry        ///< what answers is no registry
};

boost::system::error_category const& category();

inline boost::system::error_code make_error_code(errc code)
{
    return {static_cast<int>(code), category()};
}

/// Whether asking again later, with nothing else changed, may help: network errors too. Not where a server's
/// certificate or our clock, keys, URLs or files are at fault.
bool is_retryable(boost::system::error_code code);

}  // namespace tcr::registry

template <>
struct boost::system::is_error_code_enum<tcr::registry::errc> : std::true_type
{
};
