// SPDX-License-Identifier: Apache-2.0
#include "webhook_fixture.hpp"

#include "text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <exception>

namespace tcr::test
{

webhook_fixture::webhook_fixture() : fixture(without_controller)
{
    controller.use_webhooks();
}

webhook_fixture::~webhook_fixture()
{
    try
    {
        if (controller.is_running())
            controller.stop();
        control_plane.run({"webhooks", "remove"});
    }
    catch (std::exception const& e)
    {
        BOOST_ERROR(e.what());
    }
}

verdict webhook_fixture::is_ready()
{
    auto const answer = controller.health("/readyz");
    return answer.status == 200u ? verdict(true) : wrong(answer.body);
}

void webhook_fixture::wait_for_references_at_creation(
    std::string const& ns, std::vector<std::string> const& expected
)
{
    auto const have_them = [&]() -> verdict
    {
        auto const listed = references_of(*api.try_to_create(accounts, ns, account_body("tried")));
        return listed == expected ? verdict(true) : wrong("created with " + joined(listed));
    };
    BOOST_TEST_REQUIRE(eventually(have_them));
}

double webhook_fixture::accounts_served(controller_process const& by, std::string const& when)
{
    auto const series = "tcr_assistant_serviceaccounts_served_total{when=\"" + when + "\"}";
    return std::max(0.0, value_of(by.metrics().body, series));
}

verdict webhook_fixture::knows_all_accounts(controller_process const& replica)
{
    auto const known = value_of(replica.metrics().body, "tcr_assistant_objects{kind=\"serviceaccounts\"}");
    auto const all = api.list(accounts).size();
    return known == static_cast<double>(all) ? verdict(true)
                                             : wrong(std::to_string(known) + " of " + std::to_string(all));
}

std::vector<cluster::named_body> webhook_fixture::tenant(
    std::string const& ns, std::map<std::string, std::string> const& labels
)
{
    return {
        {namespaces, {}, namespace_body(ns, labels)},
        {accounts, ns, account_body("app")},
        {pods, ns, pod_body("first", "app")}};
}

std::size_t webhook_fixture::pods_without(
    std::string const& reference, std::size_t count, std::map<std::string, std::string> const& labels
)
{
    auto const prefix = fresh_name();
    std::vector<std::vector<cluster::named_body>> chains;
    for (std::size_t i = 0; i < count; ++i)
        chains.push_back(tenant(prefix + "-" + std::to_string(i), labels));
    api.create_chains(chains);
    return remove_tenants(prefix, count, reference);
}

std::size_t webhook_fixture::remove_tenants(
    std::string const& prefix, std::size_t count, std::string const& reference
)
{
    std::size_t without = 0;
    std::size_t seen = 0;
    for (auto const& pod : api.list(pods))
    {
        if (!text_at(pod, {"metadata", "namespace"}).starts_with(prefix + "-"))
            continue;
        ++seen;
        auto const names = references_of(at(pod, {"spec"}).as_object());
        without += std::count(names.begin(), names.end(), reference) == 1 ? 0 : 1;
    }
    BOOST_TEST(seen == count);
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i)
        made.push_back(prefix + "-" + std::to_string(i));
    api.remove_all(namespaces, made);
    return without;
}

}  // namespace tcr::test
