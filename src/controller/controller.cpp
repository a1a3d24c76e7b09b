#include <tcr/controller/controller.hpp>
#include <tcr/util/task_group.hpp>

namespace tcr::controller
{
namespace
{

using runtime::cause;
using runtime::change;
using runtime::lane;

kube::selection our_label()
{
    kube::selection which;
    which.label_selector.append(managed_by_label).append("=").append(managed_by_value);
    return which;
}

constexpr std::chrono::seconds orphan_retry{10};
constexpr std::chrono::seconds housekeeping_interval{30};
constexpr std::chrono::seconds idle_connection_age{60};

}  // namespace

controller::controller(
    asio::any_io_executor executor, kube::client& client, controller_options options, logger& log
)
    : executor_(executor),
      client_(client),
      log_(log),
      reconciler_(client, store_, crs_, outcomes_, log, [this] { status_writer_.touch(); }),
      dispatcher_(
          executor,
          options.queue,
          options.max_in_flight,
          [this](auto where) { return reconciler_.reconcile(where, dispatcher_.failures(where)); },
          log
      ),
      status_writer_(executor, client, crs_, store_, outcomes_, options.status, log),
      namespaces_(
          store_,
          [this](auto event)
          {
              // Numbers of namespaces are used again: what was said of the old one is not the new one's.
              if (event.what != change::modified)
                  dispatcher_.forget(event.where);
              on_change(event, event.what != change::removed);
          }
      ),
      accounts_(store_, [this](auto event) { on_change(event, event.what == change::added); }),
      secrets_(store_, [this](auto event) { on_change(event, event.what == change::added); }),
      catalog_reflector_(
          crs_, {[this](auto const& name) { on_wish(name); }, [this](auto const&) { status_writer_.touch(); }}
      ),
      watch_namespaces_(
          client,
          {"", "v1", "namespaces", true},
          {},
          namespaces_,
          options.watcher,
          log,
          [this] { on_synced(); }
      ),
      watch_accounts_(
          client, {"", "v1", "serviceaccounts"}, {}, accounts_, options.watcher, log, [this] { on_synced(); }
      ),
      watch_secrets_(
          client, {"", "v1", "secrets"}, our_label(), secrets_, options.watcher, log, [this] { on_synced(); }
      ),
      watch_crs_(
          client,
          image_pull_secret_type(),
          {},
          catalog_reflector_,
          options.watcher,
          log,
          [this] { on_synced(); }
      ),
      synced_news_(executor)
{
}

bool controller::is_synced() const
{
    return watch_namespaces_.is_synced() && watch_accounts_.is_synced() && watch_secrets_.is_synced() &&
           watch_crs_.is_synced();
}

void controller::on_change(runtime::stored event, bool is_wish)
{
    if (!synced_)
        return;
    dispatcher_.add(event.where, lane::fresh, is_wish ? cause::change : cause::drift);
    status_writer_.touch();
}

void controller::on_wish(std::string const& cr_name)
{
    if (auto const* entry = crs_.find(cr_name))
        outcomes_.adopt(entry->cr);
    else
        outcomes_.forget(cr_name);
    if (!synced_)
        return;
    store_.for_each_namespace([this](auto where) { dispatcher_.add(where, lane::bulk, cause::change); });
    status_writer_.touch_at_once();
}

void controller::on_synced()
{
    if (synced_ || !is_synced())
        return;
    synced_ = true;
    log_.info(
        "synced",
        {{"namespaces", store_.namespaces()},
         {"serviceaccounts", store_.accounts()},
         {"secrets", store_.secrets()},
         {"imagepullsecrets", crs_.size()}}
    );
    store_.for_each_namespace([this](auto where) { dispatcher_.add(where, lane::bulk, cause::change); });
    dispatcher_.open();
    status_writer_.touch_at_once();
    synced_news_.notify();
}

task<void> controller::adopt_orphans()
{
    while (!synced_)
        co_await synced_news_.wait();
    for (;;)
    {
        auto found = co_await reconciler_.find_orphans();
        if (found)
        {
            for (auto const& ns : *found)
                if (auto where = store_.find_namespace(ns))
                    dispatcher_.add(*where, lane::bulk, cause::change);
            co_return;
        }
        log_.warning("will retry", {{"why", found.error().message()}});
        co_await sleep_for(orphan_retry);
    }
}

task<void> controller::keep_house()
{
    for (;;)
    {
        co_await sleep_for(housekeeping_interval);
        client_.close_idle(idle_connection_age);
    }
}

task<void> controller::run()
{
    task_group parts(executor_);
    parts.spawn(watch_namespaces_.run());
    parts.spawn(watch_accounts_.run());
    parts.spawn(watch_secrets_.run());
    parts.spawn(watch_crs_.run());
    parts.spawn(dispatcher_.run());
    parts.spawn(status_writer_.run());
    parts.spawn(adopt_orphans());
    parts.spawn(keep_house());
    co_await parts.join();
}

}  // namespace tcr::controller
