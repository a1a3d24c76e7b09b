// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads a list of TCR instances from YAML or JSON.

#include <tcr/instances/instance.hpp>
#include <tcr/util/error.hpp>

#include <string>

namespace tcr::instances
{

/// Parses `text`, the content of the file that --instances-file names. `source` names the file in errors.
/// YAML or JSON:
///
///     instances:
///       - registryId: tcr-dg284imq
///         region: ap-guangzhou
///         domains: [public, vpc]          # custom: all custom domains; or a server's name
///         namespaces: "*"                 # as in an ImagePullSecret
///         serviceAccounts: "*"
///         excludedNamespaces: []
///         credential: {type: tcr, tokenType: temp}
///     global:                             # the original add-on's values, unchanged
///       imagePullSecretsCrs:
///         - {name: tcr-dg284imq-public, namespaces: "*", serviceAccounts: "*", type: docker,
///            dockerUsername: "100012345678", dockerPassword: …, dockerServer: name.tencentcloudcr.com}
///
/// `global.cluster.longregion` is the region of instances without `region`. `global.hosts` is ignored,
/// because it is for hosts-updater. The ImagePullSecrets must obey the same rules as those that users create.
/// Only `instances: []` gives an empty list. An empty file and a key without a value are errors, because the
/// file may be truncated.
/// \par Errors `kube::errc::bad_config`: the first problem, with the file and, if known, the line and key.
/// The text contains no credential.
result<instance_list> parse_instances(std::string const& source, std::string const& text);

}  // namespace tcr::instances
