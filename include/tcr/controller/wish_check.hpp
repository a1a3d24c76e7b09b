#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace tcr::controller
{

/// The CRs there are, by name: uid and generation, which together stand for what is wished.
using wish_versions = std::map<std::string, std::pair<std::string, std::int64_t>>;

/// What the catalog knows.
wish_versions versions_of(catalog const& crs);

/// What the server's store holds at this moment: a list without a resourceVersion is read from there, however far
/// the server's watches lag behind. An ImagePullSecret that cannot be read has the generation of `known`, which must
/// outlive the call. \par Errors those of the API. \par Cancellation terminal.
task<result<wish_versions>> present_versions(kube::client& client, catalog const& known);

}  // namespace tcr::controller
