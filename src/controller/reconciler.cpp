// SPDX-License-Identifier: Apache-2.0
#include "failure_effect.hpp"
#include "reasons.hpp"
#include <tcr/controller/reconciler.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tcr::controller
{
namespace
{

kube::resource const secrets{"", "v1", "secrets"};
kube::resource const accounts{"", "v1", "serviceaccounts"};

// Limits of one run. The remaining work waits until other namespaces have had their runs.
constexpr std::size_t max_requests_per_run = 256;
constexpr std::size_t max_reads_per_run = 4;

// Limits for the results that unfinished runs leave: max results of one namespace, and max namespaces with
// results. If a run would exceed a limit, its results are discarded, and it counts as failed.
constexpr std::size_t max_partial_results = 1'000;
constexpr std::size_t max_unfinished = 64;

/// Max steps for one object in one run. If more are necessary, other clients probably change the object, too.
/// The run then fails, and the queue delays the next run.
constexpr int max_steps_per_target = 8;

/// Max chunks of accounts that one turn of the event loop plans, if none of the chunks needs an action.
constexpr int chunks_per_turn = 16;

std::string references_patch(action const& step)
{
    namespace json = boost::json;
    json::array list;
    for (auto const& name : step.references)
        list.push_back(json::object({{"name", name}}));
    return "{\"metadata\":{\"resourceVersion\":\"" + std::to_string(step.resource_version) +
           "\"},\"imagePullSecrets\":" + json::serialize(list) + "}";
}

/// The part of an Event's text that follows the Secret's name.
std::string_view event_text_for(std::string_view why)
{
    if (why == reason::secret_created)
        return " was created";
    if (why == reason::secret_adopted)
        return " existed and was adopted";
    if (why == reason::credential_updated)
        return " was updated with the new credential";
    return " was changed by another client and has been repaired";
}

/// Indexed by action::kind.
constexpr std::string_view verbs[] = {
    "create Secret",
    "update Secret",
    "delete Secret",
    "inspect Secret",
    "read account",
    "set references of account"};

std::string_view verb_of(action::kind what)
{
    return verbs[static_cast<std::size_t>(what)];
}

struct ignored_body final : net::body_sink
{
    boost::system::error_code on_body(std::string_view) override { return {}; }
};

/// The names in an account's imagePullSecrets. Stops collecting when the list is too long to be rewritten.
struct written_references
{
    /// Adds `size` bytes to the list's length. \return whether the list is still short enough.
    bool grow(std::size_t size) { return (bytes += size) <= runtime::reference_list::max_bytes; }

    std::vector<std::string> names;
    std::size_t bytes = 0;
};

constexpr kube::field<written_references> account_fields[] = {
    {.path = "imagePullSecrets[]",
     .open =
         [](auto& list)
     {
         if (list.grow(runtime::reference_list::bytes_per_entry))
             list.names.emplace_back();
     }},
    {.path = "imagePullSecrets[].name",
     .piece =
         [](auto& list, auto piece, bool)
     {
         if (list.grow(piece.size()))
             list.names.back().append(piece);
     }},
};

/// Reads the whole list of one account.
class account_list_reader final : public kube::table_reader<written_references>
{
public:
    account_list_reader() : table_reader(account_fields) {}

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        is_found = values_.grow(0);
        list = {meta.resource_version, std::move(values_.names)};
    }

    account_list list;
    bool is_found = false;  ///< the account exists, and its list is short enough to be rewritten
};

/// Reads the UID of an object; empty if the object is missing or being deleted.
class live_uid_reader final : public kube::meta_reader
{
public:
    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        if (!meta.is_deleting)
            uid = meta.uid;
    }

    std::string uid;
};

}  // namespace

/// The state of one run.
struct reconciler::run : partial_results
{
    std::string ns;  ///< name of the namespace, whose index may be reused during a request
    std::uint64_t id = 0;
    runtime::key_history before;
    std::map<std::pair<bool, std::string>, int> steps;  ///< number of steps of each object (see `target_of`)
    std::size_t requests = 0;
    std::size_t reads = 0;
    bool is_over = false;           ///< no further steps are possible now
    bool wrote = false;             ///< the last step wrote its object
    std::string_view write_reason;  ///< reason of the last step, if it created or updated a Secret

