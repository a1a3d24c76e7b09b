#include <tcr/credentials/credential_checker.hpp>
#include <tcr/registry/credential_probe.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/sha256.hpp>
#include <tcr/util/wall_clock.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tcr::credentials
{
namespace
{

using std::chrono::milliseconds;
using time_point = std::chrono::system_clock::time_point;

/// Pause between two checks, so that many ImagePullSecrets do not cause a burst of requests at one registry.
constexpr milliseconds check_spacing{200};

/// Max time until a check without a result is repeated.
constexpr milliseconds unknown_retry{60'000};

}  // namespace

std::uint64_t fingerprint_of(std::string_view server, login const& credential)
{
    std::string all(server);
    for (auto const* part : {&credential.username, &credential.password})
        all.append(1, '\0').append(*part);
    return prefix64(sha256_of(all));
}

time_point check_verdict::next_check(milliseconds interval) const
{
    return checked_at + (what == outcome::unknown ? std::min(interval, unknown_retry) : interval);
}

bool check_verdict::update(check_verdict later)
{
    bool const is_same_login = fingerprint == later.fingerprint;
    if (is_same_login && later.what == outcome::unknown && what != outcome::unknown)
    {
        checked_at = later.checked_at;
        return false;
    }
    bool const is_changed = !is_same_login || what != later.what || message != later.message;
    *this = std::move(later);
    return is_changed;
}

check_verdict verdict_of(check_target const& target, result<bool> const& answer, time_point now)
{
    using outcome = check_verdict::outcome;
    // The registry knows the credential, and its answer is not about the path.
    auto const host = target.server.substr(0, target.server.find('/'));
    check_verdict verdict;
    verdict.fingerprint = fingerprint_of(target.server, target.credential);
    verdict.checked_at = now;
    if (!answer)
    {
        bool const is_rejected = answer.error().code == registry::errc::wrong_password;
        verdict.what = is_rejected ? outcome::rejected : outcome::unknown;
        verdict.message = answer.error().message();
    }
    else if (*answer)
    {
        verdict.what = outcome::accepted;
        verdict.message = host + " accepts the credential";
    }
    else
        verdict.message = host + " requires no credential";
    return verdict;
}

credential_checker::credential_checker(
    asio::any_io_executor executor,
    net::web_client& web,
    milliseconds interval,
    std::function<std::vector<check_target>()> targets,
    std::function<void(std::string const&, check_verdict const&)> on_verdict,
    logger& log
)
    : web_(web),
      interval_(interval),
      targets_(std::move(targets)),
      on_verdict_(std::move(on_verdict)),
      log_(log),
      loop_(executor, [this] { return reconcile(); })
{
}

time_point credential_checker::due_at(check_target const& target) const
{
    auto const known = verdicts_.find(target.name);
    bool const is_of_this_login =
        known != verdicts_.end() &&
        known->second.fingerprint == fingerprint_of(target.server, target.credential);
    return is_of_this_login ? known->second.next_check(interval_) : time_point{};
}

task<runtime::next_reconcile> credential_checker::reconcile()
{
    auto const targets = targets_();
    std::set<std::string> names;
    for (auto const& each : targets)
        names.insert(each.name);
    std::erase_if(verdicts_, [&](auto const& each) { return !names.contains(each.first); });
    for (auto const& each : targets)
        if (due_at(each) <= std::chrono::system_clock::now())
        {
            co_await check(each);
            co_await sleep_for(check_spacing);
        }
    auto next = time_point::max();
    for (auto const& each : targets)
        next = std::min<time_point>(next, due_at(each));
    next = std::max<time_point>(next, std::chrono::system_clock::now() + check_spacing);
    co_return runtime::next_reconcile{next_wall_check(next)};
}

task<void> credential_checker::check(check_target target)
{
    auto const answer = co_await registry::probe_credential(
        web_, target.server, target.credential.username, target.credential.password
    );
    auto& known = verdicts_[target.name];
    if (!known.update(verdict_of(target, answer, std::chrono::system_clock::now())))
        co_return;
    if (known.what == check_verdict::outcome::rejected)
        log_.warning(
            "a registry rejected the credential of an ImagePullSecret",
            {{"imagepullsecret", target.name}, {"error", known.message}}
        );
    on_verdict_(target.name, known);
}

}  // namespace tcr::credentials
