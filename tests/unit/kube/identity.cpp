#include "certificates.hpp"
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/identity.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

namespace
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

/// A folder with a kubeconfig in it, and an identity that is read from there.
struct fixture : test::temporary_folder
{
    asio::io_context loop{1};
    kube::identity_options options;
    std::unique_ptr<kube::identity> who;
    steady_clock::time_point const now = steady_clock::now();

    fixture() { write("ca.crt", make_pair("ca").certificate); }

    /// `user` are the lines of the user's body, in flow style.
    void configure(std::string const& user, std::string const& server = "https://127.0.0.1:1") const
    {
        write(
            "config",
            "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
            "contexts: [{name: main, context: {cluster: one, user: me}}]\n"
            "clusters: [{name: one, cluster: {server: '" +
                server + "', certificate-authority: ca.crt}}]\nusers: [{name: me, user: {" + user + "}}]\n"
        );
    }

    result<kube::cluster_config> load() const { return kube::load_kubeconfig(folder / "config", ""); }

    void open(std::string const& user)
    {
        configure(user);
        who = kube::identity::make(
                  loop.get_executor(), load().value(), [this] { return load(); }, options
        )
                  .value();
    }

    /// Another content in the same file, of the same size and with the same time.
    void overwrite_unseen(std::string const& name, std::string_view content) const
    {
        auto const time = fs::last_write_time(folder / name);
        write(name, content);
        fs::last_write_time(folder / name, time);
    }
};

BOOST_FIXTURE_TEST_SUITE(identity_of_files, fixture)

BOOST_AUTO_TEST_CASE(fixed_configuration_stays)
{
    kube::cluster_config config;
    config.bearer_token = "fixed";
    who = kube::identity::make(loop.get_executor(), config, {}, options).value();
    who->look(now + std::chrono::hours(9));
    who->read_on_demand(now + std::chrono::hours(9));
    BOOST_TEST(who->token() == "fixed");
    BOOST_TEST(who->generation() == 0u);
    BOOST_TEST(!who->lacks_credential(system_clock::now()));
}