    // Names of pull Secrets whose references the last step added to its account, or removed from it.
    std::vector<std::string> added;
    std::vector<std::string> removed;

    static bool is_of_account(action const& step)
    {
        return step.what == action::kind::set_references || step.what == action::kind::read_account;
    }

    /// The lists of a status that show the result of a step.
    static auto lists_of(action const& step)
    {
        return is_of_account(step) ? &recent_writes::lists::accounts : &recent_writes::lists::secrets;
    }

    /// The object of a step: whether it is an account, and its name. An account and a Secret may have the
    /// same name.
    static std::pair<bool, std::string> target_of(action const& step)
    {
        return {is_of_account(step), step.target};
    }

    bool has_reached_limits() const { return requests >= max_requests_per_run || reads >= max_reads_per_run; }

    /// For each account that this run has read and for which nothing is planned: drops the list of references
    /// and keeps only the version. The run then plans nothing more for this version of the account.
    void drop_settled_lists(std::vector<action> const& planned)
    {
        // The result of an inspection may require a write of any of these lists.
        if (std::ranges::find(planned, action::kind::inspect_secret, &action::what) != planned.end())
            return;
        std::erase_if(
            found.accounts,
            [&](auto const& each)
            {
                bool const is_settled = std::none_of(
                    planned.begin(),
                    planned.end(),
                    [&](auto const& step) { return step.target == each.first; }
                );
                if (is_settled)
                    found.checked[each.first] = each.second.resource_version;
                return is_settled;
            }
        );
    }

    status_entry status_entry_of(
        action const& step, std::string_view reason = {}, std::string_view message = {}
    ) const
    {
        auto const now = rfc3339(std::chrono::system_clock::now());
        return {ns + "/" + step.target, now, std::string(reason), std::string(message)};
    }

    std::string describe(action const& step) const { return describe(step.what, step.target); }
    std::string describe(action::kind what, std::string const& name) const
    {
        return std::string("cannot ").append(verb_of(what)).append(" ").append(ns + "/" + name);
    }
};

reconciler::reconciler(
    runtime::fenced_client& client,
    runtime::cluster_store& store,
    catalog const& image_pull_secrets,
    recent_writes& recent,
    runtime::event_recorder& events,
    logger& log,
    listeners to_call
)
    : client_(client),
      store_(store),
      catalog_(image_pull_secrets),
      recent_writes_(recent),
      events_(events),
      log_(log),
      listeners_(std::move(to_call))
{
}

task<runtime::work_outcome> reconciler::reconcile(runtime::namespace_id where, runtime::key_history before)
{
    run at;
    at.ns = store_.view(where).name;
    at.id = ++runs_;
    at.before = before;
    if (auto const unfinished = unfinished_.find(at.ns); unfinished != unfinished_.end())
    {
        static_cast<partial_results&>(at) = std::move(unfinished->second);
        unfinished_.erase(unfinished);
    }
    runtime::cluster_store::account_cursor from = 0;
    int chunks = 0;
    while (!at.is_over)
    {
        auto const here = store_.find_namespace(at.ns);
        if (!here)
            break;
        auto planned = plan(catalog_, store_, *here, at.found, from, removed_);
        for (auto const& each : planned.desired_again)
            removed_.forget({at.ns, each.account, each.secret, catalog_.spec_version(each.secret)});
        report_kept(at, planned.kept);
        std::erase_if(
            planned.actions, [&](auto const& step) { return at.failed_steps.contains(run::target_of(step)); }
        );
        at.drop_settled_lists(planned.actions);
        if (planned.actions.empty())
        {
            if (planned.next == runtime::cluster_store::end_of_accounts)
                break;
            from = planned.next;
            if (++chunks % chunks_per_turn == 0)
                co_await asio::post(asio::use_awaitable);
            continue;
        }
        if (at.has_reached_limits())
            co_return suspend(at);
        co_await act_on(at, planned.actions);
    }
    co_return at.outcome;
}

