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

controller::image_pull_secret cr_of(instance const& of, std::string const& suffix, std::string const& server)
{
    controller::image_pull_secret cr;
    cr.name = of.id.id + "-" + suffix;
    // A name cannot contain the colon before a port.
    std::replace(cr.name.begin(), cr.name.end(), ':', '-');
    cr.instance = of.id.id;
    auto& spec = cr.spec;
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
        return cr;
    }
    spec.username = of.username;
    spec.password = of.password;
    spec.password_from = of.password_from;
    return cr;
}

}  // namespace

bool needs_names(instance const& of)
{
    return std::any_of(of.domains.begin(), of.domains.end(), is_word);
}

std::vector<controller::image_pull_secret> crs_of(
    instance const& of, credentials::instance_names const& names
)
{
    std::vector<controller::image_pull_secret> crs;
    auto const add = [&](std::string const& suffix, std::string const& server)
    {
        bool const is_there =
            std::any_of(crs.begin(), crs.end(), [&](auto const& each) { return each.spec.server == server; });
        if (!server.empty() && !is_there)
            crs.push_back(cr_of(of, suffix, server));
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
    return crs;
}

bool instance_action::operator==(instance_action const& other) const
{
    return what == other.what && cr.name == other.cr.name && cr.spec == other.cr.spec &&
           cr.instance == other.cr.instance && resource_version == other.resource_version;
}

made_objects made_from(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
)
{
    std::set<std::string_view> names;
    for (auto const& cr : wanted)
        names.insert(cr.name);
    made_objects made;
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
    for (auto const& cr : wanted)
    {
        auto const* entry = present.find(cr.name);
        if (entry == nullptr)
            actions.push_back({kind::create, cr, 0});
        else if (entry->cr.instance.empty())
            actions.push_back({kind::report, cr, 0});
        else if (entry->cr.spec != cr.spec || entry->cr.instance != cr.instance)
            actions.push_back({kind::update, cr, 0});
    }
    for (auto const& name : made_from(wanted, unknown, present).unlisted)
    {
        controller::image_pull_secret gone;
        gone.name = name;
        actions.push_back({kind::remove, gone, present.find(name)->cr.resource_version});
    }
    return actions;
}

}  // namespace tcr::instances
