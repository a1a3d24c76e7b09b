#include "spec_freshness.hpp"
#include <tcr/controller/cluster_view.hpp>
#include <tcr/util/task_group.hpp>

#include <utility>

namespace tcr::controller
{
namespace
{

constexpr std::chrono::milliseconds confirm_retry{1000};

/// Sets a name that differs from the resource type's, because two watches are of Secrets.
runtime::watcher_options with_name(runtime::watcher_options options, std::string name)
{
    options.name = std::move(name);
    return options;
}

}  // namespace

cluster_view::cluster_view(
    asio::any_io_executor executor, kube::client& client, controller_options const& options, logger& log
)
    : executor_(executor),
      client_(client),
      log_(log),
      credentials_(
          options.tokens.own_namespace,
          options.tokens.rules,
          [this]
          {
              observer_->on_credential_secrets_changed();
              refresh_credentials();
          }
      ),
      catalog_([this](auto const& spec) { return find_login(spec, credentials_); }),
      namespaces_(store_, [this](auto event) { observer_->on_namespace(event); }),
      accounts_(
          store_, [this](auto event) { observer_->on_account(event); }, std::string(secret_prefix)
      ),
      secrets_(store_, [this](auto event) { observer_->on_secret(event); }),
      catalog_reflector_(
          catalog_,
          {[this](auto const& name, auto before) { observer_->on_spec_changed(name, before); },
           [this](auto const&) { observer_->on_status_changed(); },
           [this] { missing_.notify(); }}
      ),
      quarantine_(log),
      watch_namespaces_(
          client,
          {"", "v1", "namespaces", true},
          {},
          namespaces_,
          quarantine_,
          options.watcher,
          log,
          [this] { on_listed(); }
      ),
      watch_accounts_(
          client,
          {"", "v1", "serviceaccounts"},
          {},
          accounts_,
          quarantine_,
          options.watcher,
          log,
          [this] { on_listed(); }
      ),
      watch_secrets_(
          client,
          {"", "v1", "secrets"},
          our_secrets(),
          secrets_,
          quarantine_,
          options.watcher,
          log,
          [this] { on_listed(); }
      ),
      watch_image_pull_secrets_(
          client,
          image_pull_secret_type(),
          {},
          catalog_reflector_,
          quarantine_,
          options.watcher,
          log,
          [this] { on_listed(); }
      ),
      watch_credentials_(
          client,
          {"", "v1", "secrets"},
          credentials::credential_selection(options.tokens.own_namespace),
          credentials_,
          quarantine_,
          with_name(options.watcher, "credentials"),
          log,
          [this] { on_listed(); }
      ),
      synced_(executor),
      missing_(executor)
{
    namespaces_.report_problems_to([this](auto ns, auto name, auto problem)
                                   { quarantine_.add(watch_namespaces_.name(), ns, name, problem); });
    accounts_.report_problems_to([this](auto ns, auto name, auto problem)
                                 { quarantine_.add(watch_accounts_.name(), ns, name, problem); });
}

task<void> cluster_view::run()
{
    task_group parts(executor_);
    parts.spawn(watch_namespaces_.run());
    parts.spawn(watch_accounts_.run());
    parts.spawn(watch_secrets_.run());
    parts.spawn(watch_image_pull_secrets_.run());
    parts.spawn(watch_credentials_.run());
    parts.spawn(confirm_missing());
    co_await parts.join();
}

task<void> cluster_view::wait_for_sync()
{
    while (!is_synced_)
        co_await synced_.wait();
}

void cluster_view::set_resync_period(std::chrono::milliseconds period)
{
    for (auto* each :
         {&watch_namespaces_,
          &watch_accounts_,
          &watch_secrets_,
          &watch_image_pull_secrets_,
          &watch_credentials_})
        each->set_resync_period(period);
}

void cluster_view::on_listed()
{
    if (is_synced_)
        return;
    for (auto const* each : watchers())
        if (!each->is_synced())
            return;
    is_synced_ = true;
    log_.info(
        "caches are synced",
        {{"namespaces", store_.namespaces()},
         {"serviceaccounts", store_.accounts()},
         {"secrets", store_.secrets()},
         {"imagepullsecrets", catalog_.size()}}
    );
    synced_.notify();
}

void cluster_view::refresh_credentials()
{
    for (auto const& name : catalog_.refresh())
        observer_->on_credential_changed(name);
}

/// Handles ImagePullSecrets that a list lacks and of which no DELETED event was seen: their credentials stay
/// until a consistent read confirms the deletion.
task<void> cluster_view::confirm_missing()
{
    for (;;)
    {
        auto const missing = catalog_reflector_.missing();
        if (missing.empty())
        {
            co_await missing_.wait();
            continue;
        }
        auto present = co_await read_spec_versions(client_, catalog_);
        if (!present)
        {
            log_.warning(
                "cannot confirm that imagepullsecrets were deleted; they stay in use; retrying in 1s",
                {{"imagepullsecrets", missing.size()}, {"error", present.error().message()}}
            );
            co_await sleep_for(confirm_retry);
            continue;
        }
        for (auto const& name : missing)
        {
            if (present->contains(name))
            {
                catalog_reflector_.keep_missing(name);
                continue;
            }
            log_.info("an imagepullsecret was deleted while not watched", {{"imagepullsecret", name}});
            catalog_reflector_.drop_missing(name);
        }
    }
}

}  // namespace tcr::controller