/// Ends a run that has reached its limits, so that other namespaces have their runs. Stores the results for
/// the next run of this namespace. If the results would exceed a limit, the run counts as failed instead.
runtime::work_outcome reconciler::suspend(run& at)
{
    runtime::work_outcome outcome;
    outcome.how = runtime::work_outcome::end::failed;
    if (at.size() > max_partial_results || unfinished_.size() >= max_unfinished)
        return outcome;
    at.found.accounts.clear();
    unfinished_[at.ns] = std::move(static_cast<partial_results&>(at));
    outcome.how = runtime::work_outcome::end::unfinished;
    return outcome;
}

task<void> reconciler::act_on(run& at, std::vector<action> const& steps)
{
    for (auto const& step : steps)
    {
        if (++at.steps[run::target_of(step)] > max_steps_per_target)
        {
            at.outcome.how = runtime::work_outcome::end::failed;
            at.is_over = true;
            co_return;
        }
        ++at.requests;
        at.wrote = false;
        at.write_reason = {};
        at.added.clear();
        at.removed.clear();
        auto done = co_await act(at, step);
        if (done)
            note_success(at, step);
        else
            note_failure(at, step, done.error());
        // After a read of an account, plan again: the list may need a write before the next read.
        if (at.is_over || at.has_reached_limits() || step.what == action::kind::read_account)
            co_return;
    }
}

task<result<void>> reconciler::act(run& at, action const& step)
{
    // Indexed by action::kind.
    static constexpr task<result<void>> (reconciler::*actions[])(run&, action const&) = {
        &reconciler::create_secret,
        &reconciler::update_secret,
        &reconciler::delete_secret,
        &reconciler::inspect_secret,
        &reconciler::read_account,
        &reconciler::set_references};
    return (this->*actions[static_cast<std::size_t>(step.what)])(at, step);
}

task<result<void>> reconciler::create_secret(run& at, action const& step)
{
    auto const* entry = catalog_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();  // the ImagePullSecret was deleted or became invalid: plan again
    auto request = kube::create_request(secrets, at.ns, entry->secret.create_body);
    auto const sink = secret_sinks_.borrow();
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), *sink, doing);
    if (answer)
    {
        at.wrote = true;
        at.write_reason = reason::secret_created;
        co_return result<void>();
    }
    auto const refused = answer.error();
    if (refused.code != kube::errc::already_exists)
        co_return refused;

    // The store holds the existing Secret as foreign, or lacks it, for example because it has no label of
    // ours.
    co_return co_await inspect_existing(at, step);
}

/// Inspects a Secret that we cannot write as it is. If it is ours or unowned, `inspect_secret` stores it, and
/// the next plan writes it. \par Errors already_exists if the Secret is foreign, and those of the GET.
task<result<void>> reconciler::inspect_existing(run& at, action const& step)
{
    auto inspected = co_await inspect_secret(at, step);
    if (!inspected)
        co_return inspected;
    if (!at.found.foreign.contains(step.target))
        co_return result<void>();
    co_return error(
        kube::errc::already_exists,
        at.ns + "/" + step.target +
            " exists but has another type or owner, so it is left unchanged. Delete or rename it."
    );
}

task<result<void>> reconciler::inspect_secret(run& at, action const& step)
{
    auto const& name = step.target;
    ++at.reads;
    auto request = kube::get_request(secrets, at.ns, name);
    pull_secret_classifier found;
    kube::single_object_decoder decoder(found, kube::object_event::modified);
    decoder.begin();
    auto const doing = at.describe(action::kind::inspect_secret, name);
    auto answer = co_await client_.send(std::move(request), decoder, doing);
    if (!answer)
    {
        if (answer.error().code != kube::errc::not_found)
            co_return answer.error();
        at.found.absent.insert(name);
        co_return result<void>();
    }
    // An unowned Secret enters the store only if the ImagePullSecret that needs its name serves this
    // namespace. The next plan then adopts the Secret. Any other unowned Secret counts as foreign.
    auto const* entry = catalog_.find_by_secret(name);
    auto const here = store_.find_namespace(at.ns);
    bool const is_desired = entry && here && coverage_of(*entry, store_.view(*here)) == coverage::covered;
    if (found.owner == ownership::ours || (found.owner == ownership::unowned && is_desired))
        report_(store_.put_secret(
            at.ns,
            name,
            found.resource_version,
            found.state,
            found.state.has_our_label ? runtime::source::answer : runtime::source::get
        ));
    else
        at.found.foreign.insert(name);
    co_return result<void>();
}

