// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lists of references of which the store keeps only the controller's own entries, or none.

#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::test
{

/// A list that keeps only the names with the prefix `tcr.ips`. The store keeps only these names of a list
/// that is too long.
inline runtime::reference_list own_references(std::vector<std::string> const& names)
{
    runtime::reference_list list("tcr.ips");
    auto const add = [&](std::string const& name)
    {
        list.add_entry();
        list.name_piece(name, true);
    };
    add(std::string(runtime::reference_list::max_whole_bytes + 1, 'x'));
    for (auto const& name : names)
        add(name);
    list.finish();
    return list;
}

/// A list of 32 KiB. Lists with different numbers differ.
inline runtime::reference_list long_list(int number)
{
    std::vector<std::string> names;
    for (int i = 0; i < 128; ++i)
        names.push_back("tcr.ips" + std::string(238, 'a') + std::to_string(1'000 * number + i));
    return names;
}

/// Puts an account into the store, which has no room for its list (`list_extent::unread`).
inline void put_unread_account(
    runtime::cluster_store& store, std::string_view ns, std::string_view account, std::uint64_t version
)
{
    for (int i = 1; i < 70; ++i)
        store.put_account("other", std::to_string(i), 1, long_list(i));
    store.put_account(ns, account, version, long_list(0));
    auto const kept = store.find_account(*store.find_namespace(ns), account);
    BOOST_TEST_REQUIRE((kept && kept->extent == runtime::list_extent::unread));
}

}  // namespace tcr::test
