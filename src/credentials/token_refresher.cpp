#include <tcr/credentials/token_refresher.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/backoff.hpp>
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

constexpr seconds recall_retry{1};

/// How often to ask the API whether a server has become a name of the instance: sooner after a failure.
constexpr seconds names_retry{300};
constexpr seconds names_retry_after_failure{60};

/// Max age of an instance's names. Operators change them by hand, so they change rarely.
constexpr std::chrono::hours names_age{1};

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
    listeners told,
    logger& log,
    clock now
)
    : client_(client),
      cloud_(cloud),
      writes_(writes),
      secrets_(secrets),
      options_(std::move(options)),
      told_(std::move(told)),
      log_(log),
      now_(std::move(now)),
      directory_(directory),
      loop_(executor, [this] { return reconcile(); })
{
}

task<runtime::next_reconcile> token_refresher::reconcile()
{
    // One after another, because tokens are few and each call has a time limit.
    auto const wishes = told_.wishes();
    forget_others(wishes);
    for (auto const& [of, servers] : wishes)
        co_await look_after(of, servers);
    auto const wait = wall_wait(next_look(wishes), now_());
    co_return runtime::next_reconcile{std::chrono::steady_clock::now() + wait};
}

void token_refresher::forget_others(token_wishes const& wishes)
{
    auto const is_gone = [&](auto const& each) { return !wishes.contains(each.first); };
    for (auto const& [of, trouble] : troubles_)
        if (!wishes.contains(of))
            told_.on_trouble(of, std::nullopt);
    std::erase_if(troubles_, is_gone);
    std::erase_if(schedules_, is_gone);
    std::erase_if(unwritten_, is_gone);
    std::erase_if(next_names_, is_gone);
}

time_point token_refresher::next_look(token_wishes const& wishes)
{
    auto next = time_point::max();
    for (auto const& [of, servers] : wishes)
        next = std::min(next, schedules_[of].next_look(secrets_.token(of), now_()));
    for (auto const& [of, each] : unwritten_)
        next = std::min(next, each.next_try);
    for (auto const& [of, when] : next_names_)
        next = std::min(next, when);
    return next;
}

/// A list without a resourceVersion is a consistent read: it does not depend on how far watches lag.
task<void> token_refresher::recall()
{
    for (reported_failures reported;;)
    {
        credential_secrets present(options_.own_namespace, options_.rules, [] {});
        auto const which = credential_selection(options_.own_namespace);
        auto read = co_await client_.list(secrets_type, which, present, "cannot list the credentials");
        if (read)
        {
            if (secrets_.take_over(present))
                told_.on_tokens_changed();
            co_return;
        }
        if (reported.is_new("list", read.error().message()))
            log_.warning("cannot list the credentials; retrying", {{"why", read.error().message()}});
        co_await sleep_for(recall_retry);
    }
}

task<void> token_refresher::look_after(token_reference of, std::set<std::string> servers)
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
            secrets_.learn(std::move(*fresh));
            told_.on_tokens_changed();
        }
        else
            schedule.failed(fresh.error(), registry::is_retryable(fresh.error().code), now_(), chance);
    }
    auto const* present = secrets_.token(of);
    if (present != nullptr && !secrets_.may_go_to_all(*present, servers))
        co_await learn_servers(of);
    else
        next_names_.erase(of);
    note_trouble(of);
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
    auto names = co_await directory_.names(of.instance, names_age);
    if (names)
        fresh.servers = names->all();
    else if (!secrets_.may_go_to_all(fresh, servers))
        co_return names.error();
    std::string words;
    if (of.type == registry::token_type::longterm)
    {
        auto described = co_await description();
        if (!described)
            co_return described.error();
        words = *described + std::to_string(fresh.serial);
        // Without a known token, no token of this cluster may exist, whatever its serial.
        auto alone = co_await forbid_second(of, is_first ? *described : words);
        if (!alone)
            co_return alone.error();
    }
    auto token = co_await cloud_.create_token(of.instance, of.type, words);
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
            "the token that was just made has ended already, at " + rfc3339(fresh.token.expires_at) +
                ": this machine's clock is ahead"
        );
    log_.info(
        "token made",
        {{"instance", of.instance.id},
         {"type", registry::to_string(of.type)},
         {"until", rfc3339(fresh.token.expires_at)}}
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
            co_await client_.fetch(std::move(request), "cannot tell the cluster by kube-system's UID");
        if (!answer)
            co_return answer.error();
        options_.cluster_name = meta_of(*answer).uid;
    }
    co_return "tcr-assistant, cluster " + options_.cluster_name + ", ";
}

/// Fails if such a long-term token exists: its value cannot be read again, and it must not get a duplicate.
task<result<void>> token_refresher::forbid_second(token_reference of, std::string description)
{
    auto known = co_await cloud_.long_term_tokens(of.instance);
    if (!known)
        co_return known.error();
    for (auto const& each : *known)
        if (each.description.starts_with(description))
            co_return error(
                registry::errc::unknown_token_value,
                "a long-term token \"" + printable(each.description, 120) + "\" (" + printable(each.id, 40) +
                    ") exists, and its value is not in Secret " + options_.own_namespace + "/" +
                    token_secret_name(of) + ": restore the Secret, or delete the token in the console"
            );
    co_return result<void>();
}

/// Reads the instance's names again: an ImagePullSecret has a server that is not a known name.
task<void> token_refresher::learn_servers(token_reference of)
{
    auto& next_try = next_names_[of];
    if (now_() < next_try)
        co_return;
    auto names = co_await directory_.names(of.instance, seconds(0));
    next_names_[of] = now_() + (names ? names_retry : names_retry_after_failure);
    if (!names)
    {
        log_.warning("an instance's names are not known", {{"why", names.error().message()}});
        co_return;
    }
    auto const* present = secrets_.token(of);
    if (present == nullptr || present->servers == names->all())
        co_return;
    auto known = *present;
    known.servers = names->all();
    unwritten_[of] = {};
    secrets_.learn(std::move(known));
    told_.on_tokens_changed();
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
    auto const doing = "cannot write secret " + options_.own_namespace + "/" + name;
    auto request =
        kube::merge_patch_request(secrets_type, options_.own_namespace, name, update_body(written));
    auto answer = co_await writes_.fetch(std::move(request), doing);
    if (!answer && answer.error().code == kube::errc::not_found)
    {
        request = kube::create_request(secrets_type, options_.own_namespace, create_body(written));
        answer = co_await writes_.fetch(std::move(request), doing);
    }
    if (!answer)
    {
        // Our token is newer than what another client wrote meanwhile.
        if (answer.error().code == kube::errc::conflict)
            secrets_.note_version(of, 0);
        auto& again = unwritten_[of];
        again.next_try =
            now_() + save_retry.delay(++again.failures, std::generate_canonical<double, 32>(random_));
        log_.warning("cannot store a token; retrying", {{"why", answer.error().message()}});
        co_return;
    }
    secrets_.note_version(of, meta_of(*answer).resource_version);
    // The token may have changed meanwhile.
    auto const* still = secrets_.token(of);
    bool const is_saved =
        still == nullptr || (still->minted_at == written.minted_at && still->servers == written.servers);
    if (is_saved)
        unwritten_.erase(of);
}

void token_refresher::note_trouble(token_reference const& of)
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
    told_.on_trouble(of, trouble);
}

}  // namespace tcr::credentials
