#pragma once

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/login.hpp>

namespace tcr::controller
{

/// Whether the credential stands elsewhere, and may change while the CR does not.
bool refers_to_credential(image_pull_secret_spec const& spec);

/// Whether a token is its one source.
bool wants_token(image_pull_secret_spec const& spec);

/// The login that stands in a CR.
credentials::resolution literal_login(image_pull_secret_spec const& spec);

/// The login that a CR means: its own, or what it refers to. Pure.
credentials::resolution find_login(
    image_pull_secret_spec const& spec, credentials::credential_secrets const& secrets
);

}  // namespace tcr::controller
