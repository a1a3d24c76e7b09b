#pragma once

#include <tcr/kube/errc.hpp>
#include <tcr/net/http_message.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

namespace tcr::kube
{

/// The fields of a `Status` object that we act on.
struct api_status
{
    int code = 0;
    std::string reason;
    std::string message;
    std::string cause;  ///< details.causes[0].reason
    std::chrono::seconds retry_after{0};
};

/// Reads a Status; empty fields where the text is none.
api_status parse_status(std::string_view json);

/// The code for a Status. `code` alone decides where the reason is unknown.
errc classify(api_status const& status);

/// A refused request as an error: "<doing>: <reason>: <the server's sentence>", length-limited.
error to_error(net::http_response const& response, std::string_view doing);

/// The same for a Status that came as an ERROR event of a watch.
error to_error(api_status const& status, std::string_view doing);

}  // namespace tcr::kube
