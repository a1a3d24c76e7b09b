// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/kube/identity.hpp>
#include <tcr/log/reported_failures.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace tcr::kube
{
namespace
{

using std::chrono::steady_clock;
using std::chrono::system_clock;

/// TLS settings for new connections. A certificate from the exec plugin replaces the one in the
/// configuration.
net::tls_identity tls_of(cluster_config const& config, exec_credential const& credential)
{
    auto tls = config.tls;
    if (!credential.certificate_pem.empty())
    {
        tls.certificate_pem = credential.certificate_pem;
        tls.key_pem = credential.key_pem;
    }
    return tls;
}

/// Whether two endpoints are the same server, reached in the same way. Ignores the login at the proxy.
bool is_same_server(net::endpoint const& one, net::endpoint other)
{
    if (one.proxy && other.proxy)
        other.proxy->authorization = one.proxy->authorization;
    return one == other;
}

std::string const& token_of(cluster_config const& config, exec_credential const& credential)
{
    return config.exec ? credential.token : config.bearer_token;
}

}  // namespace

std::string identity_change::text() const
{
    std::string text;
    for (auto const& [is_changed, name] :
         {std::pair(token, "token"),
          std::pair(authorities, "CA"),
          std::pair(certificate, "client certificate"),
          std::pair(proxy_login, "proxy login")})
        if (is_changed)
            text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

result<std::unique_ptr<identity>> identity::make(
    asio::any_io_executor executor, cluster_config config, loader load, identity_options options
)
{
    auto tls = net::make_client_context(config.tls);
    if (!tls)
        return error(tls.error().code, config.source + ": " + tls.error().message());
    return std::unique_ptr<identity>(new identity(executor, *tls, std::move(config), std::move(load), options)
    );
}

identity::identity(
    asio::any_io_executor executor,
    std::shared_ptr<asio::ssl::context> tls,
    cluster_config config,
    loader load,
    identity_options options
)
    : load_(std::move(load)),
      options_(options),
      config_(std::move(config)),
      tls_(std::move(tls)),
      read_at_(steady_clock::now()),
      run_ended_(executor, steady_time::max()),
      change_(executor)
{
}

std::string const& identity::token() const
{
    return token_of(config_, credential_);
}

// --- files ---

bool identity::files_changed() const
{
    return std::any_of(
        config_.files.begin(),
        config_.files.end(),
        [](auto const& file) { return stamp_of(file.path) != file.stamp; }
    );
}

void identity::check_files(steady_time now)
{
    read_if_older(now, files_problem_.empty() ? options_.reread_interval : options_.demand_interval);
}

void identity::read_on_demand(steady_time now)
{
    read_if_older(now, options_.demand_interval);
}

void identity::read_if_older(steady_time now, steady_clock::duration age)
{
    // After a failed reading, the stamps are useless: they are from the last good reading.
    if (now - read_at_ >= age || (files_problem_.empty() && files_changed()))
        read_files(now);
}

void identity::read_files(steady_time now)
{
    if (!load_)
        return;
    read_at_ = now;
    auto fresh = load_();
    auto problem = fresh ? apply_config(std::move(*fresh)) : fresh.error().message();
    if (problem == files_problem_)
        return;
    files_problem_ = std::move(problem);
    change_.notify();
}

/// \return why `fresh` is not used; empty if it is used.
std::string identity::apply_config(cluster_config fresh)
{
    if (!is_same_server(fresh.server, config_.server))
        return fresh.source +
               " now names another server or proxy, or verifies the server in another way; restart to use it";
    bool const is_new_plugin = fresh.exec != config_.exec;
    // The credential of the previous plugin stays in use until the new plugin returns one.
    auto credential = fresh.exec ? credential_ : exec_credential();
    auto const source = fresh.source;
    auto problem = apply(std::move(fresh), std::move(credential));
    if (!problem.empty())
        return source + ": " + problem;
    if (is_new_plugin)
    {
        due_ = system_time::min();
        next_run_ = {};
        failures_ = 0;
        plugin_problem_.clear();
        change_.notify();
    }
    return {};
}

// --- the exec plugin ---

bool identity::lacks_credential(system_time now) const
{
    if (!config_.exec)
        return false;
    return credential_.is_empty() || (credential_.expires_at && *credential_.expires_at <= now);
}

bool identity::is_due(system_time now) const
{
    return config_.exec && due_ <= now;
}

task<result<void>> identity::obtain()
{
    co_await run_plugin();
    if (config_.exec && credential_.is_empty())
        co_return error(errc::no_credential, plugin_problem_);
    co_return result<void>();
}

task<bool> identity::renew(std::uint64_t refused)
{
    if (generation_ == refused)
        read_on_demand(steady_clock::now());
    if (generation_ == refused && config_.exec)
        co_await run_plugin();
    co_return generation_ != refused;
}

/// Runs the exec plugin. Only one run is in flight at a time; callers that arrive during a run share its
/// result. Does nothing during the pause after a run.
task<void> identity::run_plugin()
{
    auto const seen = runs_;
    while (is_running_)
        co_await run_ended_.async_wait(use_tuple);
    // Wakes the waiting callers, even when an exception ends this coroutine.
    auto end_run = [this](void*)
    {
        is_running_ = false;
        run_ended_.cancel();
    };
    // If a new plugin is configured during a run, the result of the run is not used and the new plugin runs.
    while (runs_ == seen && config_.exec && steady_clock::now() >= next_run_)
    {
        is_running_ = true;
        std::unique_ptr<void, decltype(end_run)> const run_end(this, end_run);
        auto plugin = *config_.exec;
        auto info = exec_info(plugin, config_.server, config_.tls);
        auto outcome = co_await run_exec_plugin(plugin, std::move(info), options_.plugin_timeout);
        on_plugin_result(plugin, std::move(outcome));
    }
}

void identity::on_plugin_result(exec_plugin const& of, result<exec_credential> outcome)
{
    if (config_.exec != of)
        return;
    ++runs_;
    auto const now = system_clock::now();
    auto problem = outcome ? std::string() : outcome.error().message();
    if (outcome)
    {
        auto const expires_at = outcome->expires_at;
        problem = apply(config_, std::move(*outcome));
        if (problem.empty())
            due_ = expires_at ? refresh_time(now, *expires_at) : system_time::max();
        else
            problem = "exec plugin '" + of.command + "': " + problem;
    }
    failures_ = problem.empty() ? 0 : failures_ + 1;
    next_run_ = steady_clock::now() + options_.plugin_pause.delay(std::max(failures_, 1u), 1.0);
    plugin_problem_ = std::move(problem);
    change_.notify();
}

// --- files and the exec plugin ---

/// Switches to `config` and `credential`. \return why they cannot be used; empty if they are in use now.
std::string identity::apply(cluster_config config, exec_credential credential)
{
    auto const old_tls = tls_of(config_, credential_);
    auto const new_tls = tls_of(config, credential);
    identity_change const change{
        token() != token_of(config, credential),
        old_tls.ca_pem != new_tls.ca_pem,
        old_tls.certificate_pem != new_tls.certificate_pem || old_tls.key_pem != new_tls.key_pem,
        config_.server != config.server};
    if (change.authorities || change.certificate)
    {
        auto made = net::make_client_context(new_tls);
        if (!made)
            return made.error().message();
        tls_ = *made;
    }
    config_ = std::move(config);
    credential_ = std::move(credential);
    if (!change.any())
        return {};
    ++generation_;
    unreported_.token |= change.token;
    unreported_.authorities |= change.authorities;
    unreported_.certificate |= change.certificate;
    unreported_.proxy_login |= change.proxy_login;
    change_.notify();
    return {};
}

identity::steady_time identity::next_check() const
{
    auto const now = steady_clock::now();
    auto const next = now + options_.check_interval;
    if (!config_.exec)
        return next;
    auto const wall_now = system_clock::now();
    if (due_ <= wall_now)
        return std::min(next, std::max(now, next_run_));
    // The wall clock may be set meanwhile: never sleep longer than `check_interval`.
    return due_ - wall_now < options_.check_interval ? now + (due_ - wall_now) : next;
}

task<void> identity::keep_fresh(logger& log)
{
    reported_failures reported;
    auto const log_failure = [&](std::string const& problem)
    {
        if (config_.exec && credential_.is_empty())
            log.warning(
                "cannot obtain credentials for the API server; sending no requests", {{"error", problem}}
            );
        else
            log.warning(
                "cannot renew the credentials for the API server; using the previous ones",
                {{"error", problem}}
            );
    };
    auto const report = [&](std::string const& source, std::string const& problem)
    {
        if (problem.empty())
            reported.resolved(source);
        else if (reported.is_new(source, problem))
            log_failure(problem);
    };
    for (;;)
    {
        check_files(steady_clock::now());
        if (is_due(system_clock::now()))
            co_await run_plugin();
        if (auto const change = std::exchange(unreported_, {}); change.any())
            log.info(
                "renewed the credentials for the API server",
                {{"changed", change.text()}, {"configuration", config_.source}}
            );
        report("files", files_problem_);
        report("exec plugin", plugin_problem_);
        co_await change_.wait_until(next_check());
    }
}

}  // namespace tcr::kube
