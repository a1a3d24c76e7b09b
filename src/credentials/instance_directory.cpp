// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/registry/errc.hpp>

namespace tcr::credentials
{

std::vector<std::string> instance_names::all() const
{
    std::vector<std::string> names;
    for (auto const* each : {&public_domain, &vpc_domain})
        if (!each->empty())
            names.push_back(*each);
    names.insert(names.end(), custom_domains.begin(), custom_domains.end());
    return names;
}

std::string vpc_domain_of(std::string_view public_domain)
{
    auto const dot = public_domain.find('.');
    if (dot == std::string_view::npos || dot == 0)
        return {};
    return std::string(public_domain.substr(0, dot)).append("-vpc").append(public_domain.substr(dot));
}

task<result<instance_names>> instance_directory::names(
    registry::instance_id of, std::chrono::steady_clock::duration age
)
{
    auto const now = std::chrono::steady_clock::now();
    if (auto const known = known_.find(of); known != known_.end() && now - known->second.asked_at <= age)
        co_return known->second.names;
    auto facts = co_await cloud_.describe_instance(of);
    if (!facts)
        co_return facts.error();
    // The answer may lack a domain that exists. So an answer without a domain is an error.
    if (facts->public_domain.empty())
        co_return error(registry::errc::bad_answer, "the API returned no domain of instance " + of.id);
    auto domains = co_await cloud_.custom_domains(of);
    if (!domains)
        co_return domains.error();
    instance_names found;
    found.public_domain = facts->public_domain;
    found.vpc_domain = vpc_domain_of(facts->public_domain);
    for (auto const& each : *domains)
        if (each.status != "DELETING")
            found.custom_domains.push_back(each.name);
    auto& known = known_[of];
    known.names = found;
    known.asked_at = now;
    co_return found;
}

}  // namespace tcr::credentials
