// SPDX-License-Identifier: Apache-2.0
#include "user_kubeconfig.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <optional>

namespace user_kubeconfig_test
{

using tcr::app::user_kubeconfig;

/// A home folder with a kubeconfig. No environment variable leads to another cluster. The destructor restores
/// the environment.
struct fixture
{
    fixture()
    {
        for (auto const* name : {"HOME", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
        {
            if (auto const* value = std::getenv(name))
                before[name] = value;
            else
                before[name].reset();
            unsetenv(name);
        }
        setenv("HOME", home.folder.c_str(), 1);
    }
    ~fixture()
    {
        for (auto const& [name, value] : before)
            value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }

    tcr::test::temporary_folder home;
    std::filesystem::path file = home.write(".kube/config", "");
    std::map<std::string, std::optional<std::string>> before;
};

BOOST_FIXTURE_TEST_SUITE(kubeconfig_of_a_user, fixture)

BOOST_AUTO_TEST_CASE(it_is_in_the_home_folder)
{
    auto const found = user_kubeconfig({{}, "context"});
    BOOST_TEST(found.kubeconfig == file);
    BOOST_TEST(found.context == "context");
    std::filesystem::remove(file);
    BOOST_TEST(user_kubeconfig({}).kubeconfig.empty());
}

BOOST_AUTO_TEST_CASE(other_sources_come_first)
{
    BOOST_TEST(user_kubeconfig({"given", ""}).kubeconfig == "given");
    for (auto const* name : {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
    {
        setenv(name, "somewhere", 1);
        BOOST_TEST(user_kubeconfig({}).kubeconfig.empty(), name);
        unsetenv(name);
    }
    BOOST_TEST(user_kubeconfig({}).kubeconfig == file);
    unsetenv("HOME");
    BOOST_TEST(user_kubeconfig({}).kubeconfig.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace user_kubeconfig_test
