// SPDX-License-Identifier: Apache-2.0
#include "memory/synthetic_cluster.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace memory_tests
{
namespace
{

constexpr std::array teams{
    "payments", "search", "checkout", "ml-platform", "data", "identity", "observability", "web"};
constexpr std::array stages{"prod", "staging", "dev"};

std::string padded(char const* format, std::uint64_t number)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, static_cast<unsigned long long>(number));
    return text.data();
}

/// A number as text. Its length is the same for all generations, so that longer names do not add memory.
std::string serial(std::size_t which, std::size_t generation)
{
    return padded("%06llu", which + generation * cluster_namespaces);
}

std::string uid(std::uint64_t number)
{
    return "9f1c2b7e-5d3a-4c7b-8e21-" + padded("%012llx", number);
}

std::string version_of(std::size_t ns, std::size_t which)
{
    return std::to_string(1'000'000 + ns * 10 + which);
}

}  // namespace

std::string namespace_name(std::size_t which, std::size_t generation)
{
    auto const turn = which + generation;
    return std::string(teams[turn % teams.size()]) + "-" + serial(which, generation) + "-" +
           stages[turn % stages.size()];
}

std::string namespace_labels(std::size_t which)
{
    return std::string("environment=") + stages[which % stages.size()] +
           "\npod-security.kubernetes.io/enforce=baseline\nteam=" + teams[which % teams.size()] + "\n";
}

std::string account_name(std::size_t ns, std::size_t which, std::size_t generation)
{
    constexpr std::array shared{"default", "builder", "deployer"};
    if (which < shared.size())
        return shared[which];
    return std::string(which % 2 == 0 ? "api-" : "worker-") + serial(ns, generation);
}

std::string pull_secret_name()
{
    return "tcr.ipsimagepullsecret-sample";
}

std::string page_head(std::string const& kind, std::size_t remaining)
{
    std::string next;
    if (remaining > 0)
        next = R"(,"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTIzNDU2Nywic3RhcnQiOiJ4In0",)"
               R"("remainingItemCount":)" +
               std::to_string(remaining);
    return R"({"kind":")" + kind + R"(","apiVersion":"v1","metadata":{"resourceVersion":"1234567")" + next +
           R"(},"items":[)";
}

std::string account_json(std::size_t ns, std::size_t which)
{
    auto const name = account_name(ns, which);
    std::string const release(teams[ns % teams.size()]);
    return R"({"metadata":{"name":")" + name + R"(","namespace":")" + namespace_name(ns) + R"(","uid":")" +
           uid(ns * accounts_in_each + which) + R"(","resourceVersion":")" + version_of(ns, which) +
           R"(","creationTimestamp":"2026-03-01T08:00:00Z","labels":{"app.kubernetes.io/instance":")" +
           release +
           R"(","app.kubernetes.io/managed-by":"Helm","helm.sh/chart":"service-4.7.1"},)"
           R"("annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",)"
           R"(\"automountServiceAccountToken\":false,\"kind\":\"ServiceAccount\",)"
           R"(\"metadata\":{\"annotations\":)"
           R"({},\"name\":\")" +
           name + R"(\"}}\n","meta.helm.sh/release-name":")" + release +
           R"("},"ownerReferences":[{"apiVersion":"apps.example.com/v1","kind":"Service","name":")" +
           release + R"(","uid":")" + uid(ns) +
           R"(","controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":"helm",)"
           R"("operation":"Update","apiVersion":"v1","time":"2026-03-01T08:00:00Z","fieldsType":"FieldsV1",)"
           R"("fieldsV1":{"f:automountServiceAccountToken":{},"f:metadata":{"f:annotations":{".":{},)"
           R"("f:kubectl.kubernetes.io/last-applied-configuration":{},"f:meta.helm.sh/release-name":{}},)"
           R"("f:labels":{".":{},"f:app.kubernetes.io/instance":{},"f:app.kubernetes.io/managed-by":{},)"
           R"("f:helm.sh/chart":{}}}}},{"manager":"tcr-assistant","operation":"Update","apiVersion":"v1",)"
           R"("time":"2026-03-01T08:00:01Z","fieldsType":"FieldsV1","fieldsV1":{"f:imagePullSecrets":)"
           R"({".":{},"k:{\"name\":\"tcr.ipsimagepullsecret-sample\"}":{}}}}]},"secrets":[{"name":")" +
           name + R"(-token-x7k2p"}],"imagePullSecrets":[{"name":")" + pull_secret_name() +
           R"("}],"automountServiceAccountToken":false})";
}

std::string secret_json(std::size_t ns, std::size_t body_bytes)
{
    return R"({"metadata":{"name":")" + pull_secret_name() + R"(","namespace":")" + namespace_name(ns) +
           R"(","uid":")" + uid(ns) + R"(","resourceVersion":")" + version_of(ns, 9) +
           R"(","creationTimestamp":"2026-03-01T08:00:00Z","labels":{)"
           R"("app.kubernetes.io/managed-by":"tcr-assistant",)"
           R"("tcr.tencentcloudcr.com/imagepullsecret":"imagepullsecret-sample"},"annotations":{)"
           R"("tcr.tencentcloudcr.com/content-hash":"5f70bf18a086007016e948b04aed3b82"},"ownerReferences":[{)"
           R"("apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret",)"
           R"("name":"imagepullsecret-sample",)"
           R"("uid":"0b7c1d7e-1111-4222-8333-444455556666"}],"managedFields":[{"manager":"tcr-assistant",)"
           R"("operation":"Update","apiVersion":"v1","time":"2026-03-01T08:00:00Z","fieldsType":"FieldsV1",)"
           R"("fieldsV1":{"f:data":{".":{},"f:.dockerconfigjson":{}},"f:metadata":{"f:annotations":{".":{},)"
           R"("f:tcr.tencentcloudcr.com/content-hash":{}},"f:labels":{".":{},)"
           R"("f:app.kubernetes.io/managed-by":{},)"
           R"("f:tcr.tencentcloudcr.com/imagepullsecret":{}},"f:ownerReferences":{".":{},)"
           R"("k:{\"uid\":\"0b7c1d7e-1111-4222-8333-444455556666\"}":{}}},"f:type":{}}}]},"data":{)"
           R"(".dockerconfigjson":")" +
           std::string(body_bytes, 'a') + R"("},"type":"kubernetes.io/dockerconfigjson"})";
}

}  // namespace memory_tests
