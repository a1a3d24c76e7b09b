// SPDX-License-Identifier: Apache-2.0
#include "fault_proxy.hpp"

namespace tcr::test
{
namespace
{

namespace ssl = asio::ssl;
namespace fs = std::filesystem;

std::shared_ptr<ssl::context> server_identity(fs::path const& chain, fs::path const& key)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    context->use_certificate_chain_file(chain);
    context->use_private_key_file(key, ssl::context::pem);
    return context;
}

std::shared_ptr<ssl::context> client_identity(fs::path const& authority)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    context->load_verify_file(authority);
    context->set_verify_mode(ssl::verify_peer);
    return context;
}

}  // namespace

fault_proxy::fault_proxy(sandbox const& where, unsigned short server_port, unsigned seed)
    : identity_(
          server_identity(where.folder() / "certs" / "server.crt", where.folder() / "certs" / "server.key")
      ),
      state_(seed)
{
    state_.server = {
        asio::ip::address_v4::loopback(), server_port != 0 ? server_port : where.apiserver_port()};
    state_.to_server = client_identity(where.folder() / "certs" / "ca.crt");
    loop_.call([this] { admit(); });
}

fault_proxy::~fault_proxy()
{
    cut();
}

void fault_proxy::admit()
{
    loop_.admit(
        [this](asio::ip::tcp::socket socket)
        {
            std::erase_if(connections_, [](auto const& each) { return each.expired(); });
            auto const fresh = std::make_shared<proxy_connection>(state_, std::move(socket), identity_);
            connections_.push_back(fresh);
            fresh->start();
        }
    );
}

std::size_t fault_proxy::for_each(std::function<bool(proxy_connection&)> const& act) const
{
    std::size_t count = 0;
    for (auto const& each : connections_)
        if (auto const open = each.lock())
            count += act(*open) ? 1 : 0;
    return count;
}

void fault_proxy::break_all()
{
    for_each(
        [](proxy_connection& each)
        {
            each.break_off();
            return true;
        }
    );
}

void fault_proxy::serve_below(std::string path)
{
    loop_.call([&] { state_.base_path = std::move(path); });
}

void fault_proxy::inject(fault_rule rule)
{
    loop_.call([&] { state_.plan.add(std::move(rule)); });
}

std::size_t fault_proxy::count_watches() const
{
    return for_each([](proxy_connection& each) { return each.has_watch(); });
}

std::size_t fault_proxy::open_watches() const
{
    return loop_.call([&] { return count_watches(); });
}

bool fault_proxy::disturb_watches(fault const& what, std::size_t wanted)
{
    return loop_.call(
        [&]
        {
            if (count_watches() != wanted)
                return false;
            auto const hit = for_each([&](proxy_connection& each) { return each.disturb_watch(what); });
            state_.plan.count(what.name(), hit);
            return true;
        }
    );
}

void fault_proxy::lose_event(std::size_t which_one, event_filter which)
{
    loop_.call([&] { state_.plan.lose_event(which_one, std::move(which)); });
}

std::size_t fault_proxy::events() const
{
    return loop_.call([&] { return state_.plan.events(); });
}

std::string fault_proxy::lost_event() const
{
    return loop_.call([&] { return state_.plan.lost_event(); });
}

void fault_proxy::after_write(std::size_t which_one, std::function<void()> act, request_filter which)
{
    loop_.call([&] { state_.plan.after_write(which_one, std::move(which), std::move(act)); });
}

std::size_t fault_proxy::writes() const
{
    return loop_.call([&] { return state_.plan.writes(); });
}

void fault_proxy::freeze()
{
    loop_.call(
        [&]
        {
            state_.is_frozen = true;
            state_.plan.count("freeze");
        }
    );
}

void fault_proxy::hold_watches()
{
    loop_.call(
        [&]
        {
            state_.are_watches_held = true;
            state_.plan.count("held watches");
        }
    );
}

void fault_proxy::swallow_all()
{
    loop_.call(
        [&]
        {
            state_.are_all_swallowed = true;
            auto const hit = for_each(
                [](proxy_connection& each)
                {
                    each.go_mute();
                    return true;
                }
            );
            state_.plan.count(fault::of(fault::kind::swallow).name(), hit);
        }
    );
}

void fault_proxy::cut()
{
    loop_.call(
        [&]
        {
            is_cut_ = true;
            loop_.refuse();
            break_all();
            state_.plan.count("cut");
        }
    );
}

void fault_proxy::break_connections()
{
    loop_.call(
        [&]
        {
            break_all();
            state_.plan.count("all reset");
        }
    );
}

void fault_proxy::use_certificate(fs::path const& chain, fs::path const& key)
{
    auto fresh = server_identity(chain, key);
    loop_.call(
        [&]
        {
            identity_ = std::move(fresh);
            break_all();
            state_.plan.count("new certificate");
        }
    );
}

void fault_proxy::heal()
{
    loop_.call(
        [&]
        {
            state_.plan.clear_rules();
            state_.is_frozen = false;
            state_.are_watches_held = false;
            state_.are_all_swallowed = false;
            if (std::exchange(is_cut_, false))
                admit();
        }
    );
}

std::vector<seen_request> fault_proxy::requests() const
{
    return loop_.call([&] { return state_.requests; });
}

void fault_proxy::forget_requests()
{
    loop_.call([&] { state_.requests.clear(); });
}

std::map<std::string, std::size_t> fault_proxy::injected() const
{
    return loop_.call([&] { return state_.plan.injected(); });
}

std::string fault_proxy::report() const
{
    std::string text;
    for (auto const& [kind, times] : injected())
        text += (text.empty() ? "" : ", ") + std::to_string(times) + " x " + kind;
    return text.empty() ? "no faults" : text;
}

}  // namespace tcr::test
