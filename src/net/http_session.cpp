#include <tcr/net/http_session.hpp>

#include <boost/beast/http/status.hpp>

namespace tcr::net
{

void session_list::make_room()
{
    session_state* longest = nullptr;
    for (auto* each : sessions_)
    {
        if (!each->is_kept())
            continue;
        if (each->is_finishing())
            return;
        if (longest == nullptr || each->kept_since() < longest->kept_since())
            longest = each;
    }
    if (longest != nullptr)
        longest->finish();
}

void session_list::finish()
{
    for (auto* each : sessions_)
        each->finish();
}

void session_list::cut()
{
    for (auto* each : sessions_)
        each->cut();
}

session_state::session_state(asio::any_io_executor executor, session_list& all)
    : all_(all), place_(all.sessions_.insert(all.sessions_.end(), this)), timer_(executor)
{
}

session_state::~session_state()
{
    all_.sessions_.erase(place_);
    all_.changed_.notify();
}

void session_state::finish()
{
    is_finishing_ = true;
    // Wakes the wait under way, and one that is about to begin.
    if (is_idle())
        timer_.expires_at(time_point());
}

void session_state::cut()
{
    is_cut_ = true;
    timer_.expires_at(time_point());
}

void session_state::become_kept()
{
    phase_ = phase::kept;
    kept_since_ = std::chrono::steady_clock::now();
    all_.changed_.notify();
}

task<void> end_output(asio::ip::tcp::socket& stream)
{
    boost::system::error_code ignored;
    stream.shutdown(asio::socket_base::shutdown_send, ignored);
    co_return;
}

std::string response_head(server_response const& response, bool keep_alive)
{
    assert(response.status >= 200 && response.status <= 599);
    assert((response.status != 204 && response.status != 304) || response.body.empty());
    auto const words =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    std::string head;
    head.reserve(160 + response.content_type.size() + response.headers.size());
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    head.append(words.data(), words.size()).append("\r\n").append(response.headers);
    if (!response.content_type.empty() && !response.body.empty())
        head.append("Content-Type: ").append(response.content_type).append("\r\n");
    // RFC 9110 section 8.6: 204 must not have one, and 304 has that of another response.
    if (response.status != 204 && response.status != 304)
        head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    head.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    return head;
}

}  // namespace tcr::net
