// SPDX-License-Identifier: Apache-2.0
#include "certificates.hpp"
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/identity.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

namespace identity_test
{

namespace fs = std::filesystem;
using namespace tcr;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr long hour = 3600;

struct pair_of_pems
{
    std::string certificate;
    std::string key;
};

pair_of_pems make_pair(char const* name)
{
    test::key_ptr const key(EVP_EC_gen("P-256"));
    return {test::certificate(key.get(), -hour, hour, name), test::pem_of(key.get())};
}

/// A folder with a kubeconfig, and the identity from this kubeconfig.
struct fixture : test::temporary_folder
{
    asio::io_context loop{1};
    kube::identity_options options;
    std::unique_ptr<kube::identity> identity;
    steady_clock::time_point const now = steady_clock::now();

    fixture() { write("ca.crt", make_pair("ca").certificate); }

    /// Writes a kubeconfig. `user` is the content of the user's mapping, in YAML flow style.
    void configure(
        std::string const& user,
        std::string const& server = "https://127.0.0.1:1",
        std::string const& proxy = ""
    ) const
    {
        write(
            "config",
            "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
            "contexts: [{name: main, context: {cluster: one, user: me}}]\n"
            "clusters: [{name: one, cluster: {server: '" +
                server + "', proxy-url: '" + proxy +
                "', certificate-authority: ca.crt}}]\nusers: [{name: me, user: {" + user + "}}]\n"
        );
    }

    result<kube::cluster_config> load() const { return kube::load_kubeconfig({folder / "config"}, ""); }

    void open(std::string const& user)
    {
        configure(user);
        kube::identity::loader const reload = [this] { return load(); };
        auto made = kube::identity::make(loop.get_executor(), load().value(), reload, options);
        identity = std::move(*made);
    }

    /// Overwrites a file and keeps its modification time. If the size is equal, too, the stamp is unchanged.
    void overwrite_unseen(std::string const& name, std::string_view content) const
    {
        auto const time = fs::last_write_time(folder / name);
        write(name, content);
        fs::last_write_time(folder / name, time);
    }
};

BOOST_FIXTURE_TEST_SUITE(identity_of_files, fixture)

BOOST_AUTO_TEST_CASE(fixed_configuration_never_changes)
{
    kube::cluster_config config;
    config.bearer_token = "fixed";
    identity = kube::identity::make(loop.get_executor(), config, {}, options).value();
    identity->check_files(now + std::chrono::hours(9));
    identity->read_on_demand(now + std::chrono::hours(9));
    BOOST_TEST(identity->token() == "fixed");
    BOOST_TEST(identity->generation() == 0u);
    BOOST_TEST(!identity->lacks_credential(system_clock::now()));
}

BOOST_AUTO_TEST_CASE(token_file_is_read_again_when_it_changes)
{
    write("token", "  one\r\n");
    open("tokenFile: token");
    BOOST_TEST(identity->token() == "one");
    identity->check_files(now);
    BOOST_TEST(identity->generation() == 0u);
    write("token", "two-and-longer");
    auto const tls = identity->tls();
    identity->check_files(now);
    BOOST_TEST(identity->token() == "two-and-longer");
    BOOST_TEST(identity->generation() == 1u);
    BOOST_TEST(identity->tls() == tls);
    identity->check_files(now);
    BOOST_TEST(identity->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(token_file_that_looks_the_same_is_read_again_after_a_minute)
{
    write("token", "one");
    open("tokenFile: token");
    overwrite_unseen("token", "two");
    identity->check_files(now + seconds(59));
    BOOST_TEST(identity->token() == "one");
    identity->check_files(now + seconds(61));
    BOOST_TEST(identity->token() == "two");
    overwrite_unseen("token", "six");
    identity->check_files(now + seconds(120));
    BOOST_TEST(identity->token() == "two");
    identity->check_files(now + seconds(121));
    BOOST_TEST(identity->token() == "six");
}

BOOST_AUTO_TEST_CASE(token_file_is_read_again_on_demand_after_a_second)
{
    write("token", "one");
    open("tokenFile: token");
    overwrite_unseen("token", "two");
    identity->read_on_demand(now);
    BOOST_TEST(identity->token() == "one");
    identity->read_on_demand(now + seconds(2));
    BOOST_TEST(identity->token() == "two");
    write("token", "at once");
    write("token", "at-once");
    identity->read_on_demand(now + seconds(2));
    BOOST_TEST(identity->token() == "at-once");
}

BOOST_AUTO_TEST_CASE(replaced_link_of_a_mounted_folder_is_noticed)
{
    write("first/token", "one");
    write("second/token", "two");
    fs::create_directory_symlink("first", folder / "..data");
    fs::create_symlink("..data/token", folder / "token");
    open("tokenFile: token");
    fs::create_directory_symlink("second", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "two");
}

BOOST_AUTO_TEST_CASE(last_good_token_stays_in_use_while_the_file_is_unusable)
{
    write("token", "one");
    open("tokenFile: token");
    auto const file = folder / "token";
    std::function<void()> const defects[] = {
        [&] { fs::remove(file); },
        [&] { write("token", ""); },
        [&] { write("token", " \t\r\n "); },
        [&] { write("token", "a b"); },
        // A folder can be opened, but each read fails, as on a broken disk.
        [&] { fs::remove(file), fs::create_directory(file); },
        [&] { write("config", "kind: Pod\n"); },
        [&] { fs::remove(folder / "ca.crt"); },
    };
    for (auto const& add_defect : defects)
    {
        auto const ca = read("ca.crt");
        add_defect();
        identity->check_files(now);
        identity->read_on_demand(now + seconds(5));
        BOOST_TEST(identity->token() == "one");
        fs::remove_all(file);
        write("token", "one");
        write("ca.crt", ca);
        configure("tokenFile: token");
        identity->check_files(now + seconds(10));
    }
    BOOST_TEST(identity->generation() == 0u);
    write("token", "good again");
    write("token", "good-again");
    identity->check_files(now + seconds(20));
    BOOST_TEST(identity->token() == "good-again");
}

BOOST_AUTO_TEST_CASE(failed_reading_is_repeated_even_if_no_file_changes)
{
    write("token", "one");
    open("tokenFile: token");
    write("token", "");
    identity->check_files(now);
    overwrite_unseen("token", "two");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "one");
    identity->check_files(now + seconds(2));
    BOOST_TEST(identity->token() == "two");
}

BOOST_AUTO_TEST_CASE(token_in_the_kubeconfig_is_read_again)
{
    open("token: one");
    configure("token: second");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "second");
    // The kubeconfig now names a token file instead of a token.
    write("token", "third");
    configure("tokenFile: token");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "third");
    write("token", "the fourth");
    write("token", "the-fourth");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "the-fourth");
}

