#pragma once

#include <tcr/instances/instance.hpp>
#include <tcr/util/error.hpp>

#include <string>

namespace tcr::instances
{

/// Reads the file that --instances-file names. YAML or JSON:
///
///     instances:
///       - registryId: tcr-dg284imq
///         region: ap-guangzhou
///         domains: [public, vpc]          # custom: all custom domains; or a server's name
///         namespaces: "*"                 # as in an ImagePullSecret
///         serviceAccounts: "*"
///         excludedNamespaces: []
///         credential: {type: tcr, tokenType: temp}
///     global:                             # the original add-on's values, as they are
///       imagePullSecretsCrs:
///         - {name: tcr-dg284imq-public, namespaces: "*", serviceAccounts: "*", type: docker,
///            dockerUsername: "100012345678", dockerPassword: …, dockerServer: name.tencentcloudcr.com}
///
/// Of `global`, `cluster` gives the region (`longregion`) where an instance names none; `hosts` is for
/// hosts-updater. Each ImagePullSecret must pass the same rules as one that people make. The list is empty
/// only where it says so by `instances: []`: a file that holds nothing, or a key with nothing behind it, may
/// have been cut off.
/// \par Errors `kube::errc::bad_config`: the first thing that is wrong, by file, line and key; no credential
/// in it.
result<instance_list> parse_instances(std::string const& called, std::string const& text);

}  // namespace tcr::instances
