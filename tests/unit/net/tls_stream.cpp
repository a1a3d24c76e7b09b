// SPDX-License-Identifier: Apache-2.0

// Tests whether an operation of a TLS stream ends after a wait. it_tls_client tests the stream itself.
#include "tls_stream.hpp"

#include <tcr/net/errc.hpp>

#include <boost/test/unit_test.hpp>

namespace tls_stream_test
{

namespace asio = boost::asio;
using boost::system::error_code;
using tcr::net::wait_error;

error_code const none;
error_code const reset = asio::error::connection_reset;
error_code const aborted = asio::error::operation_aborted;
error_code const timed_out = tcr::net::errc::timed_out;

BOOST_AUTO_TEST_SUITE(waits_of_tls_streams)

BOOST_AUTO_TEST_CASE(after_a_wait_without_error_the_operation_tries_again)
{
    BOOST_TEST(!wait_error(none, false, false, none));
    BOOST_TEST(!wait_error(none, false, true, none));
}

BOOST_AUTO_TEST_CASE(an_error_of_the_socket_ends_the_operation)
{
    BOOST_TEST(wait_error(reset, false, false, none) == reset);
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_for_a_common_read_is_a_reason_to_look)
{
    BOOST_TEST(!wait_error(aborted, false, true, none));
}

BOOST_AUTO_TEST_CASE(a_cancellation_ends_the_operation_even_if_the_wait_has_ended)
{
    for (auto const& waited : {none, reset, aborted})
        for (bool waited_for_batch : {false, true})
            BOOST_TEST(wait_error(waited, true, waited_for_batch, none) == aborted);
}

BOOST_AUTO_TEST_CASE(an_abandoned_stream_ends_every_operation_with_its_error)
{
    for (auto const& waited : {none, reset, aborted})
        for (bool is_cancelled : {false, true})
            for (bool waited_for_batch : {false, true})
                BOOST_TEST(wait_error(waited, is_cancelled, waited_for_batch, timed_out) == timed_out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tls_stream_test
