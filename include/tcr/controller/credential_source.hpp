#pragma once

// Where the credential of an ImagePullSecret comes from.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/login.hpp>

namespace tcr::controller
{

/// Whether the credential is stored elsewhere, so that it may change while the ImagePullSecret does not.
bool refers_to_credential(image_pull_secret_spec const& spec);

/// Whether a token, of a given instance and region, is the only source of the credential.
bool needs_token(image_pull_secret_spec const& spec);

/// The login written in the spec, or why there is none.
credentials::resolution literal_login(image_pull_secret_spec const& spec);

/// The login for a spec: the one written in it or the one it refers to. Pure.
credentials::resolution find_login(
    image_pull_secret_spec const& spec, credentials::credential_secrets const& secrets
);

}  // namespace tcr::controller
