// SPDX-License-Identifier: Apache-2.0
#include "cloud_access.hpp"

#include "temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>

namespace cloud_access_test
{

BOOST_AUTO_TEST_SUITE(cloud_access)

BOOST_AUTO_TEST_CASE(a_ca_file_without_a_certificate_is_refused)
{
    tcr::test::temporary_folder const folder;
    tcr::app::cloud_command command;
    command.ca_file = folder.folder / "ca.crt";
    boost::asio::io_context loop;
    tcr::logger log(stderr);
    for (auto const* content : {"", "\n", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"})
    {
        std::ofstream(command.ca_file) << content;
        auto const made = tcr::app::cloud_access::make(loop.get_executor(), command, log);
        BOOST_TEST_REQUIRE(!made, "'" << content << "'");
        BOOST_TEST(
            made.error().message().find("--cloud-ca-file " + command.ca_file.string()) == 0u,
            made.error().message()
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cloud_access_test
