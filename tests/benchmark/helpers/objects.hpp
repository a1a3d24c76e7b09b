// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/kube/request.hpp>

#include <string>

namespace tcr::benchmark
{

kube::resource const namespaces_type{"", "v1", "namespaces"};
kube::resource const accounts_type{"", "v1", "serviceaccounts"};
kube::resource const secrets_type{"", "v1", "secrets"};

/// The body of an object that has only a name, as JSON.
std::string named(std::string const& name);

/// The body of an ImagePullSecret as JSON, for these namespaces ("*": all) and all accounts.
std::string cr_body(
    std::string const& name, std::string const& password, std::string const& namespaces = "*"
);

/// The `data` of the Secret that the controller writes for the ImagePullSecret of `cr_body`, as sent to the
/// API server.
std::string secret_data(std::string const& password);

}  // namespace tcr::benchmark
