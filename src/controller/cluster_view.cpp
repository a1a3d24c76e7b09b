#include <tcr/controller/cluster_view.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/util/task_group.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::controller
{
namespace
{

/// Retries after 1 to 2 s, because the backoff has jitter.
constexpr backoff_policy confirm_retry{std::chrono::seconds{2}, std::chrono::seconds{2}};

/// The uid and generation of each ImagePullSecret, by name. Equal versions mean equal specs.
using spec_versions = std::map<std::string, std::pair<std::string, std::int64_t>>;

/// Reads the versions of all ImagePullSecrets, except those that are gone. `catalog_reflector` makes the same
/// exception.
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

    /// For an unreadable object, uses the generation in the catalog, because the catalog keeps the object as
    /// it was last read. If the catalog lacks the object, the versions differ by its name.
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
    auto read = co_await client.list(type, all, reader, "cannot list imagepullsecrets");
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
      secrets_(store_, [this](auto event) { observer_->on_stored(runtime::kind::secrets, event); }),
      catalog_reflector_(
          catalog_,
          {[this](auto const& name, auto before) { observer_->on_spec_changed(name, before); },
           [this] { observer_->on_status_changed(); },
           [this] { confirmation_.trigger(); }}
      ),
      quarantine_(log),
      watches_{
          {watch({"", "v1", "namespaces", true}, {}, namespaces_, options.watcher),
           watch({"", "v1", "serviceaccounts"}, {}, accounts_, options.watcher),
           watch({"", "v1", "secrets"}, our_secrets(), secrets_, options.watcher),
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
    parts.spawn(confirmation_.run());
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
}

void cluster_view::on_listed()
{
    auto const has_listed = [](auto const& each) { return each.is_synced(); };
    if (is_synced_ || !std::all_of(watches_.begin(), watches_.end(), has_listed))
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

task<result<bool>> cluster_view::has_current_specs()
{
    auto const present = co_await read_spec_versions(client_, catalog_);
    if (!present)
        co_return present.error();
    co_return *present == versions_of(catalog_);
}

/// Handles ImagePullSecrets that are missing in a list and had no DELETED event. Their credentials stay until
/// a consistent read confirms the deletion.
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
                "cannot confirm that imagepullsecrets were deleted; they stay in use; retrying within 2s",
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
            log_.info("an imagepullsecret was deleted while not watched", {{"imagepullsecret", name}});
        catalog_reflector_.resolve_missing(name, is_deleted);
    }
    co_return next;
}

}  // namespace tcr::controller
