// SPDX-License-Identifier: Apache-2.0
#include "reviews.hpp"

namespace tcr::benchmark
{
namespace
{

/// Returns the AdmissionReview around an object. The review contains the administrator's groups and kubectl's
/// managedFields. The webhook does not use them, but in a real review they are the largest part.
std::string review(
    std::string const& kind, std::string const& resource, std::string const& place, std::string const& object
)
{
    return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{)"
           R"("uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{)" +
           kind + R"(},"resource":{)" + resource + R"(},"requestKind":{)" + kind +
           R"(},"requestResource":{)" + resource + R"(},)" + place +
           R"("operation":"CREATE","userInfo":{"username":"system:kube-controller-manager",)"
           R"("uid":"a0a7a4a5-2f51-4f0c-8d3b-0f2a1b3c4d5e","groups":["system:authenticated"],)"
           R"("extra":{"authentication.kubernetes.io/credential-id":["X509SHA256=)"
           R"(2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"]}},"object":)" +
           object +
           R"(,"oldObject":null,"dryRun":true,"options":{"kind":"CreateOptions",)"
           R"("apiVersion":"meta.k8s.io/v1",)"
           R"("dryRun":["All"],"fieldManager":"kube-controller-manager"}}})";
}

std::string metadata(std::string const& name, std::string const& more, std::string const& manager)
{
    return R"("metadata":{"name":")" + name + R"(",)" + more +
           R"("uid":"1f0e5c6a-9b1d-4c39-8f55-3d2c1b0a9f8e","creationTimestamp":"2026-11-24T10:00:00Z")" +
           manager + "}";
}

}  // namespace

std::string account_review(std::string const& ns, std::string const& name)
{
    return review(
        R"("group":"","version":"v1","kind":"ServiceAccount")",
        R"("group":"","version":"v1","resource":"serviceaccounts")",
        R"("name":")" + name + R"(","namespace":")" + ns + R"(",)",
        R"({"kind":"ServiceAccount","apiVersion":"v1",)" +
            metadata(name, R"("namespace":")" + ns + R"(",)", {}) + "}"
    );
}

std::string cr_review(std::string const& name)
{
    return review(
        R"("group":"tcr.tencentcloudcr.com","version":"v1","kind":"ImagePullSecret")",
        R"("group":"tcr.tencentcloudcr.com","version":"v1","resource":"imagepullsecrets")",
        R"("name":")" + name + R"(",)",
        R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret",)" +
            metadata(
                name,
                R"("generation":1,)",
                R"(,"managedFields":[{"apiVersion":"tcr.tencentcloudcr.com/v1","fieldsType":"FieldsV1",)"
                R"("fieldsV1":{"f:spec":{".":{},"f:docker":{".":{},"f:password":{},"f:server":{},)"
                R"("f:username":{}},)"
                R"("f:namespaces":{},"f:serviceAccounts":{}}},"manager":"kubectl-create",)"
                R"("operation":"Update",)"
                R"("time":"2026-11-24T10:00:00Z"}])"
            ) +
            R"(,"spec":{"docker":{"password":"password","server":"registry.example.com",)"
            R"("username":"100012345678"},"namespaces":"*","serviceAccounts":"*"}})"
    );
}

}  // namespace tcr::benchmark
