// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/lease.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace lease_test
{

namespace json = boost::json;
using tcr::runtime::lease;
using tcr::runtime::lease_body;
using tcr::runtime::lease_patch;
using tcr::runtime::parse_lease;

lease sample()
{
    lease record;
    record.holder = "pod_uid";
    record.duration = std::chrono::seconds(15);
    record.acquire_time = "2026-11-24T20:00:00.000001Z";
    record.renew_time = "2026-11-24T20:00:02.000001Z";
    record.transitions = 3;
    record.resource_version = 42;
    return record;
}

BOOST_AUTO_TEST_SUITE(lease_object)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back)
{
    auto body = json::parse(lease_body("ns", "name", sample())).as_object();
    BOOST_TEST(body["apiVersion"].as_string() == "coordination.k8s.io/v1");
    BOOST_TEST(body["kind"].as_string() == "Lease");
    auto& metadata = body["metadata"].as_object();
    BOOST_TEST(metadata["namespace"].as_string() == "ns");
    BOOST_TEST(metadata["name"].as_string() == "name");
    metadata["resourceVersion"] = "42";
    auto const read = parse_lease(json::serialize(body));
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((*read == sample()));
}

BOOST_AUTO_TEST_CASE(a_patch_has_its_precondition)
{
    auto const patch = json::parse(lease_patch(sample()));
    BOOST_TEST(patch.at("metadata").at("resourceVersion").as_string() == "42");
    BOOST_TEST(patch.at("spec").at("holderIdentity").as_string() == "pod_uid");
    BOOST_TEST(patch.at("spec").at("leaseDurationSeconds").as_int64() == 15);
}

BOOST_AUTO_TEST_CASE(a_released_lease_has_no_holder_and_expires_soon)
{
    auto const given_up = tcr::runtime::released(sample(), "bye");
    BOOST_TEST(given_up.holder == "");
    BOOST_TEST(given_up.duration.count() == 1);
    BOOST_TEST(given_up.renew_time == "bye");
    BOOST_TEST(given_up.resource_version == 42u);
    BOOST_TEST(given_up.transitions == 3);
}

BOOST_AUTO_TEST_CASE(missing_fields_are_an_unheld_lease)
{
    for (auto const* text :
         {R"({"metadata":{"resourceVersion":"7"}})",
          R"({"metadata":{"resourceVersion":"7"},"spec":null})",
          R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":null,"leaseTransitions":"x"}})"})
    {
        auto const read = parse_lease(text);
        BOOST_REQUIRE(read.has_value());
        BOOST_TEST(read->holder == "");
        BOOST_TEST(read->duration.count() == 0);
        BOOST_TEST(read->resource_version == 7u);
    }
}

BOOST_AUTO_TEST_CASE(other_answers_are_refused)
{
    for (auto const* text :
         {"", "[]", "{}", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":"x"}})", "{"})
    {
        auto const read = parse_lease(text);
        BOOST_REQUIRE(read.has_error());
        BOOST_TEST((read.error().code == tcr::kube::errc::bad_answer));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace lease_test
