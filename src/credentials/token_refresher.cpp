// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/token_refresher.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/wall_clock.hpp>

#include <algorithm>
#include <utility>

namespace tcr::credentials
{
namespace
{

using std::chrono::seconds;
using std::chrono::system_clock;

kube::resource const secrets_type{"", "v1", "secrets"};

constexpr seconds list_retry{1};

/// Max age of the cached host names of an instance when a token is made. These names change rarely, because
/// operators change them by hand.
constexpr std::chrono::hours max_names_age{1};

/// The metadata of the object in an answer of the API server; empty fields if the answer is unreadable.
kube::object_meta meta_of(std::string const& answer)
{
    struct reader final : kube::meta_reader
    {
        void on_object(kube::object_event, kube::object_meta const& meta) override { seen = meta; }
        kube::object_meta seen;
    };
    reader meta;
    kube::single_object_decoder decoder(meta, kube::object_event::modified);
    decoder.begin();
    return decoder.on_body(answer) ? kube::object_meta() : meta.seen;
}

}  // namespace

token_refresher::token_refresher(
    asio::any_io_executor executor,
    dependencies with,
    token_refresher_options options,
    listeners to_call,
    logger& log
)
    : with_(with),
      options_(std::move(options)),
      listeners_(std::move(to_call)),
      log_(log),
      loop_(executor, [this] { return reconcile(); })
{
}

task<runtime::next_reconcile> token_refresher::reconcile()
{
    // Refreshes one token after another: there are few tokens, and each call has a time limit.
    auto const desired = listeners_.desired();
    forget_undesired(desired);
    for (auto const& [of, servers] : desired)
        co_await refresh(of, servers);
    auto next = system_clock::time_point::max();
    for (auto const& [of, schedule] : schedules_)
        next = std::min(next, schedule.next_check(with_.secrets.token(of), system_clock::now()));
    co_return runtime::next_reconcile{next_wall_check(next)};
}

void token_refresher::forget_undesired(desired_tokens const& desired)
{
    auto const is_gone = [&](auto const& each) { return !desired.contains(each.first); };
    for (auto const& [of, problem] : problems_)
        if (!desired.contains(of))
            listeners_.on_token_problem(of, std::nullopt);
    std::erase_if(problems_, is_gone);
    std::erase_if(schedules_, is_gone);
}

/// Uses a list without a resourceVersion. Such a list is a consistent read, so it does not depend on how far
/// watches lag.
task<void> token_refresher::load_stored()
{
    for (reported_failures reported;;)
    {
        credential_secrets present(options_.own_namespace, options_.rules, [] {});
        auto const which = credential_selection(options_.own_namespace);
        auto read =
            co_await with_.client.list(secrets_type, which, present, "cannot list credential Secrets");
        if (read)
        {
            if (with_.secrets.merge_newer(present))
                listeners_.on_tokens_changed();
            co_return;
        }
        if (reported.is_new("list", read.error().message()))
            log_.warning(
                "cannot read the stored tokens; retrying in 1s", {{"error", read.error().message()}}
            );
        co_await sleep_for(list_retry);
    }
}

task<void> token_refresher::refresh(token_reference of, std::set<std::string> servers)
{
    auto& schedule = schedules_[of];
    if (!with_.writes.is_draining() && schedule.is_due(with_.secrets.token(of), system_clock::now()))
    {
        auto fresh = co_await mint(of, servers);
        auto const now = system_clock::now();
        if (fresh)
        {
            schedule.succeeded(*fresh, now, random());
            adopt(std::move(*fresh));
        }
        else
            schedule.failed(fresh.error(), registry::is_retryable(fresh.error().code), now, random());
    }
    auto const* token = with_.secrets.token(of);
    bool const covers_all = token == nullptr || with_.secrets.may_go_to_all(*token, servers);
    if (schedule.is_name_query_due(covers_all, system_clock::now()))
        co_await refresh_servers(of);
    update_problem(of);
    token = with_.secrets.token(of);
    if (token == nullptr)
        schedule.written();
    // Version 0: the Secret does not hold this token, for example after a restore of etcd.
    else if (token->resource_version == 0)
        schedule.require_write();
    if (schedule.is_write_due(system_clock::now()))
        co_await save(of);
}

/// Puts a token into use before it is stored. The token is new, or its servers changed.
void token_refresher::adopt(stored_token token)
{
    schedules_[token.of].changed();
    with_.secrets.put(std::move(token));
    listeners_.on_tokens_changed();
}

task<result<stored_token>> token_refresher::mint(token_reference of, std::set<std::string> servers)
{
    stored_token fresh;
    fresh.of = of;
    auto const* present = with_.secrets.token(of);
    bool const is_first = present == nullptr;
    if (present != nullptr)
    {
        fresh.serial = present->serial + 1;
        fresh.resource_version = present->resource_version;
        fresh.servers = present->servers;
    }
    // If the host names cannot be read, a token is made only if the host names of the present token and the
    // configured suffixes cover all servers.
    auto names = co_await with_.directory.names(of.instance, max_names_age);
    if (names)
        fresh.servers = names->all();
    else if (!with_.secrets.may_go_to_all(fresh, servers))
        co_return names.error();
    std::string text;
    if (of.type == registry::token_type::longterm)
    {
        auto described = co_await description();
        if (!described)
            co_return described.error();
        text = *described + std::to_string(fresh.serial);
        // If no token is known, an earlier token may still exist in TCR, and its serial number is unknown. So
        // compare the descriptions without the number.
        auto absent = co_await ensure_no_existing_token(of, is_first ? *described : text);
        if (!absent)
            co_return absent.error();
    }
    auto token = co_await with_.cloud.create_token(of.instance, of.type, text);
    if (!token)
        co_return token.error();
    ++minted_;
    fresh.token = std::move(*token);
    // Stored times are in whole seconds.
    fresh.minted_at = std::chrono::floor<seconds>(system_clock::now());
    fresh.token.expires_at = std::chrono::floor<seconds>(fresh.token.expires_at);
    if (fresh.token.expires_at <= fresh.minted_at)
        co_return error(
            registry::errc::clock_skew,
            "the new token expired before it was created, at " + rfc3339(fresh.token.expires_at) +
                ": the clock of this machine is ahead; synchronize it"
        );
    log_.info(
        "created a token",
        {{"instance", of.instance.id},
         {"type", registry::to_string(of.type)},
         {"expires_at", rfc3339(fresh.token.expires_at)}}
    );
    co_return fresh;
}

/// The description of a long-term token in TCR's console, without the serial number at its end.
task<result<std::string>> token_refresher::description()
{
    if (options_.cluster_name.empty())
    {
        auto const action = "cannot read the UID of namespace kube-system";
        auto request = kube::get_request({"", "v1", "namespaces"}, {}, "kube-system");
        auto answer = co_await with_.client.fetch(std::move(request), action);
        if (!answer)
            co_return answer.error();
        auto uid = meta_of(*answer).uid;
        if (uid.empty())
            co_return error(kube::errc::bad_answer, action);
        options_.cluster_name = std::move(uid);
    }
    co_return "tcr-assistant, cluster " + options_.cluster_name + ", ";
}

/// Fails if the instance has a long-term token whose description begins with `description`. The value of such
/// a token cannot be read again, and a duplicate must not be made.
task<result<void>> token_refresher::ensure_no_existing_token(token_reference of, std::string description)
{
    auto known = co_await with_.cloud.long_term_tokens(of.instance);
    if (!known)
        co_return known.error();
    for (auto const& each : *known)
        if (each.description.starts_with(description))
            co_return error(
                registry::errc::unknown_token_value,
                "a long-term token \"" + printable(each.description, 120) + "\" (" + printable(each.id, 40) +
                    ") exists, but its value is not in Secret " + options_.own_namespace + "/" +
                    token_secret_name(of) + ": restore the Secret, or delete the token in the console"
            );
    co_return result<void>();
}

/// Reads the instance's host names again. Called if an ImagePullSecret has a server that the token may not be
/// sent to.
task<void> token_refresher::refresh_servers(token_reference of)
{
    auto names = co_await with_.directory.names(of.instance, seconds(0));
    schedules_[of].names_queried(!names, system_clock::now());
    if (!names)
    {
        log_.warning(
            "cannot read the domains of a token's instance; retrying in 60s",
            {{"instance", of.instance.id}, {"error", names.error().message()}}
        );
        co_return;
    }
    auto const* present = with_.secrets.token(of);
    if (present == nullptr || present->servers == names->all())
        co_return;
    auto known = *present;
    known.servers = names->all();
    adopt(std::move(known));
}

task<void> token_refresher::save(token_reference of)
{
    auto const written = *with_.secrets.token(of);
    auto const name = token_secret_name(of);
    auto const action = "cannot write Secret " + options_.own_namespace + "/" + name;
    auto request =
        kube::merge_patch_request(secrets_type, options_.own_namespace, name, update_body(written));
    auto answer = co_await with_.writes.fetch(std::move(request), action);
    if (!answer && answer.error().code == kube::errc::not_found)
    {
        request = kube::create_request(secrets_type, options_.own_namespace, create_body(written));
        answer = co_await with_.writes.fetch(std::move(request), action);
    }
    if (!answer)
    {
        // Another client has written the Secret, but the token in memory is newer. Version 0 lets the next
        // write succeed at any version.
        if (answer.error().code == kube::errc::conflict)
            with_.secrets.set_version(of, 0);
        auto const delay = schedules_[of].write_failed(system_clock::now(), random());
        log_.warning(
            "cannot store a token; retrying in " + to_text(delay), {{"error", answer.error().message()}}
        );
        co_return;
    }
    with_.secrets.set_version(of, meta_of(*answer).resource_version);
    // The token in memory may have changed during the write.
    auto const* still = with_.secrets.token(of);
    bool const is_saved =
        still == nullptr || (still->minted_at == written.minted_at && still->servers == written.servers);
    if (is_saved)
        schedules_[of].written();
}

void token_refresher::update_problem(token_reference const& of)
{
    auto const problem = schedules_[of].problem(with_.secrets.token(of), system_clock::now());
    auto const known = problems_.find(of);
    bool const is_same =
        problem ? known != problems_.end() && known->second == *problem : known == problems_.end();
    if (is_same)
        return;
    if (problem)
        problems_[of] = *problem;
    else
        problems_.erase(known);
    listeners_.on_token_problem(of, problem);
}

}  // namespace tcr::credentials
