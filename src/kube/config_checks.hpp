#pragma once

// Checks shared by the readers of kubeconfig, in-cluster and exec plugin configuration.

#include <tcr/kube/config.hpp>
#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// Returns the content of a regular file and adds the file to `files`. \par Errors the text starts with
/// `name` and contains what to do.
result<std::string> read_config_file(
    std::filesystem::path const& path, std::string const& name, std::vector<config_file>& files
);

/// Why a text is not usable as a bearer token; empty if it is. Blanks around it are ignored.
std::string token_problem(std::string_view text);

/// Why a text is not usable as PEM certificates; empty if it is.
std::string certificate_problem(std::string_view pem);

/// Why a text is not usable as a PEM key; empty if it is.
std::string key_problem(std::string_view pem);

/// Whether a text is a number from 1 to 65535.
bool is_port(std::string_view text);

/// Parses `server` of a cluster entry. \par Errors what is wrong and what to do; the text has no subject.
result<net::endpoint> parse_server(std::string_view text);

}  // namespace tcr::kube
