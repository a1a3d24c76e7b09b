// SPDX-License-Identifier: Apache-2.0
#include "config_checks.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/util/small_file.hpp>
#include <tcr/util/strings.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tcr::kube
{
namespace
{

/// Why a URL is unusable as an API server's address; empty if it is usable. The text does not quote the URL,
/// because the URL may contain a password.
std::string server_problem(boost::urls::url_view const& url)
{
    if (url.scheme_id() != boost::urls::scheme::https)
        return "only https is supported; write https://HOST:PORT";
    if (url.has_userinfo())
        return "a user name or password in server is not supported; give credentials in the user entry";
    if (url.has_query() || url.has_fragment())
        return "a query or fragment in server is not supported; write https://HOST:PORT or "
               "https://HOST:PORT/PATH";
    if (url.encoded_host().empty() || url.host_type() == boost::urls::host_type::ipvfuture ||
        url.encoded_host().find('%') != std::string_view::npos)
        return "names no usable host; write https://HOST:PORT";
    // Boost.URL 1.81 parses "https://h:x/y" as the host "h", an empty port and the path "x/y".
    bool const is_cut = !url.encoded_path().empty() && !url.encoded_path().starts_with('/');
    if (is_cut || (!url.port().empty() && !is_port(url.port())))
        return "the port is not a number from 1 to 65535; correct it";
    return {};
}

}  // namespace

result<std::string> read_config_file(
    std::filesystem::path const& path, std::string const& name, std::vector<config_file>& files
)
{
    // Take the stamp first, so that a change during the reading is detected.
    files.push_back({path, stamp_of(path)});
    auto text = read_small_file(path, name);
    if (!text)
        return error(errc::bad_config, text.error().detail);
    return text;
}

std::string token_problem(std::string_view text)
{
    auto const token = trim(text);
    if (token.empty())
        return "contains no token; write one into it";
    // The token becomes part of a header line: visible ASCII only (RFC 9110 section 11.6.2, RFC 6750 section
    // 2.1).
    for (char c : token)
        if (c <= 0x20 || c >= 0x7f)
            return "contains a blank, a line break or a byte outside ASCII within the token; "
                   "write one token and nothing else";
    return {};
}

std::string certificate_problem(std::string_view pem)
{
    if (pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos ||
        pem.find("-----BEGIN TRUSTED CERTIFICATE-----") != std::string_view::npos)
        return {};
    return "contains no '-----BEGIN CERTIFICATE-----' line; give the certificate as PEM text";
}

std::string key_problem(std::string_view pem)
{
    if (pem.find("PRIVATE KEY-----") == std::string_view::npos)
        return "contains no '-----BEGIN … PRIVATE KEY-----' line; give the key as PEM text";
    // OpenSSL would ask for the password at the terminal.
    if (pem.find("BEGIN ENCRYPTED PRIVATE KEY") != std::string_view::npos ||
        pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos)
        return "is a key with a password, which is not supported; decrypt it with 'openssl pkey'";
    return {};
}

bool is_port(std::string_view text)
{
    auto const number = parse_u64(text);
    return number && *number >= 1 && *number <= 65535;
}

result<net::endpoint> parse_server(std::string_view text)
{
    auto const url = boost::urls::parse_uri(text);
    if (!url)
        return error(errc::bad_config, "is not a URL; write https://HOST:PORT (only https is supported)");
    if (auto const problem = server_problem(*url); !problem.empty())
        return error(errc::bad_config, problem);
    net::endpoint server;
    server.host = url->host_address();
    server.port = url->port().empty() ? std::string("443") : std::string(url->port());
    server.base_path = std::string(url->encoded_path());
    server.base_path.resize(server.base_path.find_last_not_of('/') + 1);
    return server;
}

}  // namespace tcr::kube
