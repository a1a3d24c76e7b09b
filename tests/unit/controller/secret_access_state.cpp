// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/secret_access_state.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace secret_access_state_test
{

using namespace std::chrono_literals;
using namespace tcr::controller;
using time_point = secret_access_state::time_point;

secret_access by_name(secret_names names)
{
    return {std::move(names), "own"};
}

/// A state with an interval of 3 s. Seconds count from the first review.
struct fixture
{
    secret_access_state state{3000ms};
    time_point const begin{1h};

    bool is_due(int seconds) const { return state.due() <= begin + std::chrono::seconds(seconds); }

    bool answer(int seconds, secret_access found, secret_names const& wanted = {})
    {
        state.begin(begin + std::chrono::seconds(seconds));
        return state.answered(std::move(found), wanted, begin + std::chrono::seconds(seconds));
    }
};

BOOST_FIXTURE_TEST_SUITE(secret_access_states, fixture)

BOOST_AUTO_TEST_CASE(the_first_review_is_due_at_once)
{
    BOOST_TEST(is_due(0));
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(!state.granted().is_by_name());
    BOOST_TEST(answer(0, {}));
    BOOST_TEST(state.is_settled());
    BOOST_TEST(!is_due(1'000));
    BOOST_TEST(!answer(5, {}));
}

BOOST_AUTO_TEST_CASE(names_are_used_at_once_at_the_start)
{
    BOOST_TEST(answer(0, by_name({"tcr.ipsa"}), {"tcr.ipsa"}));
    BOOST_TEST(state.granted().is_by_name());
    BOOST_TEST(state.is_settled());
    BOOST_TEST(!is_due(59));
    BOOST_TEST(is_due(60));
}

BOOST_AUTO_TEST_CASE(a_need_during_the_first_review_is_reviewed)
{
    state.begin(begin);
    state.need("tcr.ipsb");
    BOOST_TEST(state.answered(by_name({"tcr.ipsa"}), {"tcr.ipsb"}, begin));
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(is_due(0));
    // The next review covers the need. Until its answer, the access is not known.
    state.begin(begin);
    BOOST_TEST(!state.is_settled());
    state.answered(by_name({"tcr.ipsa", "tcr.ipsb"}), {"tcr.ipsb"}, begin);
    BOOST_TEST(state.is_settled());
}

BOOST_AUTO_TEST_CASE(all_secrets_meet_a_need_during_the_first_review)
{
    state.begin(begin);
    state.need("tcr.ipsb");
    BOOST_TEST(state.answered({}, {"tcr.ipsb"}, begin));
    BOOST_TEST(state.is_settled());
    BOOST_TEST(!is_due(1'000));
}

BOOST_AUTO_TEST_CASE(an_access_that_is_lacking_is_asked_for_at_intervals)
{
    answer(0, by_name({"tcr.ipsa"}), {"tcr.ipsa", "tcr.ipsb"});
    BOOST_TEST(!is_due(3));
    BOOST_TEST(is_due(4));
    BOOST_TEST(answer(4, by_name({"tcr.ipsa", "tcr.ipsb"}), {"tcr.ipsa", "tcr.ipsb"}));
    BOOST_TEST(!is_due(63));
}

BOOST_AUTO_TEST_CASE(a_new_need_is_asked_for_at_once)
{
    answer(0, by_name({"tcr.ipsa"}));
    state.need("tcr.ipsa");
    BOOST_TEST(state.is_settled());
    BOOST_TEST(!is_due(2));
    state.need("tcr.ipsb");
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(is_due(0));
    // Another need comes during the review.
    state.begin(begin + 1s);
    state.need("tcr.ipsc");
    state.answered(by_name({"tcr.ipsa"}), {"tcr.ipsb"}, begin + 1s);
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(is_due(1));
}

BOOST_AUTO_TEST_CASE(refusals_are_limited)
{
    state.refused();
    BOOST_TEST(is_due(0));
    answer(0, {});
    state.refused();
    state.refused();
    BOOST_TEST(!is_due(0));
    BOOST_TEST(is_due(1));
}

BOOST_AUTO_TEST_CASE(a_failed_review_is_repeated)
{
    answer(0, by_name({"tcr.ipsa"}));
    state.begin(begin + 5s);
    state.failed();
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(is_due(5));
}

BOOST_AUTO_TEST_CASE(a_loss_must_be_confirmed)
{
    answer(0, {});
    state.refused();
    BOOST_TEST(!answer(2, by_name({"tcr.ipsa"})));
    BOOST_TEST(!state.granted().is_by_name());
    BOOST_TEST(!is_due(4));
    BOOST_TEST(is_due(5));
    BOOST_TEST(answer(5, by_name({"tcr.ipsa"})));
    BOOST_TEST(state.granted().is_by_name());

    BOOST_TEST(!answer(10, by_name({"tcr.ipsb"})));
    BOOST_TEST(state.granted().allows("tcr.ipsa"));
    BOOST_TEST(answer(13, by_name({"tcr.ipsb"})));
    BOOST_TEST(!state.granted().allows("tcr.ipsa"));
}

BOOST_AUTO_TEST_CASE(refusals_and_failures_do_not_confirm_a_loss)
{
    answer(0, {});
    BOOST_TEST(!answer(10, by_name({})));
    state.refused();
    BOOST_TEST(!is_due(12));
    BOOST_TEST(is_due(13));
    state.begin(begin + 13s);
    state.failed();
    BOOST_TEST(!answer(14, by_name({})));
    BOOST_TEST(!state.granted().is_by_name());
}

BOOST_AUTO_TEST_CASE(an_api_server_that_has_just_started_takes_nothing_away)
{
    answer(0, {});
    BOOST_TEST(!answer(10, by_name({})));
    BOOST_TEST(!answer(13, {}));
    // The suspicion is over: the next loss needs two answers again.
    BOOST_TEST(!answer(20, by_name({})));
    BOOST_TEST(!state.granted().is_by_name());
}

BOOST_AUTO_TEST_CASE(no_access_at_the_start_must_be_confirmed)
{
    BOOST_TEST(!answer(0, by_name({})));
    BOOST_TEST(!state.is_settled());
    BOOST_TEST(is_due(3));
    BOOST_TEST(answer(3, by_name({})));
    BOOST_TEST(state.is_settled());
    BOOST_TEST(state.granted().is_by_name());
}

BOOST_AUTO_TEST_CASE(all_secrets_in_place_of_names_is_a_gain)
{
    answer(0, by_name({"tcr.ipsa"}));
    BOOST_TEST(answer(5, {}));
    BOOST_TEST(!state.granted().is_by_name());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace secret_access_state_test
