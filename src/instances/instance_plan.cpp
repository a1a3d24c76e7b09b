#include <tcr/instances/instance_plan.hpp>

#include <algorithm>

namespace tcr::instances
{
namespace
{

bool is_word(std::string const& domain)
{
    return domain == "public" || domain == "vpc" || domain == "custom";
}

controller::image_pull_secret image_pull_secret_of(
    instance const& of, std::string const& suffix, std::string const& server
)
{
    controller::image_pull_secret object;
    object.name = of.id.id + "-" + suffix;
    // A name cannot contain the colon before a port.
    std::replace(object.name.begin(), object.name.end(), ':', '-');
    object.instance = of.id.id;
    auto& spec = object.spec;
    spec.namespaces = of.namespaces.empty() ? "*" : of.namespaces;
    spec.service_accounts = of.service_accounts.empty() ? "*" : of.service_accounts;
    spec.excluded_namespaces = of.excluded_namespaces;
    spec.server = server;
    if (of.credential == credential_kind::tcr)
    {
        auto& source = spec.tcr.emplace();
        source.registry_id = of.id.id;
        source.region = of.id.region;
        source.token_type = of.token_type;
        return object;
    }
    spec.username = of.username;
    spec.password = of.password;
    spec.password_from = of.password_from;
    return object;
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
        bool const is_there = std::any_of(
            made.begin(), made.end(), [&](auto const& each) { return each.spec.server == server; }
        );
        if (!server.empty() && !is_there)
            made.push_back(image_pull_secret_of(of, suffix, server));
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

bool instance_action::operator==(instance_action const& other) const
{
    return what == other.what && object.name == other.object.name && object.spec == other.object.spec &&
           object.instance == other.object.instance && resource_version == other.resource_version;
}

managed_objects classify_managed(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
)
{
    std::set<std::string_view> names;
    for (auto const& object : wanted)
        names.insert(object.name);
    managed_objects made;
    for (auto const& [name, entry] : present)
    {
        if (entry.cr.instance.empty())
            continue;
        auto& fitting = names.contains(name)                  ? made.listed
                        : unknown.contains(entry.cr.instance) ? made.unknown
                                                              : made.unlisted;
        fitting.insert(name);
    }
    return made;
}

std::vector<instance_action> plan_instances(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
)
{
    using kind = instance_action::kind;
    std::vector<instance_action> actions;
    for (auto const& object : wanted)
    {
        auto const* entry = present.find(object.name);
        if (entry == nullptr)
            actions.push_back({kind::create, object, 0});
        else if (entry->cr.instance.empty())
            actions.push_back({kind::report, object, 0});
        else if (entry->cr.spec != object.spec || entry->cr.instance != object.instance)
            actions.push_back({kind::update, object, 0});
    }
    for (auto const& name : classify_managed(wanted, unknown, present).unlisted)
    {
        controller::image_pull_secret gone;
        gone.name = name;
        actions.push_back({kind::remove, gone, present.find(name)->cr.resource_version});
    }
    return actions;
}

}  // namespace tcr::instances
