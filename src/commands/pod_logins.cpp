// SPDX-License-Identifier: Apache-2.0
#include <tcr/commands/pod_logins.hpp>

#include <utility>

namespace tcr::commands
{

pod_logins::pod_logins(pod_facts const& pod, namespace_facts const& facts)
{
    for (auto const& name : pod.references)
    {
        has_unchecked_secret_ = has_unchecked_secret_ || facts.unchecked_secrets.contains(name);
        auto const found = facts.secrets.find(name);
        if (found == facts.secrets.end())
            continue;
        if (!found->second.problem.empty())
            unusable_secret_ = name;
        for (auto const& [key, is_empty] : found->second.logins)
            if (keyring_.add(key, logins_.size()))
                logins_.push_back({name, kube::normal_registry_key(key).value_or(""), is_empty});
    }
}

std::vector<image_login> pod_logins::lookup(std::string_view repository) const
{
    std::vector<image_login> found;
    for (auto const number : keyring_.lookup(repository))
        found.push_back(logins_[number]);
    return found;
}

bool is_login_for(std::string_view key, std::string_view repository)
{
    kube::image_keyring keyring;
    keyring.add(key, 0);
    return !keyring.lookup(repository).empty();
}

}  // namespace tcr::commands
