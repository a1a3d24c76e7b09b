// SPDX-License-Identifier: Apache-2.0

// Parsers of PEM texts: certificates, keys, and CA bundles.
#include "fuzz_target.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/net/tls.hpp>

TCR_FUZZ_TARGET(pem)
{
    using namespace tcr;
    using namespace std::chrono_literals;
    // Skip an empty CA: the client would read the system's CA bundle, which is slow.
    if (bytes.empty())
        return;
    std::chrono::system_clock::time_point const now{1'700'000'000s};
    if (auto const facts = net::inspect_certificate(bytes, bytes, bytes); !facts)
        fuzz::require(fuzz::is_one_line(facts.error().message()), "an error is one line");
    else
        fuzz::require(
            net::inspect_certificate(bytes, bytes, "").has_value(),
            "a certificate that is trusted can be read"
        );
    auto const joined = net::join_bundles({bytes, bytes}, now);
    fuzz::require_equal(net::join_bundles({joined}, now), joined, "a bundle joined twice is the same");
    fuzz::require_equal(net::join_bundles({bytes}, now), joined, "a bundle holds no certificate twice");
    net::is_certificate_for(bytes, "example.com");
    net::is_certificate_for(bytes, "10.0.0.1");
    std::string const text(bytes);
    if (auto const context = net::make_server_context(text, text); !context)
        fuzz::require(fuzz::is_one_line(context.error().message()), "an error is one line");
    net::tls_identity identity;
    identity.ca_pem = text;
    if (auto const context = net::make_client_context(identity); !context)
        fuzz::require(fuzz::is_one_line(context.error().message()), "an error is one line");
    identity.certificate_pem = text;
    identity.key_pem = text;
    if (auto const context = net::make_client_context(identity); !context)
        fuzz::require(fuzz::is_one_line(context.error().message()), "an error is one line");
}
