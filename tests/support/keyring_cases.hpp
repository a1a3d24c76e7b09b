// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

// A table of dockerconfigjson keys and images, with kubelet's choice of logins. A unit test checks our rule
// with this table, and it_keyring checks the table with kubelet's own code. It also holds random cases on
// which our rule and kubelet once differed.
namespace tcr::test
{

struct keyring_case
{
    std::vector<std::string> keys;  ///< in the order in which they are added
    std::string image;
    std::vector<std::size_t> logins;  ///< positions in `keys`, in the order in which kubelet tries them
};

inline std::vector<keyring_case> keyring_cases()
{
    std::vector<std::size_t> const first{0};
    std::vector<std::size_t> const none;
    return {
        // Docker Hub
        {{"docker.io"}, "nginx:1", first},
        {{"docker.io"}, "team/app:1", first},
        {{"docker.io"}, "docker.io/team/app:1", first},
        {{"docker.io"}, "index.docker.io/team/app:1", first},
        {{"docker.io/library"}, "nginx", first},
        {{"docker.io/team"}, "nginx", none},
        {{"index.docker.io"}, "nginx:1", first},
        {{"index.docker.io"}, "docker.io/team/app:1", first},
        {{"index.docker.io"}, "index.docker.io/team/app:1", first},
        {{"index.docker.io"}, "localhost/a", first},
        {{"index.docker.io"}, "localhost:5000/a", none},
        {{"index.docker.io/team"}, "team/app", none},
        {{"https://index.docker.io/v1/"}, "nginx:1", first},
        {{"https://index.docker.io/v1"}, "nginx:1", none},
        {{"https://index.docker.io/v2/"}, "team/app:1", first},
        {{"https://index.docker.io/v1/", "docker.io"}, "nginx", {1}},
        {{"hub.docker.com"}, "team/app:1", none},
        {{"registry-1.docker.io"}, "team/app:1", none},
        {{"*.docker.io"}, "nginx", none},
        {{"*.io"}, "nginx", first},
        // hosts, schemes and API paths
        {{"reg.example.com"}, "reg.example.com/a/b:1", first},
        {{"https://reg.example.com"}, "reg.example.com/a/b:1", first},
        {{"https://reg.example.com/v2/"}, "reg.example.com/a/b:1", first},
        {{"https://reg.example.com/v2"}, "reg.example.com/a/b:1", none},
        {{"https://reg.example.com/v2/a"}, "reg.example.com/a/b:1", first},
        {{"http://reg.example.com/"}, "reg.example.com/a/b:1", first},
        {{"HTTPS://reg.example.com/"}, "reg.example.com/a/b:1", none},
        {{"//reg.example.com"}, "reg.example.com/a/b:1", none},
        {{"user:secret@reg.example.com"}, "reg.example.com/a", first},
        {{"reg.example.com?a=b"}, "reg.example.com/a", first},
        {{"reg.example.com#a"}, "reg.example.com/a", first},
        {{"reg.example.com "}, "reg.example.com/a", none},
        {{"reg.example.com\n"}, "reg.example.com/a", none},
        {{"reg.example.com,other.example.com"}, "reg.example.com/a", none},
        {{"Reg.Example.com"}, "reg.example.com/a:1", none},
        {{"reg.example.com"}, "Reg.Example.com/a:1", none},
        {{"Reg.Example.com"}, "Reg.Example.com/a:1", first},
        {{"reg.example.com."}, "reg.example.com/a", none},
        {{"registry"}, "registry/a:1", none},
        {{""}, "reg.example.com/a", none},
        // ports
        {{"reg.example.com:443"}, "reg.example.com/a/b:1", none},
        {{"reg.example.com"}, "reg.example.com:443/a/b:1", none},
        {{"reg.example.com:"}, "reg.example.com/a", first},
        {{"reg.example.com:5000"}, "reg.example.com:5000/a/b:1", first},
        {{"reg.example.com:05000"}, "reg.example.com:5000/a/b:1", none},
        {{"reg.example.com:https"}, "reg.example.com/a", none},
        {{"registry:5000"}, "registry:5000/a:1", first},
        {{"localhost:5000"}, "localhost:5000/a:1", first},
        {{"localhost"}, "localhost/a:1", first},
        // addresses
        {{"10.0.0.5"}, "10.0.0.5/a:1", first},
        {{"10.0.0.5:5000"}, "10.0.0.5:5000/a:1", first},
        {{"10.0.*.5:5000"}, "10.0.0.5:5000/a:1", first},
        {{"[fd00::5]:5000"}, "[fd00::5]:5000/a:1", first},
        {{"[fd00::5]"}, "[fd00::5]/a:1", none},
        {{"*"}, "[fd00::5]/a:1", first},
        {{"*:5000"}, "[fd00::5]:5000/a:1", first},
        {{"fd00::5"}, "[fd00::5]/a:1", none},
        {{"[fd00::5%25eth0]:5000"}, "[fd00::5]:5000/a:1", none},
        {{"[fd00::A]"}, "A/b", first},
        {{"*]:"}, "[::]/a", none},
        // paths
        {{"reg.example.com/a"}, "reg.example.com/a/b:1", first},
        {{"reg.example.com/a"}, "reg.example.com/b/b:1", none},
        {{"reg.example.com/a"}, "reg.example.com/ab", first},
        {{"reg.example.com/a/"}, "reg.example.com/ab", none},
        {{"reg.example.com/a/"}, "reg.example.com/a/b", first},
        {{"reg.example.com/a/b:1"}, "reg.example.com/a/b:1", none},
        {{"reg.example.com/*"}, "reg.example.com/a", none},
        {{"reg.example.com/%61"}, "reg.example.com/a", first},
        {{"reg.example.com/%zz"}, "reg.example.com/a", none},
        {{"reg.example.com/%2561"}, "reg.example.com/a", first},
        {{"reg.example.com/a%3Fb"}, "reg.example.com/a", first},
        {{"reg.example.com:5000/team"}, "reg.example.com:5000/team/a", first},
        // wildcards
        {{"*.example.com"}, "reg.example.com/a:1", first},
        {{"*.example.com"}, "a.reg.example.com/a:1", none},
        {{"*.example.com"}, "example.com/a", none},
        {{"*.*.com"}, "reg.example.com/a", first},
        {{"reg-*.example.com/team"}, "reg-1.example.com/team/a", first},
        {{"r*g*.example.com"}, "registry.example.com/a", first},
        {{"r*x*.example.com"}, "registry.example.com/a", none},
        {{"*"}, "reg.example.com/a:1", none},
        {{"*"}, "localhost/a", first},
        {{"?eg.example.com"}, "reg.example.com/a", none},
        {{"[r]eg.example.com"}, "reg.example.com/a", none},
        // order
        {{"reg.example.com", "reg.example.com/a"}, "reg.example.com/a/b", {1, 0}},
        {{"reg.example.com", "reg.example.com/b", "reg.example.com/a"}, "reg.example.com/a/b", {2, 0}},
        {{"*.example.com", "reg.example.com"}, "reg.example.com/a", {1, 0}},
        {{"*.example.com/a/b", "reg.example.com"}, "reg.example.com/a/b", {1, 0}},
        {{"reg.example.com", "https://reg.example.com/v1/"}, "reg.example.com/a", {0, 1}},
        {{"https://reg.example.com", "other.example.com", "reg.example.com"}, "reg.example.com/a", {0, 2}},
    };
}

}  // namespace tcr::test
