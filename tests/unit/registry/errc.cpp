// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/errc.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace errc_test
{

using namespace tcr::registry;

BOOST_AUTO_TEST_SUITE(error_codes)

BOOST_AUTO_TEST_CASE(only_temporary_errors_are_retryable)
{
    for (auto code : {errc::limited, errc::unavailable, errc::bad_answer})
        BOOST_TEST(is_retryable(code));
    for (auto code :
         {errc::no_identity,
          errc::bad_identity,
          errc::clock_skew,
          errc::forbidden,
          errc::not_found,
          errc::rejected,
          errc::unknown_token_value,
          errc::wrong_password,
          errc::no_registry})
        BOOST_TEST(!is_retryable(code));
    BOOST_TEST(is_retryable(tcr::net::errc::timed_out));
    BOOST_TEST(is_retryable(tcr::net::errc::closed));
    BOOST_TEST(is_retryable(tcr::net::errc::proxy_refused));
    BOOST_TEST(!is_retryable(tcr::net::errc::untrusted_server));
    BOOST_TEST(!is_retryable(tcr::net::errc::body_too_large));
    BOOST_TEST(is_retryable(boost::asio::error::connection_refused));
    BOOST_TEST(is_retryable(boost::asio::error::host_not_found));
    BOOST_TEST(!is_retryable(boost::asio::error::operation_aborted));
    BOOST_TEST(!is_retryable(make_error_code(boost::system::errc::invalid_argument)));
    BOOST_TEST(!is_retryable({}));
}

BOOST_AUTO_TEST_CASE(every_code_has_its_own_text)
{
    std::set<std::string> texts{"unknown"};
    for (int code = 1; code <= static_cast<int>(errc::no_registry); ++code)
        BOOST_TEST(texts.insert(category().message(code)).second, code);
    BOOST_TEST(category().message(999) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace errc_test
