#include "certificates.hpp"
#include "memory_log.hpp"
#include <tcr/controller/leader_session.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leader_session_test
{

namespace json = boost::json;

using namespace std::chrono_literals;
using namespace tcr;
using namespace tcr::controller;

constexpr auto patience = 10s;

/// An API server with namespace "a" and ImagePullSecret "team", which serves all namespaces. The API server
/// accepts every write and ends every watch at once.
class api_server
{
public:
    api_server(asio::io_context& loop, logger& log)
    {
        test::key_ptr const key(EVP_EC_gen("P-256"));
        auto const tls =
            *net::make_server_context(test::certificate(key.get(), -60, 3600), test::pem_of(key.get()));
        net::server_options options;
        options.tls = [tls] { return tls; };
        options.limits.body = 64 * 1024;
        net::request_handler answering = [this](auto const& request) { return answer(request); };
        server_ = std::move(*net::http_server::listen(
            loop.get_executor(), net::bind_address{"127.0.0.1", 0}, std::move(answering), log, options
        ));
    }

    task<void> run() { return server_->run(); }
    unsigned short port() const { return server_->port(); }

    /// Method and path of each write. Writes of Events are not included.
    std::vector<std::string> writes;

    std::size_t count(std::string_view write) const
    {
        return static_cast<std::size_t>(std::count(writes.begin(), writes.end(), write));
    }

private:
    net::server_response answer(net::server_request const& request)
    {
        net::server_response response;
        response.content_type = "application/json";
        if (request.method == "GET")
        {
            if (request.query.find("watch=") == std::string::npos)
                response.body = R"({"kind":"List","metadata":{"resourceVersion":"10"},"items":[)" +
                                items_of(request.path) + "]}";
            return response;
        }
        if (!request.path.ends_with("/events"))
            writes.push_back(request.method + " " + request.path);
        auto object = json::parse(request.body).as_object();
        auto& metadata = object["metadata"];
        if (!metadata.is_object())
            metadata = json::object();
        metadata.as_object()["resourceVersion"] = std::to_string(++version_);
        if (request.path.starts_with("/api/v1/namespaces/a/"))
            metadata.as_object()["namespace"] = "a";
        response.status = request.method == "POST" ? 201 : 200;
        response.body = json::serialize(object);
        return response;
    }

    static std::string items_of(std::string_view path)
    {
        if (path == "/api/v1/namespaces")
            return R"({"metadata":{"name":"a","uid":"u1","resourceVersion":"5"}})";
        if (path == "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets")
            return R"({"metadata":{"name":"team","uid":"u2","generation":1,"resourceVersion":"6"},)"
                   R"("spec":{"docker":{"server":"x.y","username":"user","password":"password"}}})";
        return {};
    }

    std::unique_ptr<net::http_server> server_;
    std::uint64_t version_ = 100;
};

/// A process whose view is synced. `lead` starts its leadership.
struct process
{
    process()
        : writes(loop.get_executor(), *client, held), view(loop.get_executor(), *client, options(), log.log)
    {
        held.hold_for_ever();
        parts.spawn(server.run());
        parts.spawn(view.run());
        BOOST_TEST_REQUIRE(eventually([this] { return view.is_synced(); }));
    }
    ~process()
    {
        end_leadership();
        end(parts);
    }
    process(process const&) = delete;
    process& operator=(process const&) = delete;

    static controller_options options()
    {
        controller_options made;
        made.tokens.own_namespace = "own";
        made.status.gather = 0ms;
        return made;
    }

    std::unique_ptr<kube::client> make_client()
    {
        kube::cluster_config config;
        config.server.host = "127.0.0.1";
        config.server.port = std::to_string(server.port());
        config.server.verify_server = config.tls.verify_server = false;
        return std::move(*kube::client::make(loop.get_executor(), config, {}));
    }

    template <class Condition>
    bool eventually(Condition is_true)
    {
        auto const deadline = std::chrono::steady_clock::now() + patience;
        while (!is_true() && std::chrono::steady_clock::now() < deadline)
            run_for(5ms);
        if (!is_true())
            BOOST_TEST_MESSAGE(log.text());
        return is_true();
    }

    void run_for(std::chrono::milliseconds time)
    {
        loop.restart();
        loop.run_for(time);
    }

    void end(task_group& group)
    {
        group.cancel();
        BOOST_TEST(eventually([&] { return group.size() == 0; }));
    }

    void lead()
    {
        session.emplace(
            loop.get_executor(),
            leader_session::dependencies{*client, writes, cloud, web, directory},
            view,
            options(),
            log.log
        );
        leading.spawn(session->run());
    }

    void end_leadership()
    {
        end(leading);
        session.reset();
    }

    task<void> drain() { co_await writes.drain(0ms); }

    leader_statistics statistics() const { return session->statistics(std::chrono::steady_clock::now()); }

    bool has_written_secret() const { return server.count("POST /api/v1/namespaces/a/secrets") > 0; }
    bool has_written_status() const { return server.count(status_patch) > 0; }

    static constexpr std::string_view status_patch =
        "PATCH /apis/tcr.tencentcloudcr.com/v1/imagepullsecrets/team/status";

    asio::io_context loop{1};
    test::memory_log log;
    api_server server{loop, log.log};
    std::unique_ptr<kube::client> client = make_client();
    runtime::leadership held;
    runtime::fenced_client writes;
    net::web_client web{loop.get_executor(), nullptr};
    registry::cloud_identity identity{web, {}, log.log, std::chrono::system_clock::now};
    registry::cloud_client cloud{web, identity, {}, std::chrono::system_clock::now};
    credentials::instance_directory directory{cloud};
    cluster_view view;
    std::optional<leader_session> session;
    task_group parts{loop.get_executor()};
    task_group leading{loop.get_executor()};
};

BOOST_FIXTURE_TEST_SUITE(leader_sessions, process)

BOOST_AUTO_TEST_CASE(a_second_leadership_starts_clean)
{
    lead();
    BOOST_TEST_REQUIRE(eventually([&] { return has_written_secret() && has_written_status(); }));
    BOOST_TEST(statistics().work.results.succeeded > 0u);
    end_leadership();
    BOOST_TEST(server.count("POST /api/v1/namespaces/a/secrets") == 1u);
    server.writes.clear();

    lead();
    BOOST_TEST(statistics().work.results.succeeded == 0u);
    BOOST_TEST(statistics().work.adds == 0u);
    BOOST_TEST(statistics().conflicts == 0u);
    // The new session reconciles namespace "a" once. The Secret exists already, so it is not written again.
    BOOST_TEST_REQUIRE(eventually([&] { return statistics().work.results.succeeded == 1u; }));
    run_for(50ms);
    BOOST_TEST(!has_written_secret());
}

BOOST_AUTO_TEST_CASE(a_stopped_leadership_issues_no_write)
{
    parts.spawn(drain());
    lead();
    run_for(300ms);
    BOOST_TEST(server.writes.empty());
    BOOST_TEST(statistics().work.results.succeeded == 0u);
}

BOOST_AUTO_TEST_CASE(a_lost_lease_lets_no_write_through)
{
    held.give_up();
    lead();
    BOOST_TEST_REQUIRE(eventually([&] { return statistics().work.results.interrupted > 0u; }));
    BOOST_TEST(server.writes.empty());
    BOOST_TEST(log.text().find("cannot reconcile") == std::string::npos, log.text());
    // When the process leads again, a new session writes.
    end_leadership();
    held.hold_for_ever();
    lead();
    BOOST_TEST(eventually([&] { return has_written_secret(); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leader_session_test
