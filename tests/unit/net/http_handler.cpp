// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/http_handler.hpp>

#include <boost/test/unit_test.hpp>

namespace http_handler_test
{

using tcr::net::http_router;
using tcr::net::plain_response;
using tcr::net::server_request;
using tcr::net::server_response;

/// A handler that answers with `name` and the request's method.
tcr::net::request_handler named(std::string name)
{
    return [name = std::move(name)](server_request const& request)
    {
        server_response response;
        response.body = name + " " + request.method;
        return response;
    };
}

server_response ask(http_router const& router, std::string method, std::string path)
{
    server_request request;
    request.method = std::move(method);
    request.path = std::move(path);
    return std::get<server_response>(router(request));
}

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(a_status_has_its_words)
{
    auto const response = plain_response(404);
    BOOST_TEST(response.status == 404u);
    BOOST_TEST(response.body == "404 Not Found\n");
    BOOST_TEST(response.content_type == "text/plain; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(paths_match_exactly)
{
    http_router router;
    router.get("/healthz", named("health"));
    router.get("/", named("root"));
    BOOST_TEST(ask(router, "GET", "/healthz").body == "health GET");
    BOOST_TEST(ask(router, "GET", "/").body == "root GET");
    for (auto path : {"/healthz/", "/Healthz", "//healthz", "/health", "", "*", "/%68ealthz"})
        BOOST_TEST(ask(router, "GET", path).status == 404u, path);
    BOOST_TEST(ask(router, "PUT", "/none").status == 404u);
}

BOOST_AUTO_TEST_CASE(head_is_answered_as_get)
{
    http_router router;
    router.get("/x", named("x"));
    BOOST_TEST(ask(router, "HEAD", "/x").body == "x HEAD");
}

BOOST_AUTO_TEST_CASE(other_methods_are_refused_with_those_there_are)
{
    http_router router;
    router.get("/x", named("x"));
    router.post("/y", named("y"));
    router.get("/z", named("z"));
    router.post("/z", named("z"));
    auto const refused = ask(router, "DELETE", "/x");
    BOOST_TEST(refused.status == 405u);
    BOOST_TEST(refused.headers == "Allow: GET, HEAD\r\n");
    BOOST_TEST(ask(router, "get", "/x").status == 405u);
    BOOST_TEST(ask(router, "GET", "/y").headers == "Allow: POST\r\n");
    BOOST_TEST(ask(router, "HEAD", "/y").status == 405u);
    BOOST_TEST(ask(router, "POST", "/y").body == "y POST");
    BOOST_TEST(ask(router, "PUT", "/z").headers == "Allow: GET, HEAD, POST\r\n");
}

BOOST_AUTO_TEST_CASE(a_later_handler_replaces_an_earlier_one)
{
    http_router router;
    router.get("/x", named("old"));
    router.get("/x", named("new"));
    BOOST_TEST(ask(router, "GET", "/x").body == "new GET");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace http_handler_test
