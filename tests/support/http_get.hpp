#pragma once

#include <chrono>
#include <string>

namespace tcr::test
{

/// What a plain HTTP server answered; status 0: nothing, and `body` says why.
struct http_answer
{
    unsigned status = 0;
    std::string content_type;
    std::string body;
};

/// GET of "http://127.0.0.1:PORT/path", with the whole answer awaited.
http_answer http_get(std::string const& url, std::chrono::milliseconds limit = std::chrono::seconds(5));

}  // namespace tcr::test
