#include "reasons.hpp"

#include <tcr/controller/reconciler.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace tcr::controller
{
namespace
{

kube::resource const secrets{"", "v1", "secrets"};
kube::resource const accounts{"", "v1", "serviceaccounts"};

/// Requests of one run. The rest waits until other namespaces had their turn.
constexpr std::size_t max_requests_a_run = 256;
constexpr std::size_t max_reads_a_run = 4;

/// Max names that unfinished runs of a namespace carry over, and max namespaces with unfinished runs. Beyond
/// either, a run counts as failed, and the next one starts afresh.
constexpr std::size_t max_pass_size = 1'000;
constexpr std::size_t max_unfinished = 64;

/// An object that needs more steps in one run is contended: the run fails, and the queue delays the next one.
constexpr int max_steps_a_target = 8;

/// Chunks of accounts that are planned in one turn of the event loop, if they need nothing.
constexpr int chunks_a_turn = 16;

std::string references_patch(action const& step)
{
    namespace json = boost::json;
    json::array list;
    for (auto const& name : step.references)
        list.push_back(json::object({{"name", name}}));
    return "{\"metadata\":{\"resourceVersion\":\"" + std::to_string(step.resource_version) +
           "\"},\"imagePullSecrets\":" + json::serialize(list) + "}";
}

/// Whether a failed request shows that the API server is overloaded. A webhook that denies a request chooses
/// the status code itself, 429 included (apiserver/pkg/admission/plugin/webhook/errors/statuserror.go): that
/// does not show it.
runtime::push_back push_back_of(error const& failure)
{
    bool const is_denial = failure.detail.find("admission webhook") != std::string::npos;
    bool const names_wait = failure.retry_after.count() > 0;
    if (failure.code == kube::errc::too_many_requests ||
        (failure.code == kube::errc::unavailable && names_wait))
        return is_denial ? runtime::push_back::none : runtime::push_back::asked;
    if (failure.code == kube::errc::unavailable || failure.code == net::errc::timed_out)
        return is_denial ? runtime::push_back::none : runtime::push_back::suspected;
    return runtime::push_back::none;
}

/// What an Event reports about a Secret.
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
        case action::kind::inspect_secret:
            return "inspect secret";
        case action::kind::read_account:
            return "read account";
        case action::kind::set_references:
            return "set references of account";
    }
    return "act on";
}

struct ignored_body final : net::body_sink
{
    boost::system::error_code on_body(std::string_view) override { return {}; }
};

/// The names in an account's list. Collects no more once the list is too long for us to rewrite.
struct written_references
{
    void add_entry()
    {
        bytes += runtime::reference_list::bytes_an_entry;
        if (!is_too_long())
            names.emplace_back();
    }

    void add_to_name(std::string_view piece)
    {
        bytes += piece.size();
        if (!is_too_long())
            names.back().append(piece);
    }

    bool is_too_long() const { return bytes > runtime::reference_list::max_bytes; }

    std::vector<std::string> names;
    std::size_t bytes = 0;
};

constexpr kube::field<written_references> account_fields[] = {
    {.path = "imagePullSecrets[]", .open = [](auto& list) { list.add_entry(); }},
    {.path = "imagePullSecrets[].name",
     .piece = [](auto& list, auto piece, bool) { list.add_to_name(piece); }},
};

/// Reads the whole list of one account.
class account_list_reader final : public kube::table_reader<written_references>
{
public:
    account_list_reader() : table_reader(account_fields) {}

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        is_found = !values_.is_too_long();
        list = {meta.resource_version, std::move(values_.names)};
    }
    void on_unreadable(kube::object_event, kube::object_meta const&, std::string_view) override {}

    account_list list;
    bool is_found = false;  ///< the account exists and its list can be rewritten
};

}  // namespace

/// The state of one run.
struct reconciler::run : pass
{
    std::string ns;  ///< by name, because the index may be reused during a request
    std::uint64_t id = 0;
    unsigned earlier_failures = 0;
    std::map<std::pair<bool, std::string>, int> steps;  ///< number of steps so far, by `target_of`
    std::size_t requests = 0;
    std::size_t reads = 0;
    bool is_over = false;           ///< nothing more can be done now
    bool wrote = false;             ///< the last step was a write
    std::string_view write_reason;  ///< reason of the last step, if it wrote a Secret

    static bool is_of_account(action const& step)
    {
        return step.what == action::kind::set_references || step.what == action::kind::read_account;
    }

    /// The object of a step: "is an account" and name. An account and a Secret may have the same name.
    static std::pair<bool, std::string> target_of(action const& step)
    {
        return {is_of_account(step), step.target};
    }

    bool has_reached_limits() const { return requests >= max_requests_a_run || reads >= max_reads_a_run; }

