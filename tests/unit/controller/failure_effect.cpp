// SPDX-License-Identifier: Apache-2.0
#include "failure_effect.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/net/errc.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

namespace failure_policy_test
{

using namespace std::chrono_literals;
using tcr::error;
using tcr::controller::effect_of;
using tcr::kube::errc;
using tcr::runtime::push_back;
using end = tcr::runtime::work_outcome::end;

std::string_view reason_of(boost::system::error_code code)
{
    auto const effect = effect_of(error(code));
    BOOST_TEST((effect.how == end::failed));
    return effect.reason;
}

BOOST_AUTO_TEST_SUITE(failure_effects)

BOOST_AUTO_TEST_CASE(failures_have_reasons)
{
    BOOST_TEST(reason_of(errc::already_exists) == "Conflict");
    BOOST_TEST(reason_of(errc::quota_exceeded) == "QuotaExceeded");
    BOOST_TEST(reason_of(errc::forbidden) == "Forbidden");
    BOOST_TEST(reason_of(errc::invalid) == "Invalid");
    BOOST_TEST(reason_of(errc::too_many_requests) == "TooManyRequests");
    BOOST_TEST(reason_of(errc::unavailable) == "ServerUnavailable");
    BOOST_TEST(reason_of(errc::internal_error) == "ServerUnavailable");
    BOOST_TEST(reason_of(tcr::net::errc::timed_out) == "ServerUnavailable");
    BOOST_TEST(reason_of(boost::asio::error::connection_refused) == "ServerUnavailable");
    BOOST_TEST(reason_of(errc::unauthorized) == "Failed");
}

BOOST_AUTO_TEST_CASE(without_leadership_the_run_is_interrupted_and_nothing_is_reported)
{
    for (boost::system::error_code const code :
         {make_error_code(tcr::net::errc::gate_closed),
          boost::system::error_code(boost::asio::error::operation_aborted)})
    {
        auto const effect = effect_of(error(code));
        BOOST_TEST((effect.how == end::interrupted));
        BOOST_TEST(effect.ends_run);
        BOOST_TEST(effect.reason.empty());
        BOOST_TEST((effect.pushed_back == push_back::none));
    }
}

BOOST_AUTO_TEST_CASE(in_a_deleted_or_terminating_namespace_nothing_has_failed)
{
    auto const terminating = effect_of(error(errc::namespace_terminating));
    BOOST_TEST(!terminating.how.has_value());
    BOOST_TEST(terminating.ends_run);
    BOOST_TEST(terminating.reason.empty());
    auto const deleted = effect_of(error(errc::not_found));
    BOOST_TEST(!deleted.how.has_value());
    BOOST_TEST(!deleted.ends_run);
    BOOST_TEST(deleted.reason.empty());
}

BOOST_AUTO_TEST_CASE(a_conflict_is_not_reported)
{
    auto const effect = effect_of(error(errc::conflict));
    BOOST_TEST((effect.how == end::conflicted));
    BOOST_TEST(!effect.ends_run);
    BOOST_TEST(effect.reason.empty());
}

BOOST_AUTO_TEST_CASE(only_an_overloaded_server_ends_the_run)
{
    BOOST_TEST(effect_of(error(errc::too_many_requests)).ends_run);
    for (auto const code : {errc::forbidden, errc::quota_exceeded, errc::unavailable, errc::internal_error})
        BOOST_TEST(!effect_of(error(code)).ends_run);
}

BOOST_AUTO_TEST_CASE(flow_control_differs_from_a_suspected_overload)
{
    auto const pushed_back = [](error const& failure) { return effect_of(failure).pushed_back; };
    BOOST_TEST((pushed_back(error(errc::too_many_requests)) == push_back::asked));
    BOOST_TEST((pushed_back(error(errc::unavailable, "no", 1000ms)) == push_back::asked));
    BOOST_TEST((pushed_back(error(errc::unavailable)) == push_back::suspected));
    BOOST_TEST((pushed_back(error(tcr::net::errc::timed_out)) == push_back::suspected));
    BOOST_TEST((pushed_back(error(errc::forbidden)) == push_back::none));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_denies_a_request_does_not_push_back)
{
    std::string const text = "admission webhook \"w.example.com\" denied the request: later";
    for (auto const code : {errc::too_many_requests, errc::unavailable})
        BOOST_TEST((effect_of(error(code, text, 1000ms)).pushed_back == push_back::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace failure_policy_test