task<result<void>> reconciler::read_account(run& at, action const& step)
{
    auto const& name = step.target;
    ++at.reads;
    account_list_reader reader;
    auto const which = kube::select_object(name, at.ns);
    auto const doing = at.describe(step);
    auto read = co_await client_.list(accounts, which, reader, doing);
    if (!read)
        co_return read.error();
    // Skip the account if it was deleted or is unreadable, or if its list is too long. The watch reports each
    // later change of the account, which queues the namespace again.
    if (reader.is_found)
        at.found.accounts[name] = std::move(reader.list);
    else
        at.found.checked[name] = std::numeric_limits<std::uint64_t>::max();
    co_return result<void>();
}

/// Sends a write. If the object does not exist, drops it from the store. The next plan then creates a missing
/// Secret again, if it is still desired, and ignores a missing account. \return whether the object existed.
task<result<bool>> reconciler::write(
    run& at, action const& step, net::http_request request, net::body_sink& sink
)
{
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), sink, doing);
    at.wrote = answer.has_value();
    if (answer)
        co_return true;
    if (answer.error().code != kube::errc::not_found)
        co_return answer.error();
    constexpr auto source = runtime::source::answer;
    if (run::is_of_account(step))
        report_(store_.drop_account(at.ns, step.target, step.resource_version, source));
    else
        report_(store_.drop_secret(at.ns, step.target, step.resource_version, source));
    co_return false;
}

/// Whether the ImagePullSecret with this UID still exists and is not being deleted, by a consistent read.
///
/// A deletion with --cascade=orphan first removes the ownerReferences from the Secrets, which keep our label.
/// The watch of Secrets may report this removal before the watch of ImagePullSecrets reports the deletion. If
/// the controller then wrote the ownerReference again, the garbage collector would delete the Secret after
/// the ImagePullSecret.
task<result<bool>> reconciler::confirm_owner(std::string cr_name, std::string uid)
{
    live_uid_reader reader;
    auto const which = kube::select_object(cr_name);
    auto const doing = "cannot read ImagePullSecret " + cr_name;
    auto read = co_await client_.list(image_pull_secret_type(), which, reader, doing);
    if (!read)
        co_return read.error();
    co_return reader.uid == uid;
}

task<result<void>> reconciler::update_secret(run& at, action const& step)
{
    auto const* entry = catalog_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();
    auto const here = store_.find_namespace(at.ns);
    auto const secret = here ? store_.find_secret(*here, step.target) : std::nullopt;
    auto const why = reason::of_update(secret ? secret->state : runtime::secret_state(), *entry);
    // A Secret of the original add-on never had our label. So if an unowned Secret has our label, a deletion
    // with `--cascade=orphan` may have begun.
    if (secret && secret->state.is_unowned && secret->state.has_our_label)
    {
        auto const may_own = co_await confirm_owner(entry->cr.name, entry->cr.uid);
        if (!may_own)
            co_return may_own.error();
        entry = catalog_.find_by_secret(step.target);
        if (!*may_own || entry == nullptr || !entry->is_valid())
        {
            at.found.foreign.insert(step.target);
            co_return result<void>();
        }
    }
    auto request = kube::merge_patch_request(
        secrets, at.ns, step.target, entry->secret.update_body(step.resource_version)
    );
    auto const sink = secret_sinks_.borrow();
    auto const written = co_await write(at, step, std::move(request), *sink);
    // An empty state comes from `find_unlabeled_secrets`, which cannot see whether the Secret is immutable.
    // The API server may have refused the patch because the Secret is immutable, so read the Secret. Drop it
    // from the store first: the store would not replace the empty state by another one of the same version.
    if (!written && written.error().code == kube::errc::invalid && secret &&
        secret->state == runtime::secret_state())
    {
        report_(store_.drop_secret(at.ns, step.target, step.resource_version, runtime::source::answer));
        co_return co_await inspect_existing(at, step);
    }
    if (!written)
        co_return written.error();
    if (*written)
        at.write_reason = why;
    co_return result<void>();
}

