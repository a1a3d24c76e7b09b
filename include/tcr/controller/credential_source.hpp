// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the credential of an ImagePullSecret.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/login.hpp>

namespace tcr::controller
{

/// Whether the credential is stored outside the ImagePullSecret. Such a credential may change while the
/// ImagePullSecret stays the same.
bool refers_to_credential(image_pull_secret_spec const& spec);

/// Whether spec.tcr is complete (instance and region) and the spec has no user name and no other source of
/// the credential.
bool needs_token(image_pull_secret_spec const& spec);

/// The credential with the user name and password in the spec, or the reason why the spec has none. Removes
/// one trailing line break of the password, as for a password in a Secret.
credentials::resolution literal_credential(image_pull_secret_spec const& spec);

/// The credential that the spec contains or refers to, or the reason why there is none. Pure.
credentials::resolution find_credential(
    image_pull_secret_spec const& spec, credentials::credential_secrets const& secrets
);

}  // namespace tcr::controller