    /// Keeps only the version of lists that need no change.
    void drop_settled_lists(std::vector<action> const& planned)
    {
        for (auto const& [name, list] : found.accounts)
            if (std::none_of(  // Clang 14 captures no structured binding by itself.
                    planned.begin(),
                    planned.end(),
                    [&name = name](auto const& step) { return step.target == name; }
                ))
                found.checked[name] = list.resource_version;
        std::erase_if(found.accounts, [&](auto const& each) { return found.checked.contains(each.first); });
    }

    std::string describe(action const& step) const
    {
        return std::string("cannot ").append(verb_of(step.what)).append(" ").append(ns + "/" + step.target);
    }
};

/// Decodes an answer into the store while it streams in. Ignores an answer that it cannot read: the write has
/// succeeded, and the watch reports the object later.
template <class Reflector>
class reconciler::answer_sink final : public net::body_sink
{
public:
    template <class... Args>
    explicit answer_sink(Args&&... args)
        : reader_(std::forward<Args>(args)...), decoder_(reader_, kube::object_event::modified)
    {
    }

    void begin()
    {
        decoder_.begin();
        is_readable_ = true;
    }

    boost::system::error_code on_body(std::string_view piece) override
    {
        is_readable_ = is_readable_ && !decoder_.on_body(piece);
        return {};
    }

private:
    Reflector reader_;
    kube::single_object_decoder decoder_;
    bool is_readable_ = true;
};

/// Borrows a sink for one request.
template <class Sink>
class reconciler::borrowed
{
public:
    template <class Make>
    borrowed(std::vector<std::unique_ptr<Sink>>& free, Make make) : free_(free)
    {
        if (free_.empty())
            sink_ = make();
        else
        {
            sink_ = std::move(free_.back());
            free_.pop_back();
        }
        sink_->begin();
    }
    ~borrowed() { free_.push_back(std::move(sink_)); }
    borrowed(borrowed const&) = delete;
    borrowed& operator=(borrowed const&) = delete;

    Sink& operator*() { return *sink_; }

private:
    std::vector<std::unique_ptr<Sink>>& free_;
    std::unique_ptr<Sink> sink_;
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

reconciler::~reconciler() = default;

task<runtime::work_outcome> reconciler::reconcile(runtime::namespace_id where, unsigned earlier_failures)
{
    run at;
    at.ns = store_.view(where).name;
    at.id = ++runs_;
    at.earlier_failures = earlier_failures;
    if (auto const before = unfinished_.find(at.ns); before != unfinished_.end())
    {
        static_cast<pass&>(at) = std::move(before->second);
        unfinished_.erase(before);
    }
    runtime::cluster_store::account_cursor from = 0;
    int chunks = 0;
    while (!at.is_over)
    {
        auto const here = store_.find_namespace(at.ns);
        if (!here)
            break;
        auto planned = plan(catalog_, store_, *here, at.found, from);
        std::erase_if(
            planned.actions, [&](auto const& step) { return at.failed_steps.contains(run::target_of(step)); }
        );
        at.drop_settled_lists(planned.actions);
        if (planned.actions.empty())
        {
            if (planned.next == runtime::cluster_store::end_of_accounts)
                break;
            from = planned.next;
            if (++chunks % chunks_a_turn == 0)
                co_await asio::post(asio::use_awaitable);
            continue;
        }
        if (at.has_reached_limits())
            co_return suspend(at);
        co_await act_on(at, planned.actions);
    }
    co_return at.outcome;
}

/// Ends a run early. The next one continues with what was found, after other namespaces had their turn.
runtime::work_outcome reconciler::suspend(run& at)
{
    runtime::work_outcome outcome;
    outcome.how = runtime::work_outcome::end::failed;
    if (at.size() > max_pass_size || unfinished_.size() >= max_unfinished)
        return outcome;
    at.found.accounts.clear();
    unfinished_[at.ns] = std::move(static_cast<pass&>(at));
    outcome.how = runtime::work_outcome::end::unfinished;
    return outcome;
}

task<void> reconciler::act_on(run& at, std::vector<action> const& steps)
{
    for (auto const& step : steps)
    {
        if (++at.steps[run::target_of(step)] > max_steps_a_target)
        {
            at.outcome.how = runtime::work_outcome::end::failed;
            at.is_over = true;
            co_return;
        }
        ++at.requests;
        at.wrote = true;
        at.write_reason = {};
        auto done = co_await act(at, step);
        if (done)
            note_success(at, step);
        else
            note_failure(at, step, done.error());
        // Plan for the list that was just read, then read the next one.
        if (at.is_over || at.has_reached_limits() || step.what == action::kind::read_account)
            co_return;
    }
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
        case action::kind::inspect_secret:
            return inspect_secret(at, step.target);
        case action::kind::read_account:
            return read_account(at, step.target);
        case action::kind::set_references:
            return set_references(at, step);
    }
    std::abort();
}