task<result<void>> reconciler::delete_secret(run& at, action const& step)
{
    auto request = kube::delete_request(secrets, at.ns, step.target, std::to_string(step.resource_version));
    ignored_body ignored;
    auto const deleted = co_await write(at, step, std::move(request), ignored);
    if (!deleted)
        co_return deleted.error();
    if (*deleted)
        report_(store_.drop_secret(at.ns, step.target, step.resource_version, runtime::source::answer));
    co_return result<void>();
}

task<result<void>> reconciler::set_references(run& at, action const& step)
{
    auto const here = store_.find_namespace(at.ns);
    auto const account = here ? store_.find_account(*here, step.target) : std::nullopt;
    std::vector<std::string> added;
    std::vector<std::string> removed;
    if (account)
    {
        for (auto const& name : step.references)
            if (catalog_.find_by_secret(name) && !runtime::names_reference(account->references, name))
                added.push_back(name);
        runtime::for_each_reference(
            account->references,
            [&](std::string_view name)
            {
                bool const is_left = std::ranges::find(step.references, name) != step.references.end();
                if (name.starts_with(secret_prefix) && !is_left)
                    removed.emplace_back(name);
            }
        );
    }
    auto request = kube::merge_patch_request(accounts, at.ns, step.target, references_patch(step));
    auto const sink = account_sinks_.borrow();
    auto const written = co_await write(at, step, std::move(request), *sink);
    at.found.accounts.erase(step.target);
    if (!written)
        co_return written.error();
    if (!*written)
        co_return result<void>();
    served_ += added.empty() ? 0 : 1;
    at.added = std::move(added);
    at.removed = std::move(removed);
    note_references(at, step);
    co_return result<void>();
}

/// Remembers the references that a step removed, and forgets those that it added.
void reconciler::note_references(run const& at, action const& step)
{
    if (!removed_.is_unused())
        for (auto const& name : at.added)
            removed_.forget({at.ns, step.target, name, catalog_.spec_version(name)});
    for (auto const& name : at.removed)
        removed_.note({at.ns, step.target, name, catalog_.spec_version(name)});
}

/// Reports references that stay although no ImagePullSecret asks for them. Reports each reference only once.
void reconciler::report_kept(run const& at, std::vector<account_reference> const& kept)
{
    for (auto const& each : kept)
    {
        if (!removed_.note_kept({at.ns, each.account, each.secret, catalog_.spec_version(each.secret)}))
            continue;
        if (auto const* entry = catalog_.find_by_secret(each.secret))
            events_.record(
                reference_to(entry->cr),
                runtime::event_type::normal,
                reason::reference_kept,
                "ServiceAccount " + at.ns + "/" + each.account + " refers to Secret " + each.secret +
                    ", although no ImagePullSecret selects the account; another client wrote the reference "
                    "again, so it stays"
            );
        if (auto const left_out = lines_.pass(reason::reference_kept, std::chrono::steady_clock::now()))
            log_.info(
                "another client wrote a removed reference again, so it stays",
                {{"namespace", at.ns},
                 {"name", each.account},
                 {"secret", each.secret},
                 {"run", at.id},
                 {"left_out", *left_out}}
            );
    }
}

/// The ImagePullSecrets whose statuses show the result of a step.
std::vector<catalog_entry const*> reconciler::served_by(action const& step) const
{
    auto const names = run::is_of_account(step) ? step.references : std::vector{step.target};
    std::vector<catalog_entry const*> entries;
    for (auto const& name : names)
        if (auto const* entry = catalog_.find_by_secret(name))
            entries.push_back(entry);
    return entries;
}

