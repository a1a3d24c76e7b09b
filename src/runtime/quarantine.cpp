// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/quarantine.hpp>
#include <tcr/util/sha256.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::runtime
{
namespace
{

/// Hash of namespace and name. The hash is cryptographic, because tenants choose the names: with a collision,
/// they could hide one object behind another.
std::uint64_t hash_of(std::string_view ns, std::string_view name)
{
    return prefix64(sha256_of(std::string(ns).append(1, '/').append(name)));
}

}  // namespace

void quarantine::add(
    std::string_view resource, std::string_view ns, std::string_view name, std::string_view problem
)
{
    ++additions_;
    auto& here = by_resource_[std::string(resource)];
    auto const hash = hash_of(ns, name);
    if (auto const before = here.remembered.find(hash); before != here.remembered.end())
    {
        before->second = here.list;
        return;
    }
    if (here.remembered.size() < max_remembered)
        here.remembered.emplace(hash, here.list);
    else
    {
        ++here.unremembered;
        ++here.unremembered_since_list;
    }
    if (auto const left_out = lines_.pass("add", line_limiter::time_point::clock::now()))
        log_.warning(
            "quarantined an object until it changes; all others are still processed",
            {{"resource", resource},
             {"namespace", printable(ns)},
             {"name", printable(name)},
             {"problem", printable(problem)},
             {"left_out", *left_out}}
        );
}

void quarantine::remove(std::string_view resource, std::string_view ns, std::string_view name)
{
    auto const known = by_resource_.find(resource);
    if (known == by_resource_.end() || known->second.remembered.empty() ||
        known->second.remembered.erase(hash_of(ns, name)) == 0)
        return;
    if (auto const left_out = lines_.pass("remove", line_limiter::time_point::clock::now()))
        log_.info(
            "released an object from quarantine",
            {{"resource", resource},
             {"namespace", printable(ns)},
             {"name", printable(name)},
             {"left_out", *left_out}}
        );
}

void quarantine::begin_list(std::string_view resource)
{
    auto& here = by_resource_[std::string(resource)];
    ++here.list;
    here.unremembered_since_list = 0;
}

void quarantine::end_list(std::string_view resource)
{
    auto& here = by_resource_[std::string(resource)];
    std::erase_if(here.remembered, [&](auto const& each) { return each.second != here.list; });
    here.unremembered = here.unremembered_since_list;
}

void quarantine::clear(std::string_view resource)
{
    auto const known = by_resource_.find(resource);
    if (known != by_resource_.end())
        by_resource_.erase(known);
}

std::size_t quarantine::size(std::string_view resource) const
{
    auto const known = by_resource_.find(resource);
    return known == by_resource_.end() ? 0 : known->second.remembered.size() + known->second.unremembered;
}

}  // namespace tcr::runtime
