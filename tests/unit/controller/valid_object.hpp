// SPDX-License-Identifier: Apache-2.0
#pragma once

// An ImagePullSecret that satisfies all rules.

#include <tcr/controller/image_pull_secret.hpp>

#include <string>
#include <utility>

namespace tcr::controller
{

inline image_pull_secret sample(std::string name = "sample")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.spec.server = "x.y";
    cr.spec.username = "user";
    cr.spec.password = "first.password";
    return cr;
}

}  // namespace tcr::controller
