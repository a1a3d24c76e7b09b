// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error codes of the Kubernetes API and of our access to it.

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace tcr::kube
{

/// Errors that an API server returns, and errors of our access to the server. HTTP codes and reasons:
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
enum class errc
{
    unauthorized = 1,       ///< 401: our credentials are missing, wrong or expired
    forbidden,              ///< 403: RBAC or an admission plugin refuses the request
    namespace_terminating,  ///< 403 with cause NamespaceTerminating: the namespace accepts no new objects
    quota_exceeded,         ///< 403: the object would exceed a ResourceQuota
    not_found,              ///< 404: the object or its namespace does not exist
    unknown_resource,       ///< 404 without a Status: the server does not know the type; a CRD may be missing
    conflict,               ///< 409 Conflict: the object changed since it was read
    already_exists,         ///< 409 AlreadyExists
    gone,                   ///< 410: a version or continue token is too old, or data was restored: list again
    invalid,                ///< 400, 422: the request is malformed, or the object breaks a rule of its type
    too_many_requests,      ///< 429: retry later
    unavailable,            ///< 502, 503, 504: the server is unavailable, possibly only for a moment
    internal_error,         ///< 500: the request failed in the server; 403: the use of a new quota is unknown
    unexpected_status,      ///< any other status
    bad_answer,             ///< the body is not the JSON we need
    bad_config,             ///< a configuration, file or option is missing or unusable
    no_credential           ///< the exec plugin returned no usable credential
};

boost::system::error_category const& category();

inline boost::system::error_code make_error_code(errc code)
{
    return {static_cast<int>(code), category()};
}

}  // namespace tcr::kube

template <>
struct boost::system::is_error_code_enum<tcr::kube::errc> : std::true_type
{
};
