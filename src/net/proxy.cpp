// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/host_port.hpp>
#include <tcr/net/proxy.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace tcr::net
{
namespace
{

namespace ip = boost::asio::ip;

/// The user info of a URL as credentials for basic authentication (RFC 7617). \return nullopt if the percent
/// encoding is malformed.
std::optional<std::string> basic_authorization(std::string_view user_info)
{
    auto const colon = std::min(user_info.find(':'), user_info.size());
    auto const user = boost::urls::make_pct_string_view(user_info.substr(0, colon));
    auto const password =
        boost::urls::make_pct_string_view(user_info.substr(std::min(colon + 1, user_info.size())));
    if (!user || !password)
        return std::nullopt;
    return "Basic " + base64_encode(user->decode() + ":" + password->decode());
}

/// The bytes of an IP address in network order. An IPv4 address has 4 bytes, even if it is written as an IPv6
/// address ("::ffff:10.0.0.1"). nullopt if the text is not an IP address.
std::optional<std::string> address_bytes(std::string_view text)
{
    boost::system::error_code ec;
    auto address = ip::make_address(std::string(text), ec);
    if (ec)
        return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
    auto const copy = [](auto const& bytes) { return std::string(bytes.begin(), bytes.end()); };
    return address.is_v4() ? copy(address.to_v4().to_bytes()) : copy(address.to_v6().to_bytes());
}

bool is_loopback(std::string const& address)
{
    return address.size() == 4 ? address[0] == 127 : address == address_bytes("::1");
}

/// A network, such as 10.0.0.0/8.
struct network
{
    std::string address;
    std::size_t bits = 0;  ///< length of the prefix

    bool contains(std::string const& other) const
    {
        auto const whole = bits / 8;
        if (other.size() != address.size() || other.compare(0, whole, address, 0, whole) != 0)
            return false;
        auto const mask = static_cast<unsigned char>(0xff00u >> bits % 8);
        return bits % 8 == 0 || ((other[whole] ^ address[whole]) & mask) == 0;
    }
};

std::optional<network> parse_network(std::string_view text)
{
    auto const slash = std::min(text.find('/'), text.size());
    auto const address = address_bytes(text.substr(0, slash));
    auto const bits = parse_u64(text.substr(std::min(slash + 1, text.size())));
    if (!address || !bits)
        return std::nullopt;
    // The prefix length of a mapped IPv4 network ("::ffff:10.0.0.0/104") counts the bits of the IPv6 address.
    std::size_t const written = text.find(':') < slash ? 128 : 32;
    auto const mapped = written - address->size() * 8;
    if (*bits < mapped || *bits > written)
        return std::nullopt;
    return network{*address, *bits - mapped};
}

bool is_in_domain(std::string_view host, std::string_view domain)
{
    if (domain.starts_with("*."))
        domain.remove_prefix(1);
    if (domain.starts_with('.'))
        return host.ends_with(domain);
    return host == domain || host.ends_with("." + std::string(domain));
}

/// Whether an entry of NO_PROXY matches a server. `address` is set if `host` is an IP address.
bool matches(
    std::string_view entry,
    std::string_view host,
    std::optional<std::string> const& address,
    std::string_view port
)
{
    if (auto const range = parse_network(entry))
        return address && range->contains(*address);
    auto const [name, only_port] = split_host_port(entry);
    if (name.empty() || (!only_port.empty() && only_port != port))
        return false;
    if (auto const one = address_bytes(name); one || address)
        return one == address;
    return is_in_domain(host, name);
}

/// Returns the name and the value of the first of these environment variables that is set and not blank; two
/// empty texts if there is none.
std::pair<std::string, std::string> first_variable(std::initializer_list<char const*> names)
{
    for (auto const* name : names)
        if (char const* value = std::getenv(name); value != nullptr && !trim(value).empty())
            return {name, std::string(trim(value))};
    return {};
}

}  // namespace

std::string http_proxy::authority() const
{
    return bracketed(host) + ":" + port;
}

result<http_proxy> parse_proxy(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    if (!ascii_lower(url).starts_with(scheme))
        return invalid_argument(
            "does not begin with http://, and other kinds of proxies are not supported; write "
            "http://HOST:PORT"
        );
    auto rest = url.substr(scheme.size());
    std::optional<std::string> authorization = std::string();
    if (auto const at = rest.substr(0, rest.find_first_of("/?#")).rfind('@'); at != rest.npos)
    {
        authorization = basic_authorization(rest.substr(0, at));
        rest.remove_prefix(at + 1);
    }
    auto const address = parse_web_address(std::string(scheme).append(rest));
    // Also rejects a URL with a path. Such a URL may name a file for the automatic configuration of proxies.
    if (!authorization || !address || address->target != "/")
        return invalid_argument(
            "is not the URL of a proxy; write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with "
            "special characters of the password percent-encoded"
        );
    return http_proxy{address->host, address->port, std::move(*authorization)};
}

bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::string_view port)
{
    auto const name = ascii_lower(host);
    auto const address = address_bytes(name);
    if (name == "localhost" || (address && is_loopback(*address)))
        return true;
    auto const excluded = ascii_lower(no_proxy);
    auto const entries = split_names(excluded);
    return std::any_of(
        entries.begin(),
        entries.end(),
        [&](auto entry) { return entry == "*" || matches(entry, name, address, port); }
    );
}

result<std::optional<http_proxy>> proxy_settings::for_server(std::string_view host, std::string_view port)
    const
{
    if (bypasses_proxy(no_proxy, host, port))
        return std::optional<http_proxy>();
    return proxy;
}

proxy_settings proxy_settings_from_environment()
{
    proxy_settings settings;
    settings.no_proxy = first_variable({"NO_PROXY", "no_proxy"}).second;
    auto const [name, url] = first_variable({"HTTPS_PROXY", "https_proxy"});
    if (name.empty())
        return settings;
    auto const parsed = parse_proxy(url.find("://") == url.npos ? "http://" + url : url);
    if (!parsed)
        settings.proxy = error(parsed.error().code, name + " " + parsed.error().detail);
    else
        settings.proxy = *parsed;
    return settings;
}

}  // namespace tcr::net
