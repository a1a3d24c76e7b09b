// SPDX-License-Identifier: Apache-2.0

// The API server is upgraded and rolled back under a running controller.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include "harness/tcp_proxy.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>

namespace
{

using namespace tcr::test;
using std::chrono::seconds;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

/// Creates namespaces all the time, also while the API server is stopped.
class namespace_maker
{
public:
    explicit namespace_maker(fixture& objects)
        : prefix_(objects.fresh_name()),
          thread_(objects.control_plane.kubeconfig(), [this](cluster& api) { step(api); })
    {
    }

    /// The names of all namespaces that the API server has accepted.
    std::vector<std::string> made() const
    {
        std::scoped_lock const lock(mutex_);
        return made_;
    }

    void stop() { BOOST_TEST(thread_.stop() == ""); }

private:
    void step(cluster& api)
    {
        auto const name = prefix_ + "-" + std::to_string(next_);
        try
        {
            api.create(namespaces, {}, namespace_body(name));
        }
        catch (boost::system::system_error const&)
        {
            // The API server is stopped or starting. It may have stored the namespace and lost the answer.
            let_pass(std::chrono::milliseconds(200));
            if (!is_there(api, name))
                return;
        }
        ++next_;
        std::scoped_lock const lock(mutex_);
        made_.push_back(name);
        let_pass(std::chrono::milliseconds(100));
    }

    static bool is_there(cluster& api, std::string const& name)
    {
        try
        {
            return api.find(namespaces, {}, name).has_value();
        }
        catch (boost::system::system_error const&)
        {
            return false;
        }
    }

    std::string prefix_;
    std::size_t next_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> made_;
    background thread_;
};

struct upgrade : fixture
{
    verdict all_served(std::vector<std::string> const& where)
    {
        for (auto const& ns : where)
            if (auto const is = served(ns, cr); !is)
                return is;
        return true;
    }

    void upgrade_to(std::string const& version)
    {
        control_plane.run({"upgrade", version});
        auto const answer = control_plane.kubectl({"get", "--raw", "/version"});
        BOOST_TEST_REQUIRE(contains(answer, "\"gitVersion\": \"v" + version + "."), answer);
    }

    /// Waits until the maker has made some more namespaces, and until all of them are served.
    void must_serve_more(namespace_maker const& maker, std::string const& when)
    {
        auto const before = maker.made().size();
        BOOST_TEST_REQUIRE(
            eventually(
                [&] { return maker.made().size() >= before + 5 ? verdict(true) : wrong("too few"); },
                seconds(60)
            ),
            when
        );
        auto const where = maker.made();
        BOOST_TEST_REQUIRE(eventually([&] { return all_served(where); }, seconds(60)), when);
    }

    spec cr = make({});
};

BOOST_FIXTURE_TEST_SUITE(servers, upgrade)

BOOST_AUTO_TEST_CASE(upgrades_and_rollbacks_lose_nothing)
{
    auto const pid = controller.pid();
    upgrade_to("1.34");
    namespace_maker maker(*this);
    must_serve_more(maker, "1.34");
    for (auto const* version : {"1.36", "1.37", "1.36", "1.34"})
    {
        upgrade_to(version);
        must_serve_more(maker, version);
    }
    maker.stop();
    BOOST_TEST(controller.pid() == pid);
    BOOST_TEST(eventually([&] { return all_served(maker.made()); }));
}

BOOST_AUTO_TEST_CASE(servers_of_two_versions_behind_one_address_are_served)
{
    upgrade_to("1.34");
    tcp_proxy both({control_plane.apiserver_port(), control_plane.start_apiserver("newer", 0, "1.36")});
    controller.stop();
    controller.use_server_port(both.port());
    controller.start();
    namespace_maker maker(*this);
    for (int i = 0; i < 3; ++i)
    {
        must_serve_more(maker, "two servers");
        // The next connections go to the other server.
        both.cut();
        both.heal();
    }
    maker.stop();
    BOOST_TEST(eventually([&] { return all_served(maker.made()); }));
    controller.stop();
    controller.use_server_port(0);
    controller.start();
    control_plane.stop_apiserver("newer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
