// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes the TLS contexts of clients and servers.

#include <tcr/util/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tcr::net
{

/// The authorities that a client trusts, and the client's own certificate, as PEM text (RFC 7468). Each text
/// may be empty.
struct tls_identity
{
    std::string ca_pem;           ///< trusted authorities; empty: the system's store
    std::string certificate_pem;  ///< client certificate, then its intermediates; empty: none
    std::string key_pem;          ///< private key of the client certificate
    bool verify_server = true;

    bool operator==(tls_identity const&) const = default;
};

/// Makes a client-side context for TLS 1.2 or newer. \par Errors a sentence that names the unusable part. A
/// client certificate that has expired or is not valid yet is an error here, because the server would answer
/// only with 401, without a reason.
result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(tls_identity const& identity);

/// Makes a server-side context for TLS 1.2 or newer. `certificate_pem` contains the certificate and then its
/// intermediates. Session resumption is disabled, because the API server does not resume sessions.
///
/// By ALPN, the context chooses "http/1.1" if the client offers it, even if the client prefers "h2". The API
/// server prefers "h2" for some URLs. If the client does not offer "http/1.1", the context chooses no
/// protocol.
/// \par Errors a sentence that names the unusable part. Dates are not checked here: the client checks them.
result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    std::string_view certificate_pem, std::string_view key_pem
);

}  // namespace tcr::net
