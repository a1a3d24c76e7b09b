// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/cluster_view.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/util/task_group.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::controller
{
namespace
{

/// Retries after 1 to 2 s: the jitter of the backoff subtracts up to half of the delay.
constexpr backoff_policy confirm_retry{std::chrono::seconds{2}, std::chrono::seconds{2}};

/// The first retries have the same delays as the first retries of a watch.
constexpr backoff_policy access_retry{std::chrono::milliseconds{250}, std::chrono::seconds{5}};

/// The uid and generation of each ImagePullSecret, by name. Equal versions mean equal specs.
using spec_versions = std::map<std::string, std::pair<std::string, std::int64_t>>;

/// Reads the versions of all ImagePullSecrets, except those that count as deleted (`is_gone`).
/// `catalog_reflector` makes the same exception.
class spec_version_reader final : public kube::table_reader<image_pull_secret_values>
{
public:
    /// `known` must outlive the reader.
    explicit spec_version_reader(catalog const& known)
        : table_reader(image_pull_secret_fields()), known_(known)
    {
    }

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        if (!values_.is_gone(meta))
            versions[meta.name] = {meta.uid, values_.generation};
    }

    /// An unreadable object counts as unchanged, because the catalog keeps it as it was last read. The
    /// generation is therefore that in the catalog. If the catalog lacks the object, any generation makes the
    /// versions differ.
    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view) override
    {
        auto const* entry = known_.find(meta.name);
        if (!values_.is_gone(meta))
            versions[meta.name] = {meta.uid, entry != nullptr ? entry->cr.generation : 0};
    }

    spec_versions versions;

private:
    catalog const& known_;
};

spec_versions versions_of(catalog const& image_pull_secrets)
{
    spec_versions versions;
    for (auto const& [name, entry] : image_pull_secrets)
        versions[name] = {entry.cr.uid, entry.cr.generation};
    return versions;
}

