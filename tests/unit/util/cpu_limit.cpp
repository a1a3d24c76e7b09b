// SPDX-License-Identifier: Apache-2.0
#include "../temporary_folder.hpp"
#include <tcr/util/cpu_limit.hpp>

#include <boost/test/unit_test.hpp>

namespace cpu_limit_test
{

using tcr::cpu_limit;

/// A folder with the same files as a cgroup file system.
struct groups : tcr::test::temporary_folder
{
    std::optional<double> limit() const { return cpu_limit(folder / "membership", folder); }
};

BOOST_FIXTURE_TEST_SUITE(limit_of_cpus, groups)

BOOST_AUTO_TEST_CASE(version_2)
{
    write("membership", "0::/kubepods/pod1/container");
    write("kubepods/pod1/container/cpu.max", "10000 100000");
    BOOST_TEST(limit().value() == 0.1);
    write("kubepods/pod1/container/cpu.max", "max 100000");
    BOOST_TEST(!limit());
}

BOOST_AUTO_TEST_CASE(version_1)
{
    write("membership", "9:name=systemd:/a\n5:cpu,cpuacct:/docker/1");
    write("cpu/docker/1/cpu.cfs_quota_us", "150000");
    write("cpu/docker/1/cpu.cfs_period_us", "100000");
    BOOST_TEST(limit().value() == 1.5);
    write("cpu/docker/1/cpu.cfs_quota_us", "-1");
    BOOST_TEST(!limit());
}

BOOST_AUTO_TEST_CASE(a_container_that_sees_its_own_group_as_the_root)
{
    write("membership", "0::/not/mounted/here");
    write("cpu.max", "5000 100000");
    BOOST_TEST(limit().value() == 0.05);
}

BOOST_AUTO_TEST_CASE(nothing_where_nothing_can_be_found)
{
    BOOST_TEST(!limit());
    write("membership", "garbage\n1:cpu:/x\n0::/");
    BOOST_TEST(!limit());
    write("cpu.max", "0 0");
    BOOST_TEST(!limit());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cpu_limit_test
