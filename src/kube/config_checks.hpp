// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks of configuration values, shared by the kubeconfig, the in-cluster configuration and exec plugins.

#include <tcr/kube/config.hpp>
#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// Returns the content of a regular file. Adds the file to `files`, even if it cannot be read.
/// \par Errors `errc::bad_config`. The text starts with `name` and explains how to correct the problem.
result<std::string> read_config_file(
    std::filesystem::path const& path, std::string const& name, std::vector<config_file>& files
);

/// Why a text is unusable as a bearer token; empty if it is usable. Ignores blanks at both ends.
std::string token_problem(std::string_view text);

/// Why a text cannot contain a PEM certificate; empty if it may contain one. Only looks for the first line of
/// a certificate.
std::string certificate_problem(std::string_view pem);

/// Why a text cannot be an unencrypted PEM key; empty if it may be one. Only looks for the
/// markers of a PEM key and of an encrypted key.
std::string key_problem(std::string_view pem);

/// Whether a text is a number from 1 to 65535.
bool is_port(std::string_view text);

/// Parses the field `server` of a cluster entry. A path in the URL is the base path of all requests. Example:
/// https://HOST/k8s/clusters/ID (Rancher).
/// \par Errors `errc::bad_config`. The text names the problem and the correction. The caller adds the name of
/// the field.
result<net::endpoint> parse_server(std::string_view text);

}  // namespace tcr::kube
