#include <tcr/credentials/token_refresher.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/backoff.hpp>
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
using time_point = std::chrono::system_clock::time_point;

kube::resource const secrets_type{"", "v1", "secrets"};

/// A token that is in use but not stored is lost when the process ends.
constexpr backoff_policy save_retry{std::chrono::milliseconds(2'000), std::chrono::milliseconds(300'000)};

constexpr seconds list_retry{1};

/// How often to ask the API whether a server has become a name of the instance: sooner after a failure.
constexpr seconds name_query_interval{300};
constexpr seconds name_query_retry{60};

/// Max age of an instance's names. Operators change them by hand, so they change rarely.
constexpr std::chrono::hours max_names_age{1};

/// The metadata of the object that the API server answered with.
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
    decoder.on_body(answer);
    return meta.seen;
}

}  // namespace

token_refresher::token_refresher(
    asio::any_io_executor executor,
    kube::client& client,
    registry::cloud_client& cloud,
    runtime::fenced_client& writes,
    credential_secrets& secrets,
    instance_directory& directory,
    token_refresher_options options,
    listeners to_call,
    logger& log,
    clock now
)
    : client_(client),
      cloud_(cloud),
      writes_(writes),
      secrets_(secrets),
      options_(std::move(options)),
      listeners_(std::move(to_call)),
      log_(log),
      now_(std::move(now)),
      directory_(directory),
      loop_(executor, [this] { return reconcile(); })
{
}

task<runtime::next_reconcile> token_refresher::reconcile()
{
    // One after another, because tokens are few and each call has a time limit.
    auto const desired = listeners_.desired();
    forget_undesired(desired);
    for (auto const& [of, servers] : desired)
        co_await refresh(of, servers);
    auto const wait = wall_wait(next_check(desired), now_());
    co_return runtime::next_reconcile{std::chrono::steady_clock::now() + wait};
}

void token_refresher::forget_undesired(desired_tokens const& desired)
{
    auto const is_gone = [&](auto const& each) { return !desired.contains(each.first); };
    for (auto const& [of, trouble] : troubles_)
        if (!desired.contains(of))
            listeners_.on_trouble(of, std::nullopt);
    std::erase_if(troubles_, is_gone);
    std::erase_if(schedules_, is_gone);
    std::erase_if(unwritten_, is_gone);
    std::erase_if(next_name_queries_, is_gone);
}

time_point token_refresher::next_check(desired_tokens const& desired)
{
    auto next = time_point::max();
    for (auto const& [of, servers] : desired)
        next = std::min(next, schedules_[of].next_check(secrets_.token(of), now_()));
    for (auto const& [of, each] : unwritten_)
        next = std::min(next, each.next_try);
    for (auto const& [of, when] : next_name_queries_)
        next = std::min(next, when);
    return next;
}

