// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_secret.hpp>
#include <tcr/commands/cleanup.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/controller/reconciler.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace tcr::commands
{
namespace
{

using steady_clock = std::chrono::steady_clock;

kube::resource const secrets{"", "v1", "secrets", true};
kube::resource const deployments{"apps", "v1", "deployments"};

constexpr std::chrono::milliseconds pause_between_passes{500};

kube::selection labelled(std::string_view key, std::string_view value, std::string const& ns)
{
    kube::selection which;
    which.label_selector.append(key).append("=").append(value);
    which.ns = ns;
    return which;
}

/// Selects the ImagePullSecrets of configured instances, all of which have `controller::instance_label`.
kube::selection made_for_instances()
{
    auto which = labelled(controller::managed_by_label, controller::managed_by_value, {});
    which.label_selector.append(",").append(controller::instance_label);
    return which;
}

/// Whether a retry is useless: the account lacks a permission or is not authenticated.
bool is_final(error const& failure)
{
    return failure.code == kube::errc::forbidden || failure.code == kube::errc::unauthorized;
}

}  // namespace

/// The state of one pass: the cluster as it was read, and the namespaces to clean.
struct cleanup::pass
{
    explicit pass(cleanup& owner)
        : reconciler(
              owner.writes_,
              store,
              owner.empty_catalog_,
              owner.recent_writes_,
              owner.events_,
              owner.log_,
              {[] {}, [](auto) {}}
          )
    {
    }

    runtime::cluster_store store;
    controller::reconciler reconciler;
    std::vector<std::string> namespaces;  ///< namespaces to clean
    std::size_t next = 0;                 ///< index of the next one in `namespaces`
    std::size_t unsettled = 0;            ///< number of namespaces that had a write or a failure
};

cleanup::cleanup(asio::any_io_executor executor, kube::client& client, cleanup_options options, logger& log)
    : executor_(executor),
      client_(client),
      options_(std::move(options)),
      log_(log),
      election_(executor, client, options_.lease, options_.election, leadership_, log),
      writes_(executor, client, leadership_),
      events_(
          executor,
          [this](auto request, auto doing) { return writes_.fetch(std::move(request), doing); },
          {},
          log
      ),
      ended_(executor)
{
}

task<result<void>> cleanup::run()
{
    auto const deadline = steady_clock::now() + options_.limit;
    auto const has_namespace = co_await has_own_namespace(deadline);
    if (!has_namespace)
        co_return has_namespace.error();
    result<void> ready;
    if (*has_namespace)
        ready = co_await stop_controller();
    else
        ready = co_await check_other_leases();
    if (!ready)
        co_return ready;
    failure_ = error(
        net::errc::timed_out, "cannot acquire the controller's lease in time; the lines above show why"
    );
    task_group parts(executor_);
    // GCC 12 would destroy a temporary twice, so name the function object.
    std::function<task<void>()> leading = [this] { return remove_all(); };
    if (*has_namespace)
        parts.spawn(election_.run(std::move(leading)));
    else
    {
        leadership_.hold_for_ever();
        parts.spawn(remove_all());
    }
    bool is_stopped = false;
    while (!is_stopped && !is_done_ && steady_clock::now() < deadline && !is_final(failure_))
    {
        co_await ended_.wait_until(deadline);
        auto const state = co_await asio::this_coro::cancellation_state;
        is_stopped = state.cancelled() != asio::cancellation_type::none;
        // The code below must run even after cancellation: it waits for the parts, which refer to this frame,
        // and releases the lease.
        if (is_stopped)
            co_await asio::this_coro::reset_cancellation_state();
    }
    parts.cancel();
    try
    {
        co_await parts.join();
    }
    catch (boost::system::system_error const& e)
    {
        if (e.code() != asio::error::operation_aborted)
            throw;
    }
    co_await election_.release();
    if (is_stopped && !is_done_)
        co_return error(asio::error::operation_aborted, "stopped by a signal");
    if (!is_done_)
        co_return failure_;
    co_return result<void>();
}

/// Whether the controller's namespace exists. If the namespace is being deleted, waits until it no longer
/// exists: the controller may still run, and the lease cannot be created there. Needs only the right to list
/// namespaces, which the chart's hook has.
/// \par Errors those of the API; `net::errc::timed_out` at `deadline`.
task<result<bool>> cleanup::has_own_namespace(steady_clock::time_point deadline)
{
    kube::resource const namespaces{"", "v1", "namespaces", true};
    auto const& own = options_.own_namespace;
    auto const which = kube::select_object(own);
    bool is_reported = false;
    for (;;)
    {
        auto const found =
            co_await list_names(client_, namespaces, which, "cannot read the controller's namespace");
        if (!found)
            co_return found.error();
        if (found->empty())
            co_return false;
        if (!found->front().is_deleting)
            co_return true;
        if (!std::exchange(is_reported, true))
            log_.info("waiting until the controller's namespace is deleted", {{"namespace", own}});
        if (steady_clock::now() >= deadline)
            co_return error(
                net::errc::timed_out, "namespace " + own + " is being deleted, which does not end in time"
            );
        co_await sleep_for(pause_between_passes);
    }
}

/// Checks that no namespace has a Lease of the controller. Call it if the given namespace does not exist.
/// \par Errors those of the API; `kube::errc::bad_config` if there is such a Lease, because the given
/// namespace is then probably wrong.
task<result<void>> cleanup::check_other_leases()
{
    kube::resource const leases{"coordination.k8s.io", "v1", "leases", true};
    auto const which = kube::select_name(options_.lease.name);
    auto const found = co_await list_names(client_, leases, which, "cannot list leases");
    if (!found)
        co_return found.error();
    auto const& own = options_.own_namespace;
    if (!found->empty())
        co_return error(
            kube::errc::bad_config,
            "namespace " + own + " does not exist, but the controller's lease is in namespace " +
                found->front().ns + "; give --namespace " + found->front().ns
        );
    log_.info(
        "the controller's namespace does not exist, so no controller with leader election runs in that "
        "namespace; cleaning up without a lease",
        {{"namespace", own}}
    );
    co_return result<void>();
}

/// Scales the Deployment to 0 replicas. The operator must stop a controller outside of this Deployment: the
/// cleanup waits for the lease that such a controller holds.
task<result<void>> cleanup::stop_controller()
{
    auto request = kube::merge_patch_request(
        deployments, options_.own_namespace, options_.deployment, R"({"spec":{"replicas":0}})", "scale"
    );
    auto const name = options_.own_namespace + "/" + options_.deployment;
    auto answer =
        co_await client_.fetch(std::move(request), "cannot stop the controller, Deployment " + name);
    if (answer)
        log_.info("scaled the controller to 0 replicas", {{"deployment", name}});
    else if (answer.error().code == kube::errc::not_found)
        log_.info("the controller's Deployment does not exist", {{"deployment", name}});
    else
        co_return answer.error();
    co_return result<void>();
}

task<void> cleanup::remove_all()
{
    failure_ = error(net::errc::timed_out, "the cleanup did not finish within --timeout");
    for (;;)
    {
        auto const done = co_await remove_all_once();
        is_done_ = done.has_value();
        if (is_done_)
            break;
        failure_ = done.error();
        if (is_final(failure_))
            break;
        // Do not log a conflict: usually, this pass has removed objects, and the next pass checks that no
        // object is left.
        bool const is_new = std::exchange(reported_failure_, failure_.message()) != failure_.message();
        if (is_new && failure_.code != kube::errc::conflict)
            log_.warning("cannot clean up; retrying in 0.5s", {{"error", failure_.message()}});
        co_await sleep_for(pause_between_passes);
    }
    ended_.notify();
}

task<result<void>> cleanup::remove_all_once()
{
    auto done = co_await clean_namespaces();
    if (!done)
        co_return done;
    auto const& own = options_.own_namespace;
    auto const tokens = labelled(credentials::credential_label, credentials::token_label_value, own);
    done = co_await delete_all(secrets, tokens, "token Secret");
    if (!done)
        co_return done;
    auto const certificate = labelled(admission::certificate_label, admission::certificate_label_value, own);
    done = co_await delete_all(secrets, certificate, "webhook certificate Secret");
    if (!done)
        co_return done;
    auto const type = controller::image_pull_secret_type();
    auto const which = options_.deletes_image_pull_secrets ? kube::selection() : made_for_instances();
    done = co_await delete_all(type, which, "ImagePullSecret");
    // If the CRD is missing, there are no ImagePullSecrets to delete.
    bool const has_no_crd = !done && (done.error().code == kube::errc::unknown_resource ||
                                      done.error().code == kube::errc::not_found);
    co_return has_no_crd ? result<void>() : done;
}

bool cleanup::needs_cleaning(runtime::namespace_id ns, runtime::cluster_store const& store) const
{
    controller::probe_results const nothing;
    runtime::cluster_store::account_cursor from = 0;
    while (from != runtime::cluster_store::end_of_accounts)
    {
        auto const planned = controller::plan(empty_catalog_, store, ns, nothing, from);
        if (!planned.actions.empty())
            return true;
        from = planned.next;
    }
    return false;
}

/// Reads the cluster and removes our references and pull Secrets.
/// \par Errors those of the API; `kube::errc::conflict` if the pass wrote an object or a write failed. Only a
/// pass without writes proves that no object is left.
task<result<void>> cleanup::clean_namespaces()
{
    pass current(*this);
    auto const& store = current.store;
    auto const read = co_await read_cluster(client_, current.store, empty_catalog_, options_.own_namespace);
    if (!read)
        co_return read;
    kept_ = 0;
    store.for_each_namespace(
        [&](auto ns)
        {
            store.for_each_secret(ns, [&](auto const& secret) { kept_ += secret.state.is_unowned ? 1 : 0; });
            if (needs_cleaning(ns, store))
                current.namespaces.emplace_back(store.view(ns).name);
        }
    );
    if (!current.namespaces.empty())
        log_.info(
            "cleaning namespaces",
            {{"to_clean", current.namespaces.size()},
             {"all", store.namespaces()},
             {"secrets", store.secrets()}}
        );
    task_group workers(executor_);
    for (std::size_t i = 0; i < std::min(options_.max_in_flight, current.namespaces.size()); ++i)
        workers.spawn(clean_next(current));
    co_await workers.join();
    if (current.unsettled > 0)
        co_return error(
            kube::errc::conflict, std::to_string(current.unsettled) + " namespaces needed cleaning"
        );
    co_return result<void>();
}

/// Cleans one namespace of the pass after another. Several such coroutines share the pass.
task<void> cleanup::clean_next(pass& current)
{
    while (current.next < current.namespaces.size())
    {
        auto const ns = current.store.find_namespace(current.namespaces[current.next++]);
        if (!ns)
            continue;
        runtime::key_history const first;
        auto outcome = co_await current.reconciler.reconcile(*ns, first);
        if (outcome.how != runtime::work_outcome::end::settled)
            ++current.unsettled;
        while (outcome.how == runtime::work_outcome::end::unfinished)
            outcome = co_await current.reconciler.reconcile(*ns, first);
    }
}

task<result<void>> cleanup::delete_all(
    kube::resource const& type, kube::selection const& which, std::string_view kind
)
{
    auto doing = std::string("cannot list ").append(kind).append("s");
    auto const found = co_await list_names(client_, type, which, doing);
    if (!found)
        co_return found.error();
    for (auto const& each : *found)
    {
        auto request = kube::delete_request(type, each.ns, each.name, std::to_string(each.resource_version));
        doing = std::string("cannot delete ").append(kind).append(" ").append(each.name);
        auto const deleted = co_await writes_.fetch(std::move(request), doing);
        if (!deleted && deleted.error().code != kube::errc::not_found)
            co_return deleted.error();
        log_.info("deleted an object", {{"kind", kind}, {"name", each.name}});
    }
    co_return result<void>();
}

}  // namespace tcr::commands