void reconciler::take(runtime::stored event)
{
    if (event.what != runtime::change::none)
        listeners_.on_stored(event.where);
}

task<result<void>> reconciler::create_secret(run& at, action const& step)
{
    auto const* entry = catalog_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();  // deleted or without credential meanwhile: plan again
    auto request = kube::create_request(secrets, at.ns, entry->secret.create_body);
    borrowed sink(secret_answers_, [this] { return make_secret_answer(); });
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), *sink, doing);
    if (answer)
    {
        at.write_reason = reason::secret_created;
        co_return result<void>();
    }
    auto const refused = answer.error();
    if (refused.code != kube::errc::already_exists)
        co_return refused;

    // No watch shows a Secret without our label. If it is ours or unowned, the next plan updates it, which
    // adopts it.
    auto inspected = co_await inspect_secret(at, step.target);
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

task<result<void>> reconciler::inspect_secret(run& at, std::string const& name)
{
    at.wrote = false;
    ++at.reads;
    auto request = kube::get_request(secrets, at.ns, name);
    pull_secret_classifier found;
    kube::single_object_decoder decoder(found, kube::object_event::modified);
    decoder.begin();
    auto const doing = "cannot inspect secret " + at.ns + "/" + name;
    auto answer = co_await client_.send(std::move(request), decoder, doing);
    if (!answer)
    {
        if (answer.error().code != kube::errc::not_found)
            co_return answer.error();
        at.found.absent.insert(name);
        co_return result<void>();
    }
    // An unowned Secret is adopted only for an ImagePullSecret that serves this namespace. Otherwise it
    // counts as foreign.
    auto const* entry = catalog_.find_by_secret(name);
    auto const here = store_.find_namespace(at.ns);
    bool const is_wanted = entry && here && coverage_of(*entry, store_.view(*here)) == coverage::covered;
    if (found.owner == ownership::ours || (found.owner == ownership::orphan && is_wanted))
        take(store_.put_secret(
            at.ns,
            name,
            found.resource_version,
            found.state,
            found.is_watched ? runtime::source::answer : runtime::source::get
        ));
    else
        at.found.foreign.insert(name);
    co_return result<void>();
}

task<result<void>> reconciler::read_account(run& at, std::string const& name)
{
    at.wrote = false;
    ++at.reads;
    account_list_reader reader;
    kube::selection which;
    which.ns = at.ns;
    which.field_selector = "metadata.name=" + name;
    auto const doing = "cannot read account " + at.ns + "/" + name;
    auto read = co_await client_.list(accounts, which, reader, doing);
    if (!read)
        co_return read.error();
    // Skip an account that was deleted, is unreadable or has too long a list by now. The watch reports it.
    if (reader.is_found)
        at.found.accounts[name] = std::move(reader.list);
    else
        at.found.checked[name] = std::numeric_limits<std::uint64_t>::max();
    co_return result<void>();
}

runtime::secret_state reconciler::state_of(std::string const& ns, std::string const& name) const
{
    auto const here = store_.find_namespace(ns);
    auto const secret = here ? store_.find_secret(*here, name) : std::nullopt;
    return secret ? secret->state : runtime::secret_state();
}

task<result<void>> reconciler::update_secret(run& at, action const& step)
{
    auto const* entry = catalog_.find_by_secret(step.target);
    if (entry == nullptr || !entry->is_valid())
        co_return result<void>();
    auto const why = reason::of_update(state_of(at.ns, step.target), *entry);
    auto request = kube::merge_patch_request(
        secrets, at.ns, step.target, entry->secret.update_body(step.resource_version)
    );
    borrowed sink(secret_answers_, [this] { return make_secret_answer(); });
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), *sink, doing);
    if (!answer)
    {
        // Deleted, which the watch has not reported yet: the next plan creates it again.
        if (answer.error().code == kube::errc::not_found)
        {
            take(store_.drop_secret(at.ns, step.target, step.resource_version, runtime::source::answer));
            co_return result<void>();
        }
        co_return answer.error();
    }
    at.write_reason = why;
    co_return result<void>();
}

task<result<void>> reconciler::delete_secret(run& at, action const& step)
{
    auto request = kube::delete_request(secrets, at.ns, step.target, std::to_string(step.resource_version));
    ignored_body ignored;
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), ignored, doing);
    if (!answer && answer.error().code != kube::errc::not_found)
        co_return answer.error();
    take(store_.drop_secret(at.ns, step.target, step.resource_version, runtime::source::answer));
    co_return result<void>();
}

/// Whether the step adds a reference to a Secret of ours.
bool reconciler::gains_reference(std::string const& ns, action const& step) const
{
    auto const here = store_.find_namespace(ns);
    auto const account = here ? store_.find_account(*here, step.target) : std::nullopt;
    return account && std::any_of(
                          step.references.begin(),
                          step.references.end(),
                          [&](auto const& name)
                          {
                              return catalog_.find_by_secret(name) &&
                                     !runtime::names_reference(account->references, name);
                          }
                      );
}

