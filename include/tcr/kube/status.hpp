// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses a `Status` of the API server and turns it into an error.

#include <tcr/kube/errc.hpp>
#include <tcr/net/http_message.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

namespace tcr::kube
{

/// The fields of a `Status` object that we use.
struct api_status
{
    int code = 0;
    std::string reason;
    std::string message;
    std::string cause;  ///< the first reason in details.causes
    std::chrono::seconds retry_after{0};
};

/// Parses a Status. A field stays empty if it is missing or has another type. All fields stay empty if `json`
/// is not JSON.
api_status parse_status(std::string_view json);

/// The error for a Status. The HTTP code decides, except for AlreadyExists, NamespaceTerminating and quota
/// errors, which `classify` finds by reason, cause or message.
errc classify(api_status const& status);

/// The error for a refused request. Its text is "<prefix>: <reason>: <the server's message>", limited in
/// length. If the answer has no reason, the text has "HTTP <status>" instead. If the answer is not a Status,
/// the message is the start of the body, and the error for 404 is `errc::unknown_resource`.
error to_error(net::http_response const& response, std::string_view prefix);

/// The error for the Status in an ERROR event of a watch. Its text has the form that is described above.
error to_error(api_status const& status, std::string_view prefix);

}  // namespace tcr::kube
