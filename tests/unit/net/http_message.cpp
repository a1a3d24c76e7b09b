// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/http_message.hpp>

#include <boost/test/unit_test.hpp>

namespace http_message_test
{

using tcr::net::http_request;
using tcr::net::http_response;
using tcr::net::serialize;

BOOST_AUTO_TEST_SUITE(http_message)

BOOST_AUTO_TEST_CASE(a_request_without_body_has_no_length)
{
    http_request request;
    request.method = "GET";
    request.target = "/api/v1/namespaces?limit=1";
    BOOST_TEST(
        serialize(request, "10.0.0.1:6443") ==
        "GET /api/v1/namespaces?limit=1 HTTP/1.1\r\nHost: 10.0.0.1:6443\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(the_base_path_precedes_the_target)
{
    http_request request;
    request.method = "GET";
    request.target = "/api/v1/pods";
    BOOST_TEST(
        serialize(request, "host:443", "/k8s/clusters/c-1") ==
        "GET /k8s/clusters/c-1/api/v1/pods HTTP/1.1\r\nHost: host:443\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(the_callers_header_lines_stand_as_they_are)
{
    http_request request;
    request.method = "GET";
    request.target = "/";
    request.headers = "Accept: application/json\r\nX-Two: 2\r\n";
    BOOST_TEST(
        serialize(request, "[::1]:443") ==
        "GET / HTTP/1.1\r\nHost: [::1]:443\r\nAccept: application/json\r\nX-Two: 2\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(a_body_comes_last_with_its_type_and_length_in_bytes)
{
    http_request request;
    request.method = "POST";
    request.target = "/x";
    request.headers = "A: b\r\n";
    request.content_type = "application/json";
    request.body = "{\"ü\":1}\r\n";
    BOOST_TEST(
        serialize(request, "host:1") ==
        "POST /x HTTP/1.1\r\nHost: host:1\r\nA: b\r\nContent-Type: application/json\r\nContent-Length: 10\r\n"
        "\r\n{\"ü\":1}\r\n"
    );
}

BOOST_AUTO_TEST_CASE(an_empty_body_with_a_type_has_a_content_length_of_zero)
{
    http_request request;
    request.method = "POST";
    request.target = "/x";
    request.content_type = "text/plain";
    BOOST_TEST(
        serialize(request, "h") ==
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(a_body_without_a_type_has_its_length)
{
    http_request request;
    request.method = "PUT";
    request.target = "/x";
    request.body = "abc";
    BOOST_TEST(serialize(request, "h") == "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
}

BOOST_AUTO_TEST_CASE(only_2xx_is_ok)
{
    auto const is_ok = [](unsigned status)
    {
        http_response response;
        response.status = status;
        return response.ok();
    };
    for (unsigned status : {200u, 201u, 204u, 299u})
        BOOST_TEST(is_ok(status), status);
    for (unsigned status : {0u, 100u, 199u, 300u, 404u, 500u})
        BOOST_TEST(!is_ok(status), status);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace http_message_test