BOOST_AUTO_TEST_CASE(token_file_is_read_again_when_it_changes)
{
    write("token", "  one\r\n");
    open("tokenFile: token");
    BOOST_TEST(who->token() == "one");
    who->look(now);
    BOOST_TEST(who->generation() == 0u);
    write("token", "two-and-longer");
    auto const tls = who->tls();
    who->look(now);
    BOOST_TEST(who->token() == "two-and-longer");
    BOOST_TEST(who->generation() == 1u);
    BOOST_TEST(who->tls() == tls);
    who->look(now);
    BOOST_TEST(who->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(token_file_that_looks_the_same_is_read_again_after_a_minute)
{
    write("token", "one");
    open("tokenFile: token");
    overwrite_unseen("token", "two");
    who->look(now + seconds(59));
    BOOST_TEST(who->token() == "one");
    who->look(now + seconds(61));
    BOOST_TEST(who->token() == "two");
    overwrite_unseen("token", "six");
    who->look(now + seconds(120));
    BOOST_TEST(who->token() == "two");
    who->look(now + seconds(121));
    BOOST_TEST(who->token() == "six");
}

BOOST_AUTO_TEST_CASE(on_demand_it_is_read_again_after_a_second)
{
    write("token", "one");
    open("tokenFile: token");
    overwrite_unseen("token", "two");
    who->read_on_demand(now);
    BOOST_TEST(who->token() == "one");
    who->read_on_demand(now + seconds(2));
    BOOST_TEST(who->token() == "two");
    write("token", "at once");
    write("token", "at-once");
    who->read_on_demand(now + seconds(2));
    BOOST_TEST(who->token() == "at-once");
}

BOOST_AUTO_TEST_CASE(turned_link_of_a_mounted_folder_is_seen)
{
    write("first/token", "one");
    write("second/token", "two");
    fs::create_directory_symlink("first", folder / "..data");
    fs::create_symlink("..data/token", folder / "token");
    open("tokenFile: token");
    fs::create_directory_symlink("second", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    who->look(now);
    BOOST_TEST(who->token() == "two");
}

BOOST_AUTO_TEST_CASE(last_good_token_stays_while_the_file_cannot_be_used)
{
    write("token", "one");
    open("tokenFile: token");
    auto const file = folder / "token";
    std::function<void()> const spoilers[] = {
        [&] { fs::remove(file); },
        [&] { write("token", ""); },
        [&] { write("token", " \t\r\n "); },
        [&] { write("token", "a b"); },
        // Opens, but each read fails, like a file on a broken disk.
        [&] { fs::remove(file), fs::create_directory(file); },
        [&] { write("config", "kind: Pod\n"); },
        [&] { fs::remove(folder / "ca.crt"); },
    };
    for (auto const& spoil : spoilers)
    {
        auto const ca = read("ca.crt");
        spoil();
        who->look(now);
        who->read_on_demand(now + seconds(5));
        BOOST_TEST(who->token() == "one");
        fs::remove_all(file);
        write("token", "one");
        write("ca.crt", ca);
        configure("tokenFile: token");
        who->look(now + seconds(10));
    }
    BOOST_TEST(who->generation() == 0u);
    write("token", "good again");
    write("token", "good-again");
    who->look(now + seconds(20));
    BOOST_TEST(who->token() == "good-again");
}

BOOST_AUTO_TEST_CASE(failure_is_tried_again_though_nothing_changes)
{
    write("token", "one");
    open("tokenFile: token");
    write("token", "");
    who->look(now);
    overwrite_unseen("token", "two");
    who->look(now);
    BOOST_TEST(who->token() == "one");
    who->look(now + seconds(2));
    BOOST_TEST(who->token() == "two");
}

BOOST_AUTO_TEST_CASE(token_in_the_kubeconfig_is_read_again)
{
    open("token: one");
    configure("token: second");
    who->look(now);
    BOOST_TEST(who->token() == "second");
    // Another kind of credential.
    write("token", "third");
    configure("tokenFile: token");
    who->look(now);
    BOOST_TEST(who->token() == "third");
    write("token", "the fourth");
    write("token", "the-fourth");
    who->look(now);
    BOOST_TEST(who->token() == "the-fourth");
}

BOOST_AUTO_TEST_CASE(other_authorities_make_another_context)
{
    open("token: one");
    auto const tls = who->tls();
    write("ca.crt", make_pair("other").certificate);
    who->look(now);
    BOOST_TEST(who->tls() != tls);
    BOOST_TEST(who->generation() == 1u);
    BOOST_TEST(who->config().tls.ca_pem == read("ca.crt"));
}

BOOST_AUTO_TEST_CASE(client_certificate_is_taken_together_with_its_key)
{
    auto const first = make_pair("first");
    auto const second = make_pair("second");
    write("me.crt", first.certificate);
    write("me.key", first.key);
    open("client-certificate: me.crt, client-key: me.key");
    auto const tls = who->tls();
    write("me.crt", second.certificate + "\n");
    who->look(now);
    BOOST_TEST(who->tls() == tls);
    BOOST_TEST(who->config().tls.certificate_pem == first.certificate);
    write("me.key", second.key);
    who->look(now + seconds(10));
    BOOST_TEST(who->tls() != tls);
    BOOST_TEST(who->config().tls.key_pem == second.key);
    BOOST_TEST(who->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(another_server_gets_nothing_of_ours_and_gives_us_nothing)
{
    open("token: one");
    configure("token: two", "https://127.0.0.1:2");
    who->look(now);
    BOOST_TEST(who->token() == "one");
    BOOST_TEST(who->config().server.port == "1");
    configure("token: two");
    who->look(now + seconds(10));
    BOOST_TEST(who->token() == "two");
}

BOOST_AUTO_TEST_CASE(unusable_start_is_an_error)
{
    kube::cluster_config config;
    config.source = "the test";
    config.tls.ca_pem = "no certificate";
    auto const made = kube::identity::make(loop.get_executor(), config, {}, options);
    BOOST_TEST_REQUIRE(made.has_error());
    BOOST_TEST(made.error().detail.starts_with("the test: the CA certificate cannot be read"));
}

BOOST_AUTO_TEST_CASE(change_is_told_in_words)
{
    BOOST_TEST(!kube::identity_change().any());
    BOOST_TEST((kube::identity_change{true, false, false}.text() == "token"));
    BOOST_TEST((kube::identity_change{true, true, true}.text() == "token, CA, client certificate"));
    BOOST_TEST((kube::identity_change{false, false, true}.any()));
}

BOOST_AUTO_TEST_SUITE_END()

/// The identity of an exec plugin that adds a line to the file `runs` each time. It gives the content of the file
/// `answer`, or complains and fails where there is none.
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

    /// The plugin sleeps for so many seconds first, where that is given.
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

    /// Runs the coroutine on the identity's own loop, to its end.
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

    /// What `obtain` said: nothing where it was content.
    std::string obtain()
    {
        std::string said;
        run(obtain_into(said));
        return said;
    }

    task<void> obtain_into(std::string& said)
    {
        auto obtained = co_await who->obtain();
        said = obtained ? "" : obtained.error().message();
    }

    task<void> obtain_many(std::vector<std::string>& said)
    {
        auto executor = co_await asio::this_coro::executor;
        task_group group(executor);
        for (auto& each : said)
            group.spawn(obtain_into(each));
        co_await group.join();
    }

    task<void> renew_into(std::uint64_t refused, char& is_other)
    {
        bool const renewed = co_await who->renew(refused);
        is_other = renewed ? 'y' : 'n';
    }

    task<void> renew_many(std::uint64_t refused, std::string& are_other)
    {
        auto executor = co_await asio::this_coro::executor;
        task_group group(executor);
        for (auto& each : are_other)
            group.spawn(renew_into(refused, each));
        co_await group.join();
    }

    /// What `count` concurrent calls of `renew` said.
    std::string renew(std::uint64_t refused, std::size_t count = 1)
    {
        std::string are_other(count, '?');
        run(renew_many(refused, are_other));
        return are_other;
    }
};

BOOST_FIXTURE_TEST_SUITE(identity_of_a_plugin, plugin_fixture)

BOOST_AUTO_TEST_CASE(plugin_gives_the_token)
{
    answer_token("one");
    open_plugin();
    BOOST_TEST(who->token().empty());
    BOOST_TEST(who->lacks_credential(system_clock::now()));
    BOOST_TEST(obtain() == "");
    BOOST_TEST(who->token() == "one");
    BOOST_TEST(who->generation() == 1u);
    BOOST_TEST(!who->lacks_credential(system_clock::now() + std::chrono::hours(10'000)));
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_CASE(credential_is_lacking_once_it_has_expired)
{
    answer(R"({"token":"one","expirationTimestamp":"2100-01-01T00:00:00Z"})");
    open_plugin();
    BOOST_TEST(obtain() == "");
    auto const end = system_clock::from_time_t(4102444800);
    BOOST_TEST(!who->lacks_credential(end - seconds(1)));
    BOOST_TEST(who->lacks_credential(end));
}

BOOST_AUTO_TEST_CASE(plugin_gives_the_client_certificate)
{
    auto const pems = make_pair("me");
    boost::json::object status;
    status["clientCertificateData"] = pems.certificate;
    status["clientKeyData"] = pems.key;
    answer(boost::json::serialize(status));
    open_plugin();
    auto const tls = who->tls();
    BOOST_TEST(obtain() == "");
    BOOST_TEST(who->tls() != tls);
    BOOST_TEST(who->token().empty());
    BOOST_TEST(SSL_CTX_get0_certificate(who->tls()->native_handle()) != nullptr);
    // The files' CA may change beneath it.
    write("ca.crt", make_pair("other").certificate);
    who->look(now);
    BOOST_TEST(SSL_CTX_get0_certificate(who->tls()->native_handle()) != nullptr);
    BOOST_TEST(who->generation() == 2u);
    // One that does not fit together is a failure like another.
    status["clientKeyData"] = make_pair("other").key;
    answer(boost::json::serialize(status));
    BOOST_TEST(obtain() == "");
    BOOST_TEST(who->generation() == 2u);
}

BOOST_AUTO_TEST_CASE(one_run_serves_all_who_ask_meanwhile)
{
    answer_token("one");
    open_plugin("0.2");
    std::vector<std::string> said(20, "?");
    run(obtain_many(said));
    BOOST_TEST(std::count(said.begin(), said.end(), "") == 20);
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_CASE(one_failed_run_fails_all_who_asked_meanwhile)
{
    open_plugin("0.2");
    std::vector<std::string> said(20, "?");
    run(obtain_many(said));
    auto const text = "exec plugin '" + (folder / "./plugin").string() + "' ended with status 1: no login";
    BOOST_TEST(std::count(said.begin(), said.end(), text) == 20, said.front());
    BOOST_TEST(runs() == 1u);
    answer_token("one");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(one_run_serves_all_who_were_refused)
{
    answer_token("one");
    open_plugin("0.2");
    BOOST_TEST(obtain() == "");
    answer_token("two");
    BOOST_TEST(renew(1, 20) == std::string(20, 'y'));
    BOOST_TEST(runs() == 2u);
    // Who was refused with the old one, and comes late, needs no run.
    BOOST_TEST(renew(1) == "y");
    BOOST_TEST(runs() == 2u);
    BOOST_TEST(renew(2, 20) == std::string(20, 'n'));
    BOOST_TEST(runs() == 3u);
}

BOOST_AUTO_TEST_CASE(one_reading_serves_all_who_were_refused)
{
    write("token", "one");
    open("tokenFile: token");
    BOOST_TEST(renew(0) == "n");
    write("token", "another");
    BOOST_TEST(renew(0, 20) == std::string(20, 'y'));
    BOOST_TEST(who->generation() == 1u);
}

BOOST_AUTO_TEST_CASE(last_good_credential_stays_when_the_plugin_fails)
{
    answer(R"({"token":"one","expirationTimestamp":"2000-01-01T00:00:00Z"})");
    open_plugin();
    BOOST_TEST(obtain() == "");
    fs::remove(folder / "answer");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(who->token() == "one");
    write("answer", "garbage");
    BOOST_TEST(renew(1) == "n");
    BOOST_TEST(who->token() == "one");
    BOOST_TEST(runs() == 3u);
}

BOOST_AUTO_TEST_CASE(plugin_is_not_run_again_within_the_pause)
{
    options.plugin_pause = {std::chrono::minutes(1), std::chrono::minutes(1)};
    open_plugin();
    BOOST_TEST(obtain().ends_with("no login"));
    BOOST_TEST(obtain().ends_with("no login"));
    BOOST_TEST(renew(0) == "n");
    BOOST_TEST(runs() == 1u);
    // Another plugin is another matter.
    answer_token("one");
    open_plugin();
    open_plugin("0");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(another_plugin_is_run_though_the_old_ones_credential_is_good)
{
    options.plugin_pause = {std::chrono::minutes(1), std::chrono::minutes(1)};
    answer_token("one");
    open_plugin();
    BOOST_TEST(obtain() == "");
    configure("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: ['0']}");
    who->look(now);
    BOOST_TEST(who->token() == "one");
    answer_token("two");
    BOOST_TEST(obtain() == "");
    BOOST_TEST(who->token() == "two");
    configure("token: three");
    who->look(now);
    BOOST_TEST(who->token() == "three");
    BOOST_TEST(!who->lacks_credential(system_clock::now()));
    BOOST_TEST(renew(who->generation()) == "n");
    BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(time_limit_is_told)
{
    options.plugin_limit = milliseconds(200);
    open_plugin("100");
    BOOST_TEST(obtain().ends_with("did not end within 200 ms"));
}

BOOST_AUTO_TEST_CASE(who_waits_takes_over_from_one_who_is_cancelled)
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
    BOOST_TEST(who->token() == "one");
}

BOOST_AUTO_TEST_CASE(cancellation_at_any_step_leaves_it_usable)
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
                who = std::move(*made);
                std::string said;
                co_await obtain_into(said);
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
        BOOST_TEST((has_ended || attempt.was_aborted() || !who->token().empty()));
        who.reset();
        if (has_ended)
            break;
    }
}

/// `keep_fresh` at work, and its log.
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
            who->keep_fresh(log),
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

    /// Runs until the log says this so often.
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

BOOST_FIXTURE_TEST_CASE(changed_file_is_noticed_and_reported_without_its_content, watched)
{
    write("token", "s3cret-1");
    open("tokenFile: token");
    watch();
    pass(milliseconds(20));
    BOOST_TEST(logged() == "");
    write("token", "s3cret-two");
    BOOST_TEST(comes(" info identity renewed changed=token configuration="));
    write("ca.crt", make_pair("other").certificate);
    BOOST_TEST(comes(" info identity renewed changed=CA configuration="));
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
        BOOST_TEST(comes(" warning identity not renewed why=", times));
        pass(milliseconds(50));
        BOOST_TEST(count(" warning identity not renewed why=") == times, logged());
        write("token", "s3cret-" + std::to_string(times + 10));
        BOOST_TEST(comes(" info identity renewed changed=token", times));
    }
    BOOST_TEST(count("s3cret") == 0u, logged());
}

BOOST_FIXTURE_TEST_CASE(plugin_is_run_at_once_and_before_its_credential_expires, watched)
{
    options.plugin_pause = {milliseconds(50), milliseconds(50)};
    answer(R"({"token":"one","expirationTimestamp":"2000-01-01T00:00:00Z"})");
    open_plugin();
    watch();
    BOOST_TEST(comes(" info identity renewed changed=token"));
    for (int i = 0; i < 500 && runs() < 3; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() >= 3u);
    answer(R"({"token":"two","expirationTimestamp":"2100-01-01T00:00:00Z"})");
    BOOST_TEST(comes(" info identity renewed changed=token", 2));
    auto const enough = runs();
    pass(milliseconds(200));
    BOOST_TEST(runs() == enough);
}

BOOST_FIXTURE_TEST_CASE(failing_plugin_is_reported_once_and_tried_again, watched)
{
    open_plugin();
    watch();
    BOOST_TEST(comes(" warning identity not renewed why="));
    for (int i = 0; i < 500 && runs() < 3; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() >= 3u);
    BOOST_TEST(count(" warning ") == 1u, logged());
    answer_token("one");
    BOOST_TEST(comes(" info identity renewed changed=token"));
}

BOOST_FIXTURE_TEST_CASE(another_server_is_reported_once, watched)
{
    open("token: one");
    watch();
    configure("token: s3cret", "https://127.0.0.1:2");
    BOOST_TEST(comes("names another server now"));
    pass(milliseconds(50));
    BOOST_TEST(count(" warning ") == 1u, logged());
    BOOST_TEST(count("s3cret") == 0u);
}

BOOST_FIXTURE_TEST_CASE(cancellation_ends_it_while_the_plugin_runs, watched)
{
    open_plugin("100");
    watch();
    for (int i = 0; i < 500 && runs() < 1; ++i)
        pass(milliseconds(10));
    BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
