#include <tcr/net/web_client.hpp>
#include <tcr/util/strings.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tcr::net
{
namespace
{

std::string_view own_port(bool is_tls)
{
    return is_tls ? "443" : "80";
}

/// Whether it is a DNS name, or an IP address without brackets. Percent-encoding has been decoded already,
/// and some decoded characters must not get into a header line.
bool is_host(std::string_view host)
{
    for (char c : host)
    {
        bool const is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_plain && c != '.' && c != '-' && c != '_' && c != ':')
            return false;
    }
    return !host.empty();
}

/// Why the URL cannot be requested, or nothing.
std::string problem(boost::urls::url_view const& url)
{
    std::string_view const scheme(url.scheme().data(), url.scheme().size());
    if (ascii_lower(scheme) != "https" && ascii_lower(scheme) != "http")
        return "starts with neither https:// nor http://";
    if (url.has_userinfo())
        return "must not contain a user name or password";
    if (url.has_fragment())
        return "must not contain '#'";
    if (!is_host(ascii_lower(url.host_address())))
        return "has no usable host";
    auto const port = url.port();
    auto const number = parse_u64({port.data(), port.size()});
    // Boost.URL 1.81 takes "h:x/y" for a host, an empty port and the path "x/y"; 1.83 does not parse it.
    bool const is_cut = !url.encoded_path().empty() && !url.encoded_path().starts_with('/');
    if (is_cut || (!port.empty() && (!number || *number == 0 || *number > 65'535)))
        return "has a port that is not a number from 1 to 65535";
    return {};
}

}  // namespace

std::string web_address::authority() const
{
    auto text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != own_port(is_tls))
        text.append(":").append(port);
    return text;
}

result<web_address> parse_web_address(std::string_view text)
{
    auto const url = boost::urls::parse_uri({text.data(), text.size()});
    auto const why =
        url ? problem(*url) : std::string("is not a URL; write https://HOST/ or https://HOST:PORT/");
    if (!why.empty())
    {
        // The text before an '@' may be a password.
        auto const shown = text.find('@') == std::string_view::npos ? "'" + printable(text, 200) + "'"
                                                                    : std::string("the URL");
        return error(
            boost::system::errc::make_error_code(boost::system::errc::invalid_argument), shown + " " + why
        );
    }
    web_address address;
    address.is_tls = ascii_lower({url->scheme().data(), url->scheme().size()}) == "https";
    address.host = ascii_lower(url->host_address());
    address.port = url->port().empty() ? std::string(own_port(address.is_tls)) : std::string(url->port());
    address.target = std::string(url->encoded_target());
    if (!address.target.starts_with('/'))
        address.target.insert(0, "/");
    return address;
}

std::string_view web_response::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (key == name)
            return value;
    return {};
}

}  // namespace tcr::net
