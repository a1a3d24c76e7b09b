// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tcr::test
{

namespace json = boost::json;

/// An ImagePullSecret to create.
struct spec
{
    std::string name;
    std::string namespaces = "*";
    std::string service_accounts = "*";
    std::string server = "registry.example.com";
    std::string username = "100012345678";
    std::string password = "first.password";  ///< at least eight letters, because the tests search for it
    json::object more_spec = {};              ///< further members of spec, such as namespaceSelector

    /// The name of its Secrets.
    std::string secret() const { return "tcr.ips" + name; }
};

// Bodies of create requests.
json::value body_of(spec const& cr);
json::value namespace_body(std::string const& name, std::map<std::string, std::string> const& labels = {});
json::value account_body(std::string const& name, std::vector<std::string> const& references = {});

/// A pod that uses this account. The sandbox has no scheduler, so the pod never runs.
json::value pod_body(std::string const& name, std::string const& account);

/// A Secret with a docker login, without the controller's label.
json::value docker_secret_body(std::string const& name, spec const& login);

/// An Opaque Secret.
json::value opaque_secret_body(std::string const& name, std::string const& value);

/// The member at `path` ("metadata", "uid"); null if it is missing.
json::value at(json::object const& object, std::vector<std::string> const& path);

/// The member at `path` as text (empty if it is missing) or as a number (-1 if it is missing).
std::string text_at(json::object const& object, std::vector<std::string> const& path);
std::int64_t number_at(json::object const& object, std::vector<std::string> const& path);

std::string name_of(json::object const& object);
std::string uid_of(json::object const& object);
std::string version_of(json::object const& object);

/// The names in an account's imagePullSecrets, in order.
std::vector<std::string> references_of(json::object const& account);

/// A pull Secret's .dockerconfigjson, decoded; empty if it is missing.
std::string docker_config_of(json::object const& secret);

/// The parsed .dockerconfigjson that `cr` requires. The order of its members does not matter.
json::value expected_docker_config(spec const& cr);

/// The names as "a, b", for messages.
std::string joined(std::vector<std::string> const& names);

}  // namespace tcr::test
