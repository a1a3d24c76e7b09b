// SPDX-License-Identifier: Apache-2.0
#include "cloud_access.hpp"

#include "temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>

namespace cloud_access_test
{

BOOST_AUTO_TEST_SUITE(cloud_access)

BOOST_AUTO_TEST_CASE(a_ca_file_without_a_certificate_is_refused)
{
    tcr::test::temporary_folder const folder;
    tcr::app::cloud_command command;
    boost::asio::io_context loop;
    tcr::logger log(stderr);
    for (auto const* content : {"", "\n", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"})
    {
        command.ca_file = folder.write("ca.crt", content);
        auto const made = tcr::app::cloud_access::make(loop.get_executor(), command, log);
        BOOST_TEST_REQUIRE(!made, "'" << content << "'");
        auto const message = made.error().message();
        BOOST_TEST(message.starts_with("--cloud-ca-file " + command.ca_file.string()), message);
        BOOST_TEST(message.ends_with("; write a CA certificate into it as PEM text"), message);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cloud_access_test
