#pragma once

// Makes the TLS contexts of clients and servers.

#include <tcr/util/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tcr::net
{

/// Trusted authorities and own certificate of a client, as PEM text (RFC 7468). Empty: not given.
struct tls_identity
{
    std::string ca_pem;           ///< one or more certificates; empty: the system's store
    std::string certificate_pem;  ///< client certificate, then its intermediates
    std::string key_pem;          ///< the certificate's private key
    bool verify_server = true;

    bool operator==(tls_identity const&) const = default;
};

/// A client-side context for TLS 1.2 or newer. \par Errors a sentence that names the part that cannot be
/// used. That includes an expired client certificate, which the server would answer with a mere 401.
result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(tls_identity const& identity);

/// A server-side context for TLS 1.2 or newer. `certificate_pem` holds the certificate, then its
/// intermediates. By ALPN it chooses "http/1.1" if offered (for some URLs the API server offers "h2" first),
/// else nothing. It neither keeps nor issues sessions: the API server keeps its connections and resumes none.
/// \par Errors a sentence that names the part that cannot be used. Dates are not checked: the client does
/// that.
result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    std::string_view certificate_pem, std::string_view key_pem
);

}  // namespace tcr::net
