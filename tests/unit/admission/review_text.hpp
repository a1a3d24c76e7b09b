// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tcr::test
{

/// An AdmissionReview as the API server writes it. `object` and `old_object` are JSON texts.
struct review_body
{
    std::string operation = "CREATE";
    std::string group = "tcr.tencentcloudcr.com";
    std::string resource = "imagepullsecrets";
    std::string ns = {};
    std::string object = "null";
    std::string old_object = "null";
    std::string more = {};  ///< more members of the request, with a comma after each
    std::string version = "admission.k8s.io/v1";
    std::string uid = "705ab4f5-6393-11e8-b7cc-42010a800002";

    std::string text() const
    {
        return R"({"kind":"AdmissionReview","apiVersion":")" + version + R"(","request":{)" + more +
               R"("uid":")" + uid +
               R"(","kind":{"group":"g","version":"v1","kind":"K"},"resource":{"group":")" + group +
               R"(","version":"v1","resource":")" + resource + R"("},"name":"x","namespace":")" + ns +
               R"(","operation":")" + operation +
               R"(","userInfo":{"username":"u","groups":["a","b"],"extra":{"k":["v"]}},"object":)" + object +
               R"(,"oldObject":)" + old_object + R"(,"options":{"kind":"CreateOptions"}}})" + "\n";
    }
};

}  // namespace tcr::test