task<result<void>> reconciler::set_references(run& at, action const& step)
{
    bool const gains = gains_reference(at.ns, step);
    auto request = kube::merge_patch_request(accounts, at.ns, step.target, references_patch(step));
    borrowed sink(account_answers_, [this] { return make_account_answer(); });
    auto const doing = at.describe(step);
    auto answer = co_await client_.send(std::move(request), *sink, doing);
    at.found.accounts.erase(step.target);
    if (!answer)
    {
        if (answer.error().code != kube::errc::not_found)
            co_return answer.error();
        take(store_.drop_account(at.ns, step.target, step.resource_version, runtime::source::answer));
        co_return result<void>();
    }
    served_ += gains ? 1 : 0;
    co_return result<void>();
}

std::unique_ptr<reconciler::account_answer> reconciler::make_account_answer()
{
    return std::make_unique<account_answer>(
        store_, [this](auto event) { take(event); }, std::string(secret_prefix), runtime::source::answer
    );
}

std::unique_ptr<reconciler::secret_answer> reconciler::make_secret_answer()
{
    return std::make_unique<secret_answer>(
        store_, [this](auto event) { take(event); }, runtime::source::answer
    );
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
            if (auto const* entry = catalog_.find_by_secret(name))
                recent_writes_.account_written(entry->cr.name, at.ns, step.target, now);
    }
    else if (auto const* entry = catalog_.find_by_secret(step.target);
             entry && step.what != action::kind::delete_secret)
    {
        recent_writes_.secret_written(entry->cr.name, at.ns, step.target, now);
        record_event(at, step, *entry);
    }
    if (log_.enabled(log_level::debug))
        log_.debug(verb_of(step.what), {{"namespace", at.ns}, {"name", step.target}, {"run", at.id}});
    listeners_.on_outcome();
}

void reconciler::record_event(run const& at, action const& step, catalog_entry const& entry)
{
    if (at.write_reason.empty())
        return;
    auto message = "Secret " + at.ns + "/" + step.target;
    message += event_text_for(at.write_reason);
    events_.record(reference_to(entry.cr), runtime::event_type::normal, at.write_reason, message);
}

void reconciler::note_failure(run& at, action const& step, error const& failure)
{
    at.failed_steps.insert(run::target_of(step));
    // Not a failure: another replica leads, or this process stops. The next leader queues every namespace.
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
    // The namespace was deleted meanwhile. Its DELETED event follows.
    if (failure.code == kube::errc::not_found)
        return;
    // Another client was faster. The watch event of the newer object queues the next run.
    if (failure.code == kube::errc::conflict)
    {
        ++conflicts_;
        if (at.outcome.how != runtime::work_outcome::end::failed)
            at.outcome.how = runtime::work_outcome::end::conflicted;
        return;
    }
    at.outcome.how = runtime::work_outcome::end::failed;
    at.outcome.retry_after = std::max(at.outcome.retry_after, failure.retry_after);
    at.outcome.pushed_back = std::max(at.outcome.pushed_back, push_back_of(failure));
    // A busy API server refuses the other steps, too. Other failures, such as a webhook's denial, may concern
    // this object only.
    at.is_over = failure.code == kube::errc::too_many_requests;
    // What an exec plugin wrote about its failure goes to the log only, not to statuses and Events.
    auto const shown = failure.code == kube::errc::no_credential ? failure.code.message() : failure.message();
    auto const now = std::chrono::system_clock::now();
    auto const why = reason::of_failure(failure);
    if (step.what == action::kind::set_references)
    {
        for (auto const& name : step.references)
            if (auto const* entry = catalog_.find_by_secret(name))
            {
                recent_writes_.account_failed(
                    entry->cr.name, at.ns, step.target, std::string(why), shown, now
                );
                events_.record(reference_to(entry->cr), runtime::event_type::warning, why, shown);
            }
    }
    else if (auto const* entry = catalog_.find_by_secret(step.target))
    {
        recent_writes_.secret_failed(entry->cr.name, at.ns, step.target, std::string(why), shown, now);
        events_.record(reference_to(entry->cr), runtime::event_type::warning, why, shown);
    }
    auto const left_out = lines_.pass(why, std::chrono::steady_clock::now());
    if (!left_out)
        return listeners_.on_outcome();
    log_.warning(
        "cannot reconcile a namespace; retrying",
        {{"namespace", at.ns},
         {"name", step.target},
         {"run", at.id},
         {"failures", at.earlier_failures + 1},
         {"reason", why},
         {"error", failure.message()},
         {"suppressed", *left_out}}
    );
    listeners_.on_outcome();
}

}  // namespace tcr::controller