/// The versions that the API server stores now. An unreadable ImagePullSecret has the generation in `known`.
/// \par Lifetimes both references must outlive the call.
/// \par Errors those of the API. \par Cancellation terminal.
task<result<spec_versions>> read_spec_versions(kube::client& client, catalog const& known)
{
    spec_version_reader reader(known);
    kube::selection const all;
    auto const type = image_pull_secret_type();
    auto read = co_await client.list(type, all, reader, "cannot list the specs of ImagePullSecrets");
    if (!read)
        co_return read.error();
    co_return std::move(reader.versions);
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
      catalog_([this](auto const& spec) { return find_credential(spec, credentials_); }),
      namespaces_(store_, [this](auto event) { observer_->on_stored(runtime::kind::namespaces, event); }),
      accounts_(
          store_,
          [this](auto event) { observer_->on_stored(runtime::kind::accounts, event); },
          std::string(secret_prefix)
      ),
      catalog_reflector_(
          catalog_,
          {[this](auto const& name, auto before) { on_spec(name, before); },
           [this] { observer_->on_status_changed(); },
           [this] { confirmation_.trigger(); }}
      ),
      quarantine_(log),
      secrets_(
          executor,
          client,
          store_,
          quarantine_,
          options.watcher,
          log,
          {[this](auto event) { observer_->on_stored(runtime::kind::secrets, event); },
           [this]
           {
               apply_access();
               on_listed();
           },
           [this] { review_access(); }}
      ),
      watches_{
          {watch({"", "v1", "namespaces", true}, {}, namespaces_, options.watcher),
           watch({"", "v1", "serviceaccounts"}, {}, accounts_, options.watcher),
           watch(image_pull_secret_type(), {}, catalog_reflector_, options.watcher),
           watch(
               {"", "v1", "secrets"},
               credentials::credential_selection(options.tokens.own_namespace),
               credentials_,
               options.watcher,
               "credentials"
           )}},
      confirmation_(
          executor, [this] { return confirm_missing(); }, confirm_retry
      ),
      access_review_(
          executor, [this] { return read_access(); }, access_retry
      ),
      own_namespace_(options.tokens.own_namespace),
      access_(options.access_interval),
      synced_(executor)
{
    namespaces_.report_problems_to([this](auto ns, auto name, auto problem)
                                   { quarantine_.add(watches_[0].name(), ns, name, problem); });
    accounts_.report_problems_to([this](auto ns, auto name, auto problem)
                                 { quarantine_.add(watches_[1].name(), ns, name, problem); });
}

runtime::watcher cluster_view::watch(
    kube::resource type,
    kube::selection which,
    runtime::reflector& target,
    runtime::watcher_options options,
    std::string name
)
{
    options.name = std::move(name);
    auto listed = [this] { on_listed(); };
    return {
        client_, std::move(type), std::move(which), target, quarantine_, std::move(options), log_, listed};
}

task<void> cluster_view::run()
{
    task_group parts(executor_);
    for (auto& each : watches_)
        parts.spawn(each.run());
    parts.spawn(secrets_.run());
    parts.spawn(confirmation_.run());
    parts.spawn(access_review_.run());
    co_await parts.join();
}

task<void> cluster_view::wait_for_sync()
{
    while (!is_synced_)
        co_await synced_.wait();
}

void cluster_view::set_resync_period(std::chrono::milliseconds period)
{
    for (auto& each : watches_)
        each.set_resync_period(period);
    secrets_.set_resync_period(period);
}

std::vector<runtime::watch_summary> cluster_view::watches() const
{
    std::vector<runtime::watch_summary> all;
    for (auto const& each : watches_)
        all.push_back(each.summary());
    auto secrets = secrets_.summary();
    // A replica that was ready stays ready while a new watch of pull Secrets is listing.
    secrets.is_synced = secrets.is_synced || is_synced_;
    all.insert(all.begin() + 2, std::move(secrets));
    return all;
}

void cluster_view::on_listed()
{
    auto const has_listed = [](auto const& each) { return each.is_synced(); };
    if (is_synced_ || !access_.is_settled() || !std::ranges::all_of(watches_, has_listed) ||
        !secrets_.summary().is_synced)
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

// --- access to pull Secrets

void cluster_view::on_spec(std::string const& name, std::shared_ptr<namespace_scope const> const& before)
{
    if (auto const* entry = catalog_.find(name))
    {
        access_.need(entry->secret.name);
        access_review_.trigger();
    }
    observer_->on_spec_changed(name, before);
}

void cluster_view::review_access()
{
    access_.refused();
    access_review_.trigger();
}

/// Asks the API server which pull Secrets the controller may access, if a review is due.
task<runtime::next_reconcile> cluster_view::read_access()
{
    runtime::next_reconcile next{access_.due()};
    if (std::chrono::steady_clock::now() < next.at)
        co_return next;
    access_.begin(std::chrono::steady_clock::now());
    auto names = catalog_.secret_names();
    // Also ask about the names that were granted before. If the ImagePullSecret of such a name was deleted,
    // the controller must still remove its Secrets.
    names.insert(access_.granted().names().begin(), access_.granted().names().end());
    auto found = co_await read_secret_access(client_, std::move(names), own_namespace_);
    if (!found && is_review_refused(found.error()) && !access_.is_known())
        found = secret_access();
    if (!found)
    {
        access_.failed();
        auto const text = found.error().message();
        if (reported_.is_new("access", text))
            log_.warning("cannot find out which Secrets may be read; retrying within 5s", {{"error", text}});
        next.is_failed = true;
        co_return next;
    }
    reported_.resolved("access");
    if (access_.answered(std::move(*found), catalog_.secret_names(), std::chrono::steady_clock::now()))
        use_access();
    on_listed();
    report_access();
    next.at = access_.due();
    co_return next;
}

/// Watches the Secrets that are granted now.
void cluster_view::use_access()
{
    auto const& granted = access_.granted();
    if (granted.is_by_name())
        log_.info("accessing only Secrets with the granted names", {{"names", granted.names().size()}});
    else if (catalog_.access().is_by_name())
        log_.info("accessing all Secrets");
    secrets_.set_access(granted);
    apply_access();
}

/// Puts the granted access into the catalog. Leaves out newly granted Secrets until their watch has received
/// a list. Until then, the store lacks these Secrets, and the controller would conclude that they do not
/// exist.
void cluster_view::apply_access()
{
    auto usable = access_.granted();
    if (!usable.is_by_name() && !secrets_.has_listed({}))
        return;
    if (usable.is_by_name())
    {
        auto names = usable.names();
        std::erase_if(
            names,
            [this](auto const& name) { return !secrets_.has_listed(name) && !catalog_.access().allows(name); }
        );
        usable = secret_access(std::move(names), own_namespace_);
    }
    auto const before = catalog_.access();
    if (usable == before)
        return;
    for (auto const& name : catalog_.set_access(usable))
        observer_->on_credential_changed(name);
    auto const is_gained = [&](auto const& name) { return !before.allows(name); };
    if (before.is_by_name() && (!usable.is_by_name() || std::ranges::any_of(usable.names(), is_gained)))
        observer_->on_access_gained();
}

/// Logs a warning once for each ImagePullSecret that lacks access to its Secret.
void cluster_view::report_access()
{
    for (auto const& [name, entry] : catalog_)
    {
        auto const problem = access_.granted().problem_of(name);
        if (problem.empty())
            reported_.resolved("access/" + name);
        else if (reported_.is_new("access/" + name, problem))
            log_.warning(
                "an ImagePullSecret lacks access to its Secret",
                {{"imagepullsecret", name}, {"error", problem}}
            );
    }
}

void cluster_view::refresh_credentials()
{
    for (auto const& name : catalog_.refresh())
        observer_->on_credential_changed(name);
}

task<result<bool>> cluster_view::has_current_specs()
{
    auto const present = co_await read_spec_versions(client_, catalog_);
    if (!present)
        co_return present.error();
    co_return *present == versions_of(catalog_);
}

/// Handles ImagePullSecrets that are missing in a list and had no DELETED event. They stay in use until a
/// consistent read confirms the deletion.
task<runtime::next_reconcile> cluster_view::confirm_missing()
{
    runtime::next_reconcile next{std::chrono::steady_clock::time_point::max()};
    auto const missing = catalog_reflector_.missing();
    if (missing.empty())
    {
        reported_.resolved("list");
        co_return next;
    }
    auto const present = co_await read_spec_versions(client_, catalog_);
    if (!present)
    {
        auto const text = present.error().message();
        // Logs one warning per outage, not one per retry.
        if (reported_.is_new("list", text))
            log_.warning(
                "cannot confirm that ImagePullSecrets were deleted; they stay in use; retrying within 2s",
                {{"imagepullsecrets", missing.size()}, {"error", text}}
            );
        next.is_failed = true;
        co_return next;
    }
    reported_.resolved("list");
    for (auto const& name : missing)
    {
        bool const is_deleted = !present->contains(name);
        if (is_deleted)
            log_.info("an ImagePullSecret was deleted while not watched", {{"imagepullsecret", name}});
        catalog_reflector_.resolve_missing(name, is_deleted);
    }
    co_return next;
}

}  // namespace tcr::controller
