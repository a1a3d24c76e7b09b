#pragma once

#include <tcr/util/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tcr::net
{

/// Who we trust and who we are, as PEM text (RFC 7468). Empty means: not given.
struct tls_identity
{
    std::string ca_pem;           ///< one or more certificates; empty: the system's store
    std::string certificate_pem;  ///< client certificate, then its intermediates
    std::string key_pem;          ///< the certificate's private key
    bool verify_server = true;

    bool operator==(tls_identity const&) const = default;
};

/// A client-side context: TLS 1.2 or newer. \par Errors a sentence that names the part that cannot be used,
/// an expired client certificate included (the server would answer a bare 401).
result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(tls_identity const& identity);

/// A server-side context: TLS 1.2 or newer, the certificate before its intermediates as PEM text. By ALPN it
/// chooses "http/1.1" where that is offered (the API server offers "h2" before it for some URLs) and else
/// nothing. No session is kept or handed out, since the API server keeps its connections and resumes none.
/// \par Errors a sentence that names the part that cannot be used. Dates are not looked at: the client
/// judges.
result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    std::string_view certificate_pem, std::string_view key_pem
);

}  // namespace tcr::net
