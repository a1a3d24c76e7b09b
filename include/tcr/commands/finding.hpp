// SPDX-License-Identifier: Apache-2.0
#pragma once

// One result of a command, as a sentence.

#include <algorithm>
#include <string>
#include <vector>

namespace tcr::commands
{

/// A login that kubelet tries for an image.
struct image_login
{
    std::string secret;     ///< name of the Secret
    std::string key;        ///< the login's key in `auths`, in kubelet's normal form
    bool is_empty = false;  ///< the login has neither user name nor password

    bool operator==(image_login const&) const = default;
};

/// Additional data of a finding about an image of a pod.
struct image_finding
{
    std::string image;       ///< as the pod spells it; empty: the finding is not about an image
    std::string repository;  ///< the name for lookups of logins; empty: kubelet refuses the image name
    std::vector<image_login> logins;  ///< in the order in which kubelet tries them

    bool operator==(image_finding const&) const = default;
};

struct finding
{
    enum class level
    {
        ok,      ///< as it should be
        info,    ///< neither good nor bad
        problem  ///< can prevent a pull
    };

    level what = level::info;
    std::string text;
    std::string advice = {};             ///< what the user should do; may be empty
    std::string ns = {};                 ///< name of the namespace; only `explain_cluster` sets it
    std::string image_pull_secret = {};  ///< name of the ImagePullSecret; only `explain_cluster` sets it
    std::string missing_right = {};      ///< the right that the user lacks, for `kubectl auth can-i`
    image_finding image = {};

    bool operator==(finding const&) const = default;
};

/// Whether any finding is a problem.
inline bool has_problem(std::vector<finding> const& findings)
{
    return std::ranges::any_of(
        findings, [](auto const& each) { return each.what == finding::level::problem; }
    );
}

}  // namespace tcr::commands
