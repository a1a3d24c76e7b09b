// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace tcr::test
{

/// The answer of an HTTP server. If there is no answer, `status` is 0 and `body` contains the error.
struct http_answer
{
    unsigned status = 0;
    std::string content_type;
    std::string body;
};

/// Sends a GET request to "http://127.0.0.1:PORT/path" and reads the whole answer.
http_answer http_get(std::string const& url, std::chrono::milliseconds limit = std::chrono::seconds(5));

}  // namespace tcr::test
