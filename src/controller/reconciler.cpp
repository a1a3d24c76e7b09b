#include <tcr/controller/reasons.hpp>
#include <tcr/controller/reconciler.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tcr::controller
{
namespace
{

kube::resource const secrets{"", "v1", "secrets"};
kube::resource const accounts{"", "v1", "serviceaccounts"};

/// A plan that does not come to its end in so many steps is fought by somebody: let the queue slow us down.
constexpr int most_rounds = 8;

std::string references_patch(action const& step)
{
    namespace json = boost::json;
    json::array list;
    for (auto const& name : step.references)
        list.push_back(json::object({{"name", name}}));
    return "{\"metadata\":{\"resourceVersion\":\"" + std::to_string(step.resource_version) +
           "\"},\"imagePullSecrets\":" + json::serialize(list) + "}";
}

/// Whether the server says that it has too much to do, or shows it.
bool is_push_back(error const& failure)
{
    return failure.code == kube::errc::too_many_requests || failure.code == kube::errc::unavailable ||
           failure.code == net::errc::timed_out;
}

/// What an Event says was done to a Secret.
std::string_view words_for(std::string_view why)
{
    if (why == reason::secret_created)
        return " was created";
    if (why == reason::secret_adopted)
        return " was there and is ours now";
    if (why == reason::credential_updated)
        return " has the new credential";
    return " was changed by somebody else and is repaired";
}

std::string_view verb_of(action::kind what)
{
    switch (what)
    {
        case action::kind::create_secret:
            return "create secret";
        case action::kind::update_secret:
            return "update secret";
        case action::kind::delete_secret:
            return "delete secret";
        case action::kind::judge_secret:
            return "look at secret";
        case action::kind::set_references:
            return "set references of account";
    }
    return "act on";
}

}  // namespace

/// What one run carries across its steps.
struct reconciler::run
{
    std::string ns;  ///< by name: numbers of namespaces are reused while we wait for the server
    std::uint64_t id = 0;
    unsigned earlier_failures = 0;
    findings found;
    std::set<std::pair<bool, std::string>> given_up;  ///< steps that failed, see `target_of`
    runtime::work_outcome outcome;
    bool is_over = false;           ///< nothing more can be done now
    bool wrote = false;             ///< the last step was a write
    std::string_view done_because;  ///< what the last step was for, if it wrote a Secret

    /// What a step is about: an account and a Secret may share a name.
    static std::pair<bool, std::string> target_of(action const& step)
    {
        return {step.what == action::kind::set_references, step.target};
    }

    std::string describe(action const& step) const
    {
        return std::string("cannot ").append(verb_of(step.what)).append(" ").append(ns + "/" + step.target);
    }
};

reconciler::reconciler(
    runtime::fenced_client& client,
    runtime::cluster_store& store,
    catalog const& crs,
    outcome_log& outcomes,
    runtime::event_recorder& events,
    logger& log,
    std::function<void()> on_outcome
)
    : client_(client),
      store_(store),
      crs_(crs),
      outcomes_(outcomes),
      events_(events),
      log_(log),
      on_outcome_(std::move(on_outcome)),
      answered_account_(store, nullptr, runtime::origin::answer),
      answered_secret_(store, nullptr, runtime::origin::answer),
      account_answer_(answered_account_, kube::object_event::modified),
      secret_answer_(answered_secret_, kube::object_event::modified)
{
}

task<runtime::work_outcome> reconciler::reconcile(runtime::namespace_id where, unsigned earlier_failures)
{
    run at;
    at.ns = store_.view(where).name;
    at.id = ++runs_;
    at.earlier_failures = earlier_failures;
    for (int round = 0; !at.is_over; ++round)
    {
        if (round == most_rounds)
        {
            at.outcome.how = runtime::work_outcome::end::failed;
            break;
        }
        auto const here = store_.find_namespace(at.ns);
        if (!here)
            break;
        auto steps = plan(crs_, store_, *here, at.found);
        std::erase_if(steps, [&](auto const& step) { return at.given_up.contains(run::target_of(step)); });
        if (steps.empty())
            break;
        for (auto const& step : steps)
        {
            at.wrote = true;
            at.done_because = {};
            auto done = co_await act(at, step);
            if (done)
                note_success(at, step);
            else
                note_failure(at, step, done.error());
            if (at.is_over)
                break;
        }
    }
    co_return at.outcome;
}

task<result<void>> reconciler::act(run& at, action const& step)
{
    switch (step.what)
    {
        case action::kind::create_secret:
            return create_secret(at, step);
        case action::kind::update_secret:
            return update_secret(at, step);
        case action::kind::delete_secret:
            return delete_secret(at, step);
        case action::kind::judge_secret:
            return judge_secret(at, step.target);
        case action::kind::set_references:
            return set_references(at, step);
    }
    std::abort();
}

task<result<void>> reconciler::create_secret(run& at, action const& step)
{
    auto const* entry = crs_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();  // the CR or its credential went meanwhile; the next plan knows
    auto request = kube::create_request(secrets, at.ns, entry->secret.create_body);
    auto answer = co_await client_.fetch(std::move(request), at.describe(step));
    if (answer)
    {
        secret_answer_.begin();
        secret_answer_.on_body(*answer);
        at.done_because = reason::secret_created;
        co_return result<void>();
    }
    auto const refused = answer.error();
    if (refused.code != kube::errc::already_exists)
        co_return refused;

    // No watch shows a Secret without our label. Ours or nobody's: the next plan updates it, which adopts it.
    auto judged = co_await judge_secret(at, step.target);
    if (!judged)
        co_return judged;
    if (!at.found.foreign.contains(step.target))
        co_return result<void>();
    co_return error(
        kube::errc::already_exists,
        at.ns + "/" + step.target +
            " exists and is not ours: it has another type or owner. Delete or rename it."
    );
}

task<result<void>> reconciler::judge_secret(run& at, std::string const& name)
{
    at.wrote = false;
    auto request = kube::get_request(secrets, at.ns, name);
    auto answer = co_await client_.fetch(std::move(request), "cannot look at secret " + at.ns + "/" + name);
    if (!answer)
    {
        if (answer.error().code != kube::errc::not_found)
            co_return answer.error();
        at.found.absent.insert(name);
        co_return result<void>();
    }
    pull_secret_judge judge;
    kube::single_object_decoder decoder(judge, kube::object_event::modified);
    decoder.begin();
    if (auto ec = decoder.on_body(*answer))
        co_return error(ec, "cannot read secret " + at.ns + "/" + name + ": " + ec.message());
    // What nobody marked is ours to take only for a CR that wants it here; taken otherwise, it would be removed.
    auto const* entry = crs_.find_by_secret(name);
    auto const here = store_.find_namespace(at.ns);
    bool const is_wanted = entry && here && entry->is_valid() && entry->wants(store_.view(*here));
    if (judge.verdict == ownership::ours || (judge.verdict == ownership::orphan && is_wanted))
        store_.put_secret(
            at.ns,
            name,
            judge.resource_version,
            judge.state,
            judge.is_watched ? runtime::origin::answer : runtime::origin::glance
        );
    else
        at.found.foreign.insert(name);
    co_return result<void>();
}

runtime::secret_state reconciler::state_of(std::string const& ns, std::string const& name) const
{
    runtime::secret_state state;
    auto const take_it = [&](auto const& secret)
    {
        if (secret.name == name)
            state = secret.state;
    };
    if (auto const here = store_.find_namespace(ns))
        store_.for_each_secret(*here, take_it);
    return state;
}

task<result<void>> reconciler::update_secret(run& at, action const& step)
{
    auto const* entry = crs_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();
    auto const why = reason::of_update(state_of(at.ns, step.target), *entry);
    auto request = kube::merge_patch_request(
        secrets, at.ns, step.target, entry->secret.update_body(step.resource_version)
    );
    auto answer = co_await client_.fetch(std::move(request), at.describe(step));
    if (!answer)
    {
        // Deleted before the watch said so: the next plan makes it again.
        if (answer.error().code == kube::errc::not_found)
        {
            store_.drop_secret(at.ns, step.target, step.resource_version, runtime::origin::answer);
            co_return result<void>();
        }
        co_return answer.error();
    }
    secret_answer_.begin();
    secret_answer_.on_body(*answer);
    at.done_because = why;
    co_return result<void>();
}

task<result<void>> reconciler::delete_secret(run& at, action const& step)
{
    auto request = kube::delete_request(secrets, at.ns, step.target, std::to_string(step.resource_version));
    auto answer = co_await client_.fetch(std::move(request), at.describe(step));
    if (!answer && answer.error().code != kube::errc::not_found)
        co_return answer.error();
    store_.drop_secret(at.ns, step.target, step.resource_version, runtime::origin::answer);
    co_return result<void>();
}

/// Whether the account is to name a Secret of ours that it does not name now.
bool reconciler::gains_reference(std::string const& ns, action const& step) const
{
    bool gains = false;
    auto const compare = [&](auto const& account)
    {
        if (account.name != step.target)
            return;
        for (auto const& name : step.references)
            gains =
                gains || (crs_.find_by_secret(name) && !runtime::names_reference(account.references, name));
    };
    if (auto const here = store_.find_namespace(ns))
        store_.for_each_account(*here, compare);
    return gains;
}

task<result<void>> reconciler::set_references(run& at, action const& step)
{
    bool const gains = gains_reference(at.ns, step);
    auto request = kube::merge_patch_request(accounts, at.ns, step.target, references_patch(step));
    auto answer = co_await client_.fetch(std::move(request), at.describe(step));
    if (!answer)
    {
        if (answer.error().code != kube::errc::not_found)
            co_return answer.error();
        store_.drop_account(at.ns, step.target, step.resource_version, runtime::origin::answer);
        co_return result<void>();
    }
    account_answer_.begin();
    account_answer_.on_body(*answer);
    served_ += gains ? 1 : 0;
    co_return result<void>();
}

void reconciler::note_success(run& at, action const& step)
{
    if (!at.wrote)
        return;
    if (at.outcome.how == runtime::work_outcome::end::settled)
        at.outcome.how = runtime::work_outcome::end::wrote;
    auto const now = std::chrono::system_clock::now();
    if (step.what == action::kind::set_references)
    {
        for (auto const& name : step.references)
            if (auto const* entry = crs_.find_by_secret(name))
                outcomes_.account_written(entry->cr.name, at.ns, step.target, now);
    }
    else if (auto const* entry = crs_.find_by_secret(step.target);
             entry && step.what != action::kind::delete_secret)
    {
        outcomes_.secret_written(entry->cr.name, at.ns, step.target, now);
        tell_success(at, step, *entry);
    }
    if (log_.enabled(log_level::debug))
        log_.debug(verb_of(step.what), {{"namespace", at.ns}, {"name", step.target}, {"run", at.id}});
    on_outcome_();
}

void reconciler::tell_success(run const& at, action const& step, catalog_entry const& entry)
{
    if (at.done_because.empty())
        return;
    auto message = "Secret " + at.ns + "/" + step.target;
    message += words_for(at.done_because);
    events_.record(reference_to(entry.cr), runtime::event_type::normal, at.done_because, message);
}

void reconciler::note_failure(run& at, action const& step, error const& failure)
{
    at.given_up.insert(run::target_of(step));
    // Nobody's failure: another leads, or we are told to stop. Whoever leads next has this namespace in its queue.
    if (failure.code == net::errc::too_late || failure.code == asio::error::operation_aborted)
    {
        at.is_over = true;
        at.outcome.how = runtime::work_outcome::end::interrupted;
        return;
    }
    if (failure.code == kube::errc::namespace_terminating)
    {
        at.is_over = true;
        return;
    }
    // A namespace that went while we worked for it: its DELETED event is on the way.
    if (failure.code == kube::errc::not_found)
        return;
    // Somebody was faster. The watch brings the newer object and with it the next run.
    if (failure.code == kube::errc::conflict)
    {
        ++conflicts_;
        if (at.outcome.how != runtime::work_outcome::end::failed)
            at.outcome.how = runtime::work_outcome::end::conflicted;
        return;
    }
    at.outcome.how = runtime::work_outcome::end::failed;
    at.outcome.retry_after = std::max(at.outcome.retry_after, failure.retry_after);
    at.outcome.server_pushed_back = at.outcome.server_pushed_back || is_push_back(failure);
    // It is busy whatever we ask. Another refusal may be about this object alone, such as one by somebody's webhook.
    at.is_over = failure.code == kube::errc::too_many_requests;
    // What an exec plugin wrote about its failure is for the log alone.
    auto const told = failure.code == kube::errc::no_credential ? failure.code.message() : failure.message();
    auto const now = std::chrono::system_clock::now();
    auto const why = reason::of_failure(failure);
    if (step.what == action::kind::set_references)
    {
        for (auto const& name : step.references)
            if (auto const* entry = crs_.find_by_secret(name))
            {
                outcomes_.account_failed(entry->cr.name, at.ns, step.target, std::string(why), told, now);
                events_.record(reference_to(entry->cr), runtime::event_type::warning, why, told);
            }
    }
    else if (auto const* entry = crs_.find_by_secret(step.target))
    {
        outcomes_.secret_failed(entry->cr.name, at.ns, step.target, std::string(why), told, now);
        events_.record(reference_to(entry->cr), runtime::event_type::warning, why, told);
    }
    auto const left_out = lines_.pass(why, std::chrono::steady_clock::now());
    if (!left_out)
        return on_outcome_();
    log_.warning(
        "will retry",
        {{"namespace", at.ns},
         {"name", step.target},
         {"run", at.id},
         {"failures", at.earlier_failures + 1},
         {"reason", why},
         {"why", failure.message()},
         {"like_it_left_out", *left_out}}
    );
    on_outcome_();
}

}  // namespace tcr::controller
