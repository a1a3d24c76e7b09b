// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

// Contents of pull Secrets. A unit test has the expected logins of most of them, and it_keyring compares how
// we and kubelet read all of them.
namespace tcr::test
{

inline std::vector<std::string> docker_config_contents()
{
    std::vector<std::string> contents{
        "",
        "{",
        "[]",
        "null",
        "5",
        R"({"auths":{"a":{"username":"u","password":"p"},"b":{"auth":"djpx"}}})",
        R"({"a":{"auth":"djpx","email":"e"}})",
        R"({"auths":[]})",
        R"({"auths":{}} x)",
        R"({"auths":null,"HttpHeaders":null})",
        R"({"auths":{},"credsStore":"desktop","HttpHeaders":{"a":"b","c":null}})",
        R"({"HttpHeaders":{"a":1}})",
        R"({"HttpHeaders":"a"})",
        R"({"Auths":{"a":{"UserName":"u","PASSWORD":"p"}}})",
        R"({"auths":{"a":{"auth":"djpx"}},"AUTHS":{"b":{"auth":"djpx"}}})",
        R"({"auths":{"https://user:p%40ss@r":{"password":1}}})",
    };
    // The entries of the key "r".
    for (auto const* entry :
         {"null",
          R"("djpx")",
          "[]",
          "{}",
          R"({"username":"u","password":"p","auth":"djpx"})",
          R"({"username":"u","password":"p","auth":""})",
          R"({"username":null,"password":"p","auth":null})",
          R"({"identitytoken":"t","registrytoken":5})",
          R"({"username":1})",
          R"({"password":{}})",
          R"({"email":true})",
          R"({"auth":5})"})
        contents.push_back(R"({"auths":{"r":)" + std::string(entry) + "}}");
    // Values of `auth`.
    for (auto const* auth :
         {"dTpwOng=",
          "dTpwOng",
          R"(dTpw\r\nOng=\n)",
          "Og==",
          "dTpw Ong=",
          "dTpwOng= ",
          " dTpwOng=",
          R"(dTpwOng=\t)",
          "dXA=",
          "dXA",
          "dTpwO",
          "dTpwOng==",
          "dTpw-w==",
          "dTp=",
          "dTpwOnh=",
          R"(\n)",
          "=",
          "=="})
        contents.push_back(R"({"auths":{"r":{"auth":")" + std::string(auth) + R"("}}})");
    return contents;
}

}  // namespace tcr::test
