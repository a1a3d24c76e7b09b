// SPDX-License-Identifier: Apache-2.0
#include "objects.hpp"

#include <tcr/controller/pull_secret.hpp>
#include <tcr/credentials/docker_config.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::benchmark
{
namespace
{

constexpr char const* server = "registry.example.com";
constexpr char const* username = "100012345678";

}  // namespace

std::string named(std::string const& name)
{
    return R"({"metadata":{"name":")" + name + R"("}})";
}

std::string cr_body(std::string const& name, std::string const& password, std::string const& namespaces)
{
    return R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","metadata":{"name":")" +
           name + R"("},"spec":{"namespaces":")" + namespaces +
           R"(","serviceAccounts":"*","docker":{"username":")" + username + R"(","password":")" + password +
           R"(","server":")" + server + R"("}}})";
}

std::string secret_data(std::string const& password)
{
    return base64_encode(credentials::docker_config_json(server, username, password));
}

}  // namespace tcr::benchmark