BOOST_AUTO_TEST_CASE(new_authorities_replace_the_tls_context)
{
    open("token: one");
    auto const tls = identity->tls();
    write("ca.crt", make_pair("other").certificate);
    identity->check_files(now);
    BOOST_TEST(identity->tls() != tls);
    BOOST_TEST(identity->generation() == 1u);
    BOOST_TEST(identity->config().tls.ca_pem == read("ca.crt"));
}

BOOST_AUTO_TEST_CASE(new_login_at_the_same_proxy_is_used_with_the_other_changes)
{
    auto const server = "https://127.0.0.1:1";
    configure("token: one", server, "http://joe:first@proxy:3128");
    kube::identity::loader const reload = [this] { return load(); };
    identity = kube::identity::make(loop.get_executor(), load().value(), reload, options).value();
    configure("token: second", server, "http://joe:other@proxy:3128");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "second");
    BOOST_TEST(identity->config().server.proxy->authorization == "Basic " + base64_encode("joe:other"));
    configure("token: third", server, "http://joe:other@elsewhere:3128");
    identity->check_files(now + seconds(10));
    BOOST_TEST(identity->token() == "second");
    BOOST_TEST(identity->config().server.proxy->host == "proxy");
}

BOOST_AUTO_TEST_CASE(client_certificate_is_used_only_with_its_key)
{
    auto const first = make_pair("first");
    auto const second = make_pair("second");
    write("me.crt", first.certificate);
    write("me.key", first.key);
    open("client-certificate: me.crt, client-key: me.key");
    auto const tls = identity->tls();
    write("me.crt", second.certificate + "\n");
    identity->check_files(now);
    BOOST_TEST(identity->tls() == tls);
    BOOST_TEST(identity->config().tls.certificate_pem == first.certificate);
    write("me.key", second.key);
    identity->check_files(now + seconds(10));
    BOOST_TEST(identity->tls() != tls);
    BOOST_TEST(identity->config().tls.key_pem == second.key);
    BOOST_TEST(identity->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(configuration_with_another_server_is_not_used)
{
    open("token: one");
    configure("token: two", "https://127.0.0.1:2");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "one");
    BOOST_TEST(identity->config().server.port == "1");
    configure("token: two", "https://127.0.0.1:1', proxy-url: 'http://proxy:1");
    identity->check_files(now + seconds(10));
    BOOST_TEST(identity->token() == "one");
    configure("token: two");
    identity->check_files(now + seconds(20));
    BOOST_TEST(identity->token() == "two");
}

BOOST_AUTO_TEST_CASE(unusable_initial_configuration_is_an_error)
{
    kube::cluster_config config;
    config.source = "the test";
    config.tls.ca_pem = "no certificate";
    auto const made = kube::identity::make(loop.get_executor(), config, {}, options);
    BOOST_TEST_REQUIRE(made.has_error());
    BOOST_TEST(made.error().detail.starts_with("the test: the CA certificate cannot be read"));
}

BOOST_AUTO_TEST_CASE(change_is_described_in_words)
{
    BOOST_TEST(!kube::identity_change().any());
    BOOST_TEST((kube::identity_change{true, false, false, false}.text() == "token"));
    BOOST_TEST(
        (kube::identity_change{true, true, true, true}.text() == "token, CA, client certificate, proxy login")
    );
    BOOST_TEST((kube::identity_change{false, false, false, true}.any()));
}

BOOST_AUTO_TEST_SUITE_END()

/// An identity that an exec plugin provides. Each run of the plugin adds a line to the file `runs` and prints
/// the file `answer`. If `answer` is missing, the run fails.
struct plugin_fixture : fixture
{
    plugin_fixture()
    {
        options.plugin_pause = {milliseconds(0), milliseconds(0)};
        write_script(
            "plugin",
            "cd " + folder.string() +
                "\necho run >>runs\n[ -z \"$1\" ] || sleep $1\n"
                "[ -e answer ] || { echo 'no login' >&2; exit 1; }\ncat answer"
        );
    }

    /// `sleep` is the number of seconds that the plugin sleeps before it answers. Empty means no sleep.
    void open_plugin(std::string const& sleep = "")
    {
        open(
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: ['" + sleep + "']}"
        );
    }

    void answer(std::string const& status) const
    {
        write(
            "answer",
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" + status +
                "}"
        );
    }
    void answer_token(std::string const& token) const { answer(R"({"token":")" + token + "\"}"); }

    std::size_t runs() const
    {
        auto const lines = read("runs");
        return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
    }

    /// Runs the coroutine on the identity's event loop until it ends.
    void run(task<void> coroutine)
    {
        bool ended = false;
        asio::co_spawn(
            loop,
            std::move(coroutine),
            [&](std::exception_ptr failure)
            {
                ended = true;
                if (failure)
                    std::rethrow_exception(failure);
            }
        );
        loop.restart();
        loop.run_for(seconds(30));
        BOOST_TEST_REQUIRE(ended);
    }

    /// Calls `obtain`. \return the error text; empty if the call succeeded.
    std::string obtain()
    {
        std::string problem;
        run(obtain_into(problem));
        return problem;
    }

    task<void> obtain_into(std::string& problem)
    {
        auto obtained = co_await identity->obtain();
        problem = obtained ? "" : obtained.error().message();
    }

    task<void> obtain_many(std::vector<std::string>& problems)
    {
        auto executor = co_await asio::this_coro::executor;
        task_group group(executor);
        for (auto& each : problems)
            group.spawn(obtain_into(each));
        co_await group.join();
    }

    task<void> renew_into(std::uint64_t refused, char& was_renewed)
    {
        bool const renewed = co_await identity->renew(refused);
        was_renewed = renewed ? 'y' : 'n';
    }

    task<void> renew_many(std::uint64_t refused, std::string& renewed)
    {
        auto executor = co_await asio::this_coro::executor;
        task_group group(executor);
        for (auto& each : renewed)
            group.spawn(renew_into(refused, each));
        co_await group.join();
    }

    /// The results of `count` concurrent calls of `renew(refused)`: 'y' if the identity's generation is now
    /// higher than `refused`, else 'n'.
    std::string renew(std::uint64_t refused, std::size_t count = 1)
    {
        std::string renewed(count, '?');
        run(renew_many(refused, renewed));
        return renewed;
    }
};

