// SPDX-License-Identifier: Apache-2.0
#include "new_namespaces.hpp"

#include "objects.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using steady_clock = std::chrono::steady_clock;

constexpr char const* default_account = "/default";

kube::resource metadata_of_secrets()
{
    auto type = secrets_type;
    type.metadata_only = true;
    return type;
}

kube::selection by_name(std::string const& name)
{
    kube::selection which;
    which.field_selector = "metadata.name=" + name;
    return which;
}

/// The time from each entry of `created` to the entry of `served` with the same name plus `suffix`. The time
/// is zero if the event of the watch came before the answer to the create request.
latencies between(moments const& created, moments const& served, std::string const& suffix)
{
    latencies lengths;
    for (auto const& [name, started] : created)
        if (auto const end = served.find(name + suffix); end != served.end())
            lengths.add(std::max(end->second - started, steady_clock::duration::zero()));
    return lengths;
}

}  // namespace

void new_namespaces::secret_reader::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::added)
        seen.try_emplace(meta.ns, steady_clock::now());
}

std::vector<kube::skim_path> new_namespaces::reference_reader::paths() const
{
    return {{0, {"imagePullSecrets", "[]", "name"}}};
}

void new_namespaces::reference_reader::on_value(int, std::string_view, std::string_view text)
{
    matches_ = matches_ || text == reference_;
}

void new_namespaces::reference_reader::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (matches_ && event != kube::object_event::deleted)
        seen.try_emplace(meta.ns + "/" + meta.name, steady_clock::now());
}

new_namespaces::new_namespaces(
    asio::io_context& loop, kube::client& client, api_server& server, std::string name, std::string reference
)
    : loop_(loop),
      server_(server),
      name_(std::move(name)),
      reference_(std::move(reference)),
      references_(reference_),
      watch_secrets_(loop, client, metadata_of_secrets(), by_name(reference_), secrets_),
      watch_accounts_(loop, client, accounts_type, {}, references_)
{
}

task<outcome> new_namespaces::create_namespace(std::size_t index)
{
    auto const name = name_ + std::to_string(index);
    co_await server_.create_namespace(name);
    namespaces_[name] = steady_clock::now();
    co_return outcome::good;
}

task<outcome> new_namespaces::create_account(std::size_t index)
{
    auto const result = co_await server_.create_account(index, reference_, api_server::trace::object);
    auto const where = server_.account_place(index);
    accounts_[where.ns + "/" + where.name] = steady_clock::now();
    co_return result;
}

/// Lists the objects that are not served yet; empty if all are served.
std::string new_namespaces::missing() const
{
    for (auto const& [name, started] : namespaces_)
    {
        if (!secrets_.seen.contains(name))
            return "the Secret of " + name;
        if (!references_.seen.contains(name + default_account))
            return "the reference of " + name + default_account;
    }
    for (auto const& [name, started] : accounts_)
        if (!references_.seen.contains(name))
            return "the reference of " + name;
    return {};
}

void new_namespaces::wait_until_served()
{
    auto check = [this]() -> task<void>
    {
        auto const deadline = steady_clock::now() + std::chrono::minutes(1);
        while (!missing().empty() && steady_clock::now() < deadline)
            co_await sleep_for(std::chrono::milliseconds(50));
        watch_secrets_.require_open();
        watch_accounts_.require_open();
        if (auto const what = missing(); !what.empty())
            throw std::runtime_error("still missing after a minute: " + what);
    };
    run_to_end(loop_, check);
}

latencies new_namespaces::until_secret() const
{
    return between(namespaces_, secrets_.seen, "");
}

latencies new_namespaces::until_default_reference() const
{
    return between(namespaces_, references_.seen, default_account);
}

latencies new_namespaces::until_reference() const
{
    return between(accounts_, references_.seen, "");
}

}  // namespace tcr::benchmark