/// A list without a resourceVersion is a consistent read: it does not depend on how far watches lag.
task<void> token_refresher::load_stored()
{
    for (reported_failures reported;;)
    {
        credential_secrets present(options_.own_namespace, options_.rules, [] {});
        auto const which = credential_selection(options_.own_namespace);
        auto read = co_await client_.list(secrets_type, which, present, "cannot list credential secrets");
        if (read)
        {
            if (secrets_.merge_newer(present))
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
    if (!writes_.is_draining() && schedule.is_due(secrets_.token(of), now_()))
    {
        auto fresh = co_await mint(of, servers);
        auto const chance = std::generate_canonical<double, 32>(random_);
        if (fresh)
        {
            schedule.succeeded(*fresh, now_(), chance);
            unwritten_[of] = {};
            secrets_.put(std::move(*fresh));
            listeners_.on_tokens_changed();
        }
        else
            schedule.failed(fresh.error(), registry::is_retryable(fresh.error().code), now_(), chance);
    }
    auto const* present = secrets_.token(of);
    if (present != nullptr && !secrets_.may_go_to_all(*present, servers))
        co_await refresh_servers(of);
    else
        next_name_queries_.erase(of);
    update_trouble(of);
    // Version 0: not stored yet, or missing after a restore of etcd.
    if (present = secrets_.token(of); present != nullptr && present->resource_version == 0)
        unwritten_.try_emplace(of);
    if (auto const due = unwritten_.find(of); due != unwritten_.end() && due->second.next_try <= now_())
        co_await save(of);
}

task<result<stored_token>> token_refresher::mint(token_reference of, std::set<std::string> servers)
{
    stored_token fresh;
    fresh.of = of;
    auto const* present = secrets_.token(of);
    bool const is_first = present == nullptr;
    if (present != nullptr)
    {
        fresh.serial = present->serial + 1;
        fresh.resource_version = present->resource_version;
        fresh.servers = present->servers;
    }
    // If the names cannot be read, known names or configured suffixes must cover all servers.
    auto names = co_await directory_.names(of.instance, max_names_age);
    if (names)
        fresh.servers = names->all();
    else if (!secrets_.may_go_to_all(fresh, servers))
        co_return names.error();
    std::string text;
    if (of.type == registry::token_type::longterm)
    {
        auto described = co_await description();
        if (!described)
            co_return described.error();
        text = *described + std::to_string(fresh.serial);
        // Without a known token, no token of this cluster may exist, whatever its serial.
        auto absent = co_await ensure_no_existing_token(of, is_first ? *described : text);
        if (!absent)
            co_return absent.error();
    }
    auto token = co_await cloud_.create_token(of.instance, of.type, text);
    if (!token)
        co_return token.error();
    ++minted_;
    fresh.token = std::move(*token);
    // Stored times have whole seconds.
    fresh.minted_at = std::chrono::floor<seconds>(now_());
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

/// The description of a long-term token in TCR's console, up to the serial.
task<result<std::string>> token_refresher::description()
{
    if (options_.cluster_name.empty())
    {
        auto request = kube::get_request({"", "v1", "namespaces"}, {}, "kube-system");
        auto answer =
            co_await client_.fetch(std::move(request), "cannot read the UID of namespace kube-system");
        if (!answer)
            co_return answer.error();
        options_.cluster_name = meta_of(*answer).uid;
    }
    co_return "tcr-assistant, cluster " + options_.cluster_name + ", ";
}

/// Fails if such a long-term token exists: its value cannot be read again, and it must not get a duplicate.
task<result<void>> token_refresher::ensure_no_existing_token(token_reference of, std::string description)
{
    auto known = co_await cloud_.long_term_tokens(of.instance);
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

/// Reads the instance's names again: an ImagePullSecret has a server that is not a known name.
task<void> token_refresher::refresh_servers(token_reference of)
{
    auto& next_try = next_name_queries_[of];
    if (now_() < next_try)
        co_return;
    auto names = co_await directory_.names(of.instance, seconds(0));
    next_name_queries_[of] = now_() + (names ? name_query_interval : name_query_retry);
    if (!names)
    {
        log_.warning(
            "cannot read the domains of a token's instance; retrying in 60s",
            {{"instance", of.instance.id}, {"error", names.error().message()}}
        );
        co_return;
    }
    auto const* present = secrets_.token(of);
    if (present == nullptr || present->servers == names->all())
        co_return;
    auto known = *present;
    known.servers = names->all();
    unwritten_[of] = {};
    secrets_.put(std::move(known));
    listeners_.on_tokens_changed();
}

task<void> token_refresher::save(token_reference of)
{
    auto const* present = secrets_.token(of);
    if (present == nullptr)
    {
        unwritten_.erase(of);
        co_return;
    }
    auto const written = *present;
    auto const name = token_secret_name(of);
    auto const action = "cannot write secret " + options_.own_namespace + "/" + name;
    auto request =
        kube::merge_patch_request(secrets_type, options_.own_namespace, name, update_body(written));
    auto answer = co_await writes_.fetch(std::move(request), action);
    if (!answer && answer.error().code == kube::errc::not_found)
    {
        request = kube::create_request(secrets_type, options_.own_namespace, create_body(written));
        answer = co_await writes_.fetch(std::move(request), action);
    }
    if (!answer)
    {
        // Our token is newer than what another client wrote meanwhile.
        if (answer.error().code == kube::errc::conflict)
            secrets_.set_version(of, 0);
        auto& again = unwritten_[of];
        auto const delay = save_retry.delay(++again.failures, std::generate_canonical<double, 32>(random_));
        again.next_try = now_() + delay;
        log_.warning(
            "cannot store a token; retrying",
            {{"retry_in", to_text(delay)}, {"error", answer.error().message()}}
        );
        co_return;
    }
    secrets_.set_version(of, meta_of(*answer).resource_version);
    // The token may have changed meanwhile.
    auto const* still = secrets_.token(of);
    bool const is_saved =
        still == nullptr || (still->minted_at == written.minted_at && still->servers == written.servers);
    if (is_saved)
        unwritten_.erase(of);
}

void token_refresher::update_trouble(token_reference const& of)
{
    auto const trouble = schedules_[of].trouble(secrets_.token(of), now_());
    auto const known = troubles_.find(of);
    bool const is_same =
        trouble ? known != troubles_.end() && known->second == *trouble : known == troubles_.end();
    if (is_same)
        return;
    if (trouble)
        troubles_[of] = *trouble;
    else
        troubles_.erase(known);
    listeners_.on_trouble(of, trouble);
}

}  // namespace tcr::credentials
