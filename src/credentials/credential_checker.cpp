// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/kube/image_keyring.hpp>
#include <tcr/net/host_port.hpp>
#include <tcr/registry/credential_probe.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/sha256.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/wall_clock.hpp>

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace tcr::credentials
{
namespace
{

using std::chrono::milliseconds;
using time_point = std::chrono::system_clock::time_point;
using outcome = check_result::outcome;

/// Pause between two checks, so that many ImagePullSecrets do not cause a burst of requests at one registry.
constexpr milliseconds check_spacing{200};

/// Max delay until a login whose result is `unknown` is checked again.
constexpr milliseconds unknown_retry{60'000};

/// Max length of a registry's name in a message, in bytes: the longest host name with a port.
constexpr std::size_t max_shown_registry = 259;

/// Joins the first `max_shown` texts, and adds how many more there are.
std::string first_few(std::vector<std::string> const& texts)
{
    constexpr std::size_t max_shown = 3;
    std::string all;
    for (std::size_t i = 0; i < std::min(texts.size(), max_shown); ++i)
        all += (i == 0 ? "" : "; ") + texts[i];
    if (texts.size() > max_shown)
        all += "; and " + std::to_string(texts.size() - max_shown) + " more";
    return all;
}

}  // namespace

std::uint64_t fingerprint_of(login const& what)
{
    auto all = what.registry;
    for (auto const* part : {&what.username, &what.password})
        all.append(1, '\0').append(*part);
    return prefix64(sha256_of(all));
}

time_point check_result::next_check(milliseconds interval) const
{
    return checked_at + (what == outcome::unknown ? std::min(interval, unknown_retry) : interval);
}

bool check_result::update(check_result later)
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

check_result check_result_of(login const& what, result<bool> const& answer, time_point now)
{
    check_result checked;
    checked.fingerprint = fingerprint_of(what);
    checked.checked_at = now;
    auto const shown = printable(what.registry, max_shown_registry);
    if (!answer)
    {
        bool const is_rejected = answer.error().code == registry::errc::wrong_password;
        checked.what = is_rejected ? outcome::rejected : outcome::unknown;
        checked.message = answer.error().message();
        if (checked.message.find(shown) == std::string::npos)
            checked.message.insert(0, shown + ": ");
    }
    else if (*answer)
    {
        checked.what = outcome::accepted;
        checked.message = shown + " accepts the credential";
    }
    else
        checked.message = shown + " requires no credential";
    return checked;
}

std::optional<check_result> combined_result(
    std::vector<login> const& logins, login_check_results const& known
)
{
    std::map<outcome, std::vector<std::string>> messages;
    bool is_checked = false;
    for (auto const& each : std::span(logins).first(std::min(logins.size(), max_checked_logins)))
    {
        auto const found = known.find(each.registry);
        bool const is_current = found != known.end() && found->second.fingerprint == fingerprint_of(each);
        is_checked = is_checked || is_current;
        if (is_current)
            messages[found->second.what].push_back(found->second.message);
        else
            messages[outcome::unknown].push_back(
                printable(each.registry, max_shown_registry) + " is not checked yet"
            );
    }
    if (!is_checked)
        return std::nullopt;
    if (logins.size() > max_checked_logins)
        messages[outcome::unknown].push_back(
            "only the first " + std::to_string(max_checked_logins) + " of " + std::to_string(logins.size()) +
            " registries are checked"
        );
    check_result sum;
    for (auto const each : {outcome::rejected, outcome::unknown, outcome::accepted})
        if (messages.contains(each))
        {
            sum.what = each;
            sum.message = first_few(messages[each]);
            break;
        }
    return sum;
}

credential_checker::credential_checker(
    asio::any_io_executor executor,
    net::web_client& web,
    milliseconds interval,
    std::function<std::vector<check_target>()> targets,
    std::function<void(std::string const&, check_result const&)> on_check_result,
    logger& log
)
    : web_(web),
      interval_(interval),
      targets_(std::move(targets)),
      on_check_result_(std::move(on_check_result)),
      log_(log),
      loop_(executor, [this] { return reconcile(); })
{
}

time_point credential_checker::due_at(check_target const& target) const
{
    auto const of_object = results_.find(target.name);
    if (of_object == results_.end())
        return {};
    auto const known = of_object->second.find(target.what.registry);
    bool const is_of_this_login =
        known != of_object->second.end() && known->second.fingerprint == fingerprint_of(target.what);
    return is_of_this_login ? known->second.next_check(interval_) : time_point{};
}

task<runtime::next_reconcile> credential_checker::reconcile()
{
    auto const targets = targets_();
    std::map<std::string, std::set<std::string>> present;
    for (auto const& each : targets)
        present[each.name].insert(each.what.registry);
    std::erase_if(results_, [&](auto const& each) { return !present.contains(each.first); });
    for (auto& [name, of_object] : results_)
        std::erase_if(of_object, [&](auto const& each) { return !present[name].contains(each.first); });
    // Checks one login in each call: the one that has been due longest. `due_at` returns the epoch for a new
    // login, so new logins come first.
    auto const due = [this](check_target const& each) { return due_at(each); };
    auto const first = std::ranges::min_element(targets, {}, due);
    milliseconds pause{0};
    if (first != targets.end() && due(*first) <= std::chrono::system_clock::now() && co_await check(*first))
        pause = check_spacing;
    auto next = time_point::max();
    for (auto const& each : targets)
        next = std::min<time_point>(next, due(each));
    next = std::max<time_point>(next, std::chrono::system_clock::now() + pause);
    co_return runtime::next_reconcile{next_wall_check(next)};
}

/// Checks a login. \return whether the check needed a request.
task<bool> credential_checker::check(check_target target)
{
    auto const& what = target.what;
    auto const key = kube::normal_registry_key(what.registry);
    // An entry without a password is not checked: the registry would refuse the empty password as wrong. The
    // entry may have an identitytoken instead, which kubelet ignores.
    result<bool> answer = invalid_argument("an entry without a password cannot be checked");
    bool const is_checkable = key && !what.password.empty();
    if (!key)
        answer = invalid_argument("kubelet ignores this key of auths");
    else if (is_checkable)
    {
        std::string const host(net::registry_location(*key).host_and_port);
        answer = co_await registry::probe_credential(web_, host, what.username, what.password);
    }
    auto& known = results_[target.name][what.registry];
    if (!known.update(check_result_of(what, answer, std::chrono::system_clock::now())))
        co_return is_checkable;
    if (known.what == check_result::outcome::rejected)
        log_.warning(
            "a registry rejected the credential of an ImagePullSecret",
            {{"imagepullsecret", target.name}, {"error", known.message}}
        );
    on_check_result_(target.name, known);
    co_return is_checkable;
}

}  // namespace tcr::credentials