void reconciler::note_success(run& at, action const& step)
{
    if (!at.wrote)
        return;
    if (at.outcome.how == runtime::work_outcome::end::settled)
        at.outcome.how = runtime::work_outcome::end::wrote;
    if (step.what != action::kind::delete_secret)
        for (auto const* entry : served_by(step))
        {
            recent_writes_.note(run::lists_of(step), entry->cr.name, at.status_entry_of(step));
            if (at.write_reason.empty())
                continue;
            auto const text = "Secret " + at.ns + "/" + step.target;
            events_.record(
                reference_to(entry->cr),
                runtime::event_type::normal,
                at.write_reason,
                text + std::string(event_text_for(at.write_reason))
            );
        }
    note_repair(at, step);
    if (log_.enabled(log_level::debug))
        log_.debug(verb_of(step.what), {{"namespace", at.ns}, {"name", step.target}, {"run", at.id}});
    listeners_.on_outcome();
}

/// Reports contention, see `repeated_repairs`.
void reconciler::note_repair(run const& at, action const& step)
{
    bool const is_account = run::is_of_account(step);
    auto names = is_account ? at.added : std::vector{step.target};
    if (is_account)
        names.insert(names.end(), at.removed.begin(), at.removed.end());
    if (is_account ? names.empty() : !reason::is_repair(at.write_reason))
        return;
    auto const object = std::string(is_account ? "ServiceAccount " : "Secret ") + at.ns + "/" + step.target;
    if (!repairs_.note(at.before, object, std::chrono::steady_clock::now()))
        return;
    ++conflicts_;
    auto const text =
        object + " is changed repeatedly by another client, so it is repaired at growing intervals";
    for (auto const& name : names)
        if (auto const* entry = catalog_.find_by_secret(name))
        {
            // The status lists accounts that lack a desired reference, but not accounts with a surplus one.
            if (std::ranges::find(at.removed, name) == at.removed.end())
                recent_writes_.note(
                    run::lists_of(step), entry->cr.name, at.status_entry_of(step, reason::contention, text)
                );
            events_.record(reference_to(entry->cr), runtime::event_type::warning, reason::contention, text);
        }
    if (auto const left_out = lines_.pass(reason::contention, std::chrono::steady_clock::now()))
        log_.warning(
            "another client keeps changing an object, so it is repaired at growing intervals",
            {{"namespace", at.ns},
             {"name", step.target},
             {"resource", is_account ? "serviceaccounts" : "secrets"},
             {"run", at.id},
             {"repairs", at.before.repairs + 1},
             {"left_out", *left_out}}
        );
}

void reconciler::note_failure(run& at, action const& step, error const& failure)
{
    using end = runtime::work_outcome::end;
    auto const effect = effect_of(failure);
    at.failed_steps.insert(run::target_of(step));
    at.is_over = effect.ends_run;
    if (failure.code == kube::errc::forbidden && !run::is_of_account(step))
        listeners_.on_secret_forbidden();
    conflicts_ += effect.how == end::conflicted ? 1 : 0;
    // A conflict does not replace an earlier failure, because a failure is worse.
    if (effect.how && (*effect.how != end::conflicted || at.outcome.how != end::failed))
        at.outcome.how = *effect.how;
    if (effect.reason.empty())
        return;
    at.outcome.retry_after = std::max(at.outcome.retry_after, failure.retry_after);
    at.outcome.pushed_back = std::max(at.outcome.pushed_back, effect.pushed_back);
    // If an exec plugin provided no credential, the message may contain the plugin's standard error. Such a
    // message goes only to the log, not to statuses and Events.
    auto const shown = failure.code == kube::errc::no_credential ? failure.code.message() : failure.message();
    for (auto const* entry : served_by(step))
    {
        recent_writes_.note(
            run::lists_of(step), entry->cr.name, at.status_entry_of(step, effect.reason, shown)
        );
        events_.record(reference_to(entry->cr), runtime::event_type::warning, effect.reason, shown);
    }
    if (auto const left_out = lines_.pass(effect.reason, std::chrono::steady_clock::now()))
        log_.warning(
            "cannot reconcile a namespace; retrying after its backoff",
            {{"namespace", at.ns},
             {"name", step.target},
             {"run", at.id},
             {"failures", at.before.failures + 1},
             {"reason", effect.reason},
             {"error", failure.message()},
             {"left_out", *left_out}}
        );
    listeners_.on_outcome();
}

}  // namespace tcr::controller
