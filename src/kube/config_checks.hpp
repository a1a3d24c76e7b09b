#pragma once

#include <tcr/kube/config.hpp>
#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// What the readers of a configuration share. In config.cpp.
namespace tcr::kube::detail
{

/// The content of a regular file, which is added to `files`. \par Errors a sentence that starts with `called`
/// and says what to do.
result<std::string> read_config_file(
    std::filesystem::path const& path, std::string const& called, std::vector<config_file>& files
);

/// What keeps a text from being a bearer token, or nothing. Blanks around it do no harm.
std::string token_problem(std::string_view text);

/// What keeps a text from being used as PEM certificates, or nothing.
std::string certificate_problem(std::string_view pem);

/// What keeps a text from being used as a PEM key, or nothing.
std::string key_problem(std::string_view pem);

/// The server of a cluster entry. \par Errors what is wrong and what to do, without a subject.
result<net::endpoint> parse_server(std::string_view text);

}  // namespace tcr::kube::detail
