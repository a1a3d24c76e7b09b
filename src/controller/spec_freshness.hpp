#pragma once

// Compares the specs of ImagePullSecrets that this process knows with those that the API server stores.

#include <tcr/controller/catalog.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace tcr::controller
{

/// The uid and generation of each ImagePullSecret, by name. Equal versions mean equal specs.
using spec_versions = std::map<std::string, std::pair<std::string, std::int64_t>>;

/// The versions in the catalog.
spec_versions versions_of(catalog const& image_pull_secrets);

/// The versions that the API server stores now. A list without a resourceVersion is a consistent read: it
/// does not depend on how far watches lag behind
/// (https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list). An
/// ImagePullSecret that cannot be read has the generation of `known`, which must outlive the call.
/// \par Errors those of the API. \par Cancellation terminal.
task<result<spec_versions>> read_spec_versions(kube::client& client, catalog const& known);

}  // namespace tcr::controller
