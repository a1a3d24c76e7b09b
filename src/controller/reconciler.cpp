#include <tcr/controller/reconciler.hpp>
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

/// A CamelCase word for status, from an error's code.
std::string reason_of(error const& failure)
{
    if (failure.code == kube::errc::already_exists)
        return "Conflict";
    if (failure.code == kube::errc::quota_exceeded)
        return "QuotaExceeded";
    if (failure.code == kube::errc::forbidden)
        return "Forbidden";
    if (failure.code == kube::errc::invalid)
        return "Invalid";
    if (failure.code == kube::errc::too_many_requests)
        return "TooManyRequests";
    if (failure.code == kube::errc::unavailable || failure.code.category() != kube::category())
        return "ServerUnavailable";
    return "Failed";
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
    bool is_over = false;  ///< the namespace is on its way out
    bool wrote = false;    ///< the last step was a write

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
    kube::client& client,
    runtime::cluster_store& store,
    catalog const& crs,
    outcome_log& outcomes,
    logger& log,
    std::function<void()> on_outcome
)
    : client_(client),
      store_(store),
      crs_(crs),
      outcomes_(outcomes),
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
    if (entry == nullptr)
        co_return result<void>();  // the CR went meanwhile; the next plan knows
    auto request = kube::create_request(secrets, at.ns, entry->secret.create_body);
    auto answer = co_await client_.fetch(std::move(request), at.describe(step));
    if (answer)
    {
        secret_answer_.begin();
        secret_answer_.on_body(*answer);
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

task<result<void>> reconciler::update_secret(run& at, action const& step)
{
    auto const* entry = crs_.find_by_secret(step.target);
    if (entry == nullptr)
        co_return result<void>();
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

task<result<void>> reconciler::set_references(run& at, action const& step)
{
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
        outcomes_.secret_written(entry->cr.name, at.ns, step.target, now);
    if (log_.enabled(log_level::debug))
        log_.debug(verb_of(step.what), {{"namespace", at.ns}, {"name", step.target}, {"run", at.id}});
    on_outcome_();
}

void reconciler::note_failure(run& at, action const& step, error const& failure)
{
    at.given_up.insert(run::target_of(step));
    if (failure.code == kube::errc::namespace_terminating || failure.code == asio::error::operation_aborted)
    {
        at.is_over = true;
        return;
    }
    // A namespace that went while we worked for it: its DELETED event is on the way.
    if (failure.code == kube::errc::not_found)
        return;
    at.outcome.how = runtime::work_outcome::end::failed;
    at.outcome.retry_after = std::max(at.outcome.retry_after, failure.retry_after);
    // Somebody was faster. The watch brings the newer object and with it the next run.
    if (failure.code == kube::errc::conflict)
        return;
    auto const now = std::chrono::system_clock::now();
    if (step.what == action::kind::set_references)
    {
        for (auto const& name : step.references)
            if (auto const* entry = crs_.find_by_secret(name))
                outcomes_.account_failed(
                    entry->cr.name, at.ns, step.target, reason_of(failure), failure.message(), now
                );
    }
    else if (auto const* entry = crs_.find_by_secret(step.target))
        outcomes_.secret_failed(
            entry->cr.name, at.ns, step.target, reason_of(failure), failure.message(), now
        );
    auto const reason = reason_of(failure);
    auto const left_out = lines_.pass(reason, std::chrono::steady_clock::now());
    if (!left_out)
        return on_outcome_();
    log_.warning(
        "will retry",
        {{"namespace", at.ns},
         {"name", step.target},
         {"run", at.id},
         {"failures", at.earlier_failures + 1},
         {"reason", reason},
         {"why", failure.message()},
         {"like_it_left_out", *left_out}}
    );
    on_outcome_();
}

namespace
{

/// Takes into the store, from a metadata list, the Secrets that are ours by name and owner but lost our label.
class orphan_reader final : public kube::object_reader
{
public:
    explicit orphan_reader(runtime::cluster_store& store) : store_(store) {}

    std::vector<kube::skim_path> paths() const override { return pull_secret_fields::paths(); }
    void begin_object() override { fields_.clear(); }
    void on_value(int field, std::string_view, std::string_view text) override
    {
        fields_.on_value(field, text);
    }
    void on_open(int field) override { fields_.on_open(field); }

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        fields_.state();
        if (!meta.name.starts_with(secret_prefix) || !fields_.has_our_owner() || fields_.has_our_label())
            return;
        // Its content is not in a metadata list; without the label it is to be rewritten or removed anyway.
        store_.put_secret(
            meta.ns, meta.name, meta.resource_version, runtime::secret_state(), runtime::origin::glance
        );
        namespaces.push_back(meta.ns);
    }

    std::vector<std::string> namespaces;

private:
    runtime::cluster_store& store_;
    pull_secret_fields fields_;
};

}  // namespace

task<result<std::vector<std::string>>> reconciler::find_orphans()
{
    kube::resource metadata = secrets;
    metadata.metadata_only = true;
    kube::selection which;
    which.field_selector = "type=" + std::string(pull_secret_kind);
    orphan_reader reader(store_);
    kube::list_decoder page(reader);
    std::string token;
    do
    {
        page.begin_page();
        auto request = kube::list_request(metadata, which, 500, token);
        net::time_limits limits;
        auto sent =
            co_await client_.send(std::move(request), page, limits, "cannot look for orphaned secrets");
        if (!sent)
            co_return sent.error();
        if (!page.page_complete())
            co_return error(
                kube::errc::bad_answer, "cannot look for orphaned secrets: the answer is not a complete list"
            );
        token = page.continue_token();
    } while (!token.empty());
    co_return std::move(reader.namespaces);
}

}  // namespace tcr::controller
