// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include <tcr/util/small_file.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace small_file_test
{

using tcr::read_small_file;
namespace errors = boost::system::errc;

BOOST_FIXTURE_TEST_SUITE(small_files, tcr::test::temporary_folder)

BOOST_AUTO_TEST_CASE(a_file_up_to_the_limit_is_read_whole)
{
    for (std::size_t size : {0u, 1u, 16384u, 1u << 20})
    {
        std::string const content(size, 'x');
        write("file", content);
        BOOST_TEST((read_small_file(folder / "file", "config").value() == content));
    }
}

BOOST_AUTO_TEST_CASE(a_larger_file_is_refused)
{
    write("file", std::string((1u << 20) + 1, 'x'));
    auto const read = read_small_file(folder / "file", "config a.yaml");
    BOOST_TEST_REQUIRE(read.has_error());
    BOOST_TEST(read.error().message() == "config a.yaml is larger than 1 MiB; give the right file");
    BOOST_TEST((read.error().code == errors::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_a_folder_are_refused)
{
    auto const missing = read_small_file(folder / "none", "config none");
    BOOST_TEST(missing.error().message() == "config none does not exist; create it or correct the path");
    BOOST_TEST((missing.error().code == errors::no_such_file_or_directory));
    auto const unusable = read_small_file(folder, "config here");
    BOOST_TEST(unusable.error().message() == "config here is not a regular file; give the path of one");
    BOOST_TEST((unusable.error().code == errors::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace small_file_test