BOOST_FIXTURE_TEST_SUITE(identity_of_a_plugin, plugin_fixture)

BOOST_AUTO_TEST_CASE(plugin_provides_the_token)
{
    answer_token("one");
    open_plugin();
    BOOST_TEST(identity->token().empty());
    BOOST_TEST(identity->lacks_credential(system_clock::now()));
    BOOST_TEST(obtain() == "");
    BOOST_TEST(identity->token() == "one");
    BOOST_TEST(identity->generation() == 1u);
    BOOST_TEST(!identity->lacks_credential(system_clock::now() + std::chrono::hours(10'000)));
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_CASE(expired_credential_counts_as_missing)
{
    answer(R"({"token":"one","expirationTimestamp":"2100-01-01T00:00:00Z"})");
    open_plugin();
    BOOST_TEST(obtain() == "");
    auto const end = system_clock::from_time_t(4102444800);
    BOOST_TEST(!identity->lacks_credential(end - seconds(1)));
    BOOST_TEST(identity->lacks_credential(end));
}

BOOST_AUTO_TEST_CASE(plugin_provides_the_client_certificate)
{
    auto const pems = make_pair("me");
    boost::json::object status;
    status["clientCertificateData"] = pems.certificate;
    status["clientKeyData"] = pems.key;
    answer(boost::json::serialize(status));
    open_plugin();
    auto const tls = identity->tls();
    BOOST_TEST(obtain() == "");
    BOOST_TEST(identity->tls() != tls);
    BOOST_TEST(identity->token().empty());
    BOOST_TEST(SSL_CTX_get0_certificate(identity->tls()->native_handle()) != nullptr);
    // The CA file changes. The plugin's certificate stays in use.
    write("ca.crt", make_pair("other").certificate);
    identity->check_files(now);
    BOOST_TEST(SSL_CTX_get0_certificate(identity->tls()->native_handle()) != nullptr);
    BOOST_TEST(identity->generation() == 2u);
    // A run fails if the key does not belong to the certificate.
    status["clientKeyData"] = make_pair("other").key;
    answer(boost::json::serialize(status));
    BOOST_TEST(obtain() == "");
    BOOST_TEST(identity->generation() == 2u);
}

BOOST_AUTO_TEST_CASE(concurrent_callers_share_one_run)
{
    answer_token("one");
    open_plugin("0.2");
    std::vector<std::string> problems(20, "?");
    run(obtain_many(problems));
    BOOST_TEST(std::count(problems.begin(), problems.end(), "") == 20);
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_CASE(concurrent_callers_share_one_failed_run)
{
    open_plugin("0.2");
    std::vector<std::string> problems(20, "?");
    run(obtain_many(problems));
    auto const text = "exec plugin '" + (folder / "./plugin").string() + "' ended with status 1: no login";
    BOOST_TEST(std::count(problems.begin(), problems.end(), text) == 20, problems.front());
    BOOST_TEST(runs() == 1u);
    answer_token("one");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(refused_callers_share_one_run)
{
    answer_token("one");
    open_plugin("0.2");
    BOOST_TEST(obtain() == "");
    answer_token("two");
    BOOST_TEST(renew(1, 20) == std::string(20, 'y'));
    BOOST_TEST(runs() == 2u);
    // A later caller was refused with generation 1. The identity is already newer, so the plugin is not run.
    BOOST_TEST(renew(1) == "y");
    BOOST_TEST(runs() == 2u);
    BOOST_TEST(renew(2, 20) == std::string(20, 'n'));
    BOOST_TEST(runs() == 3u);
}

BOOST_AUTO_TEST_CASE(refused_callers_share_one_reading)
{
    write("token", "one");
    open("tokenFile: token");
    BOOST_TEST(renew(0) == "n");
    write("token", "another");
    BOOST_TEST(renew(0, 20) == std::string(20, 'y'));
    BOOST_TEST(identity->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(last_good_credential_stays_in_use_after_a_failed_run)
{
    answer(R"({"token":"one","expirationTimestamp":"2000-01-01T00:00:00Z"})");
    open_plugin();
    BOOST_TEST(obtain() == "");
    fs::remove(folder / "answer");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(identity->token() == "one");
    write("answer", "garbage");
    BOOST_TEST(renew(1) == "n");
    BOOST_TEST(identity->token() == "one");
    BOOST_TEST(runs() == 3u);
}

BOOST_AUTO_TEST_CASE(plugin_is_not_run_again_during_the_pause)
{
    options.plugin_pause = {std::chrono::minutes(1), std::chrono::minutes(1)};
    open_plugin();
    BOOST_TEST(obtain().ends_with("no login"));
    BOOST_TEST(obtain().ends_with("no login"));
    BOOST_TEST(renew(0) == "n");
    BOOST_TEST(runs() == 1u);
    // A new identity runs its plugin at once. The pause belongs to the previous identity only.
    answer_token("one");
    open_plugin();
    open_plugin("0");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(new_plugin_is_run_even_if_the_old_credential_is_valid)
{
    options.plugin_pause = {std::chrono::minutes(1), std::chrono::minutes(1)};
    answer_token("one");
    open_plugin();
    BOOST_TEST(obtain() == "");
    configure("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: ['0']}");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "one");
    answer_token("two");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(identity->token() == "two");
    configure("token: three");
    identity->check_files(now);
    BOOST_TEST(identity->token() == "three");
    BOOST_TEST(!identity->lacks_credential(system_clock::now()));
    BOOST_TEST(renew(identity->generation()) == "n");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(new_plugin_provides_the_credential_if_it_is_configured_during_a_run)
{
    answer_token("one");
    open_plugin("0.3");
    std::vector<std::string> problems(2, "?");
    int ended = 0;
    asio::co_spawn(
        loop, obtain_many(problems), [&](std::exception_ptr failure) { ended += failure ? 100 : 1; }
    );
    loop.poll();
    configure("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: ['0']}");
    identity->check_files(now);
    loop.run_for(seconds(30));
    BOOST_TEST(ended == 1);
    BOOST_TEST(problems == (std::vector<std::string>{"", ""}), boost::test_tools::per_element());
    BOOST_TEST(identity->token() == "one");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(exceeded_time_limit_is_reported)
{
    options.plugin_timeout = milliseconds(200);
    open_plugin("100");
    BOOST_TEST(obtain().ends_with("did not end within 200 ms"));
}

BOOST_AUTO_TEST_CASE(waiting_caller_takes_over_from_a_cancelled_one)
{
    answer_token("one");
    open_plugin("0.3");
    asio::cancellation_signal stop;
    std::string first = "?";
    std::string second = "?";
    std::exception_ptr aborted;
    int ended = 0;
    asio::co_spawn(
        loop,
        obtain_into(first),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::exception_ptr failure)
            {
                ++ended;
                aborted = failure;
            }
        )
    );
    asio::co_spawn(
        loop, obtain_into(second), [&](std::exception_ptr failure) { ended += failure ? 100 : 1; }
    );
    loop.poll();
    BOOST_TEST(ended == 0);
    stop.emit(asio::cancellation_type::terminal);
    loop.run_for(seconds(30));
    BOOST_TEST(ended == 2);
    BOOST_TEST((aborted != nullptr));
    BOOST_TEST(first == "?");
    BOOST_TEST(second == "");
    BOOST_TEST(identity->token() == "one");
}

BOOST_AUTO_TEST_CASE(cancellation_at_any_step_leaves_the_identity_usable)
{
    answer_token("one");
    open_plugin();
    for (int steps = 0;; ++steps)
    {
        test::hand_run attempt(
            [&]() -> task<void>
            {
                auto executor = co_await asio::this_coro::executor;
                auto made = kube::identity::make(executor, load().value(), {}, options);
                identity = std::move(*made);
                std::string problem;
                co_await obtain_into(problem);
            }
        );
        for (int i = 0; i < steps && !attempt.has_ended(); ++i)
        {
            attempt.loop().restart();
            attempt.loop().run_one();
        }
        bool const has_ended = attempt.has_ended();
        attempt.cancel();
        attempt.loop().restart();
        attempt.loop().run_for(seconds(10));
        BOOST_TEST_REQUIRE(attempt.has_ended());
        BOOST_TEST((has_ended || attempt.was_aborted() || !identity->token().empty()));
        identity.reset();
        if (has_ended)
            break;
    }
}

/// An identity for which `watch` starts `keep_fresh`, and its log.
struct watched : plugin_fixture
{
    std::FILE* out = std::tmpfile();
    logger log{out};
    asio::cancellation_signal stop;
    bool ended = false;

    watched()
    {
        BOOST_REQUIRE(out != nullptr);
        options.check_interval = milliseconds(5);
        options.demand_interval = milliseconds(5);
    }
    ~watched()
    {
        stop.emit(asio::cancellation_type::terminal);
        loop.restart();
        loop.run_for(seconds(10));
        BOOST_TEST(ended);
        std::fclose(out);
    }

    void watch()
    {
        asio::co_spawn(
            loop,
            identity->keep_fresh(log),
            asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr) { ended = true; })
        );
    }

    std::string logged() const
    {
        std::fflush(out);
        std::string text(static_cast<std::size_t>(std::ftell(out)), '\0');
        auto const size = pread(fileno(out), text.data(), text.size(), 0);
        BOOST_TEST(size == static_cast<ssize_t>(text.size()));
        return text;
    }

    std::size_t count(std::string_view words) const
    {
        auto const text = logged();
        std::size_t found = 0;
        for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
            ++found;
        return found;
    }

    /// Runs the loop, for at most 20 s, until the log contains the text this many times.
    /// \return whether the log contains the text exactly this many times.
    bool comes(std::string_view words, std::size_t times = 1)
    {
        for (int i = 0; i < 2000 && count(words) < times; ++i)
        {
            loop.restart();
            loop.run_for(milliseconds(10));
        }
        return count(words) == times;
    }

    void pass(milliseconds time)
    {
        loop.restart();
        loop.run_for(time);
    }
};

BOOST_FIXTURE_TEST_CASE(changed_file_is_reported_without_its_content, watched)
{
    write("token", "s3cret-1");
    open("tokenFile: token");
    watch();
    pass(milliseconds(20));
    BOOST_TEST(logged() == "");
    write("token", "s3cret-two");
    BOOST_TEST(comes(" info renewed the credentials for the API server changed=token configuration="));
    write("ca.crt", make_pair("other").certificate);
    BOOST_TEST(comes(" info renewed the credentials for the API server changed=CA configuration="));
    BOOST_TEST(count("s3cret") == 0u, logged());
}

BOOST_FIXTURE_TEST_CASE(failure_is_reported_once_and_again_after_a_success, watched)
{
    write("token", "s3cret-1");
    open("tokenFile: token");
    watch();
    for (std::size_t times : {1, 2})
    {
        write("token", "s3cret with blanks");
        BOOST_TEST(comes(
            " warning cannot renew the credentials for the API server; using the previous ones error=", times
        ));
        pass(milliseconds(50));
        BOOST_TEST(
            count(" warning cannot renew the credentials for the API server; using the previous ones error="
            ) == times,
            logged()
        );
        write("token", "s3cret-" + std::to_string(times + 10));
        BOOST_TEST(comes(" info renewed the credentials for the API server changed=token", times));
    }
    BOOST_TEST(count("s3cret") == 0u, logged());
}

BOOST_FIXTURE_TEST_CASE(plugin_is_run_at_once_and_before_its_credential_expires, watched)
{
    options.plugin_pause = {milliseconds(50), milliseconds(50)};
    answer(R"({"token":"one","expirationTimestamp":"2000-01-01T00:00:00Z"})");
    open_plugin();
    watch();
    BOOST_TEST(comes(" info renewed the credentials for the API server changed=token"));
    for (int i = 0; i < 500 && runs() < 3; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() >= 3u);
    answer(R"({"token":"two","expirationTimestamp":"2100-01-01T00:00:00Z"})");
    BOOST_TEST(comes(" info renewed the credentials for the API server changed=token", 2));
    auto const enough = runs();
    pass(milliseconds(200));
    BOOST_TEST(runs() == enough);
}

BOOST_FIXTURE_TEST_CASE(failing_plugin_is_reported_once_and_run_again, watched)
{
    open_plugin();
    watch();
    BOOST_TEST(comes(" warning cannot obtain credentials for the API server; sending no requests error="));
    for (int i = 0; i < 500 && runs() < 3; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() >= 3u);
    BOOST_TEST(count(" warning ") == 1u, logged());
    answer_token("one");
    BOOST_TEST(comes(" info renewed the credentials for the API server changed=token"));
}

BOOST_FIXTURE_TEST_CASE(another_server_is_reported_once, watched)
{
    open("token: one");
    watch();
    configure("token: s3cret", "https://127.0.0.1:2");
    BOOST_TEST(comes("now names another server"));
    pass(milliseconds(50));
    BOOST_TEST(count(" warning ") == 1u, logged());
    BOOST_TEST(count("s3cret") == 0u);
}

BOOST_FIXTURE_TEST_CASE(cancellation_ends_keep_fresh_while_the_plugin_runs, watched)
{
    open_plugin("100");
    watch();
    for (int i = 0; i < 500 && runs() < 1; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace identity_test
