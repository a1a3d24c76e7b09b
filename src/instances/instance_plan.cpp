// SPDX-License-Identifier: Apache-2.0
#include "instance_plan.hpp"

#include <algorithm>

namespace tcr::instances
{
namespace
{

bool is_word(std::string const& domain)
{
    return domain == "public" || domain == "vpc" || domain == "custom";
}

}  // namespace

bool needs_names(instance const& of)
{
    return std::any_of(of.domains.begin(), of.domains.end(), is_word);
}

std::vector<controller::image_pull_secret> image_pull_secrets_of(
    instance const& of, credentials::instance_names const& names
)
{
    std::vector<controller::image_pull_secret> made;
    auto const add = [&](std::string const& suffix, std::string const& server)
    {
        auto const is_same = [&](auto const& each) { return each.spec.server == server; };
        if (server.empty() || std::any_of(made.begin(), made.end(), is_same))
            return;
        auto& object = made.emplace_back();
        object.name = of.id.id + "-" + suffix;
        // The server may have a port and a path, but the name of an object cannot contain ":" and "/".
        auto const is_separator = [](char c) { return c == ':' || c == '/'; };
        std::replace_if(object.name.begin(), object.name.end(), is_separator, '-');
        object.instance = of.id.id;
        object.spec = of.spec;
        object.spec.server = server;
        if (auto& source = object.spec.tcr)
        {
            source->registry_id = of.id.id;
            source->region = of.id.region;
        }
    };
    for (auto const& domain : of.domains)
    {
        if (domain == "public")
            add("public", names.public_domain);
        else if (domain == "vpc")
            add("vpc", names.vpc_domain);
        else if (domain == "custom")
            for (auto const& custom : names.custom_domains)
                add(custom, custom);
        else
            add(domain, domain);
    }
    return made;
}

managed_objects classify_managed(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& unknown,
    controller::catalog const& present
)
{
    std::set<std::string_view> names;
    for (auto const& object : desired)
        names.insert(object.name);
    managed_objects managed;
    for (auto const& [name, entry] : present)
    {
        if (entry.cr.instance.empty())
            continue;
        auto& fitting = names.contains(name)                  ? managed.listed
                        : unknown.contains(entry.cr.instance) ? managed.unknown
                                                              : managed.unlisted;
        fitting.insert(name);
    }
    return managed;
}

std::vector<instance_action> plan_instances(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& removals,
    controller::catalog const& present
)
{
    using kind = instance_action::kind;
    std::vector<instance_action> actions;
    for (auto const& object : desired)
    {
        auto const* entry = present.find(object.name);
        if (entry == nullptr)
            actions.push_back({kind::create, object, 0});
        else if (entry->cr.instance.empty())
            actions.push_back({kind::report, object, 0});
        else if (entry->cr.spec != object.spec || entry->cr.instance != object.instance)
            actions.push_back({kind::update, object, 0});
    }
    for (auto const& name : removals)
    {
        controller::image_pull_secret gone;
        gone.name = name;
        actions.push_back({kind::remove, gone, present.find(name)->cr.resource_version});
    }
    return actions;
}

}  // namespace tcr::instances
