// SPDX-License-Identifier: Apache-2.0
#include "proxy_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>

#include <array>
#include <sstream>

namespace tcr::test
{
namespace
{

namespace http = boost::beast::http;
namespace json = boost::json;
using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds between_looks{5};

/// Time between the last write and a reset. A reset discards bytes that are still unsent.
constexpr std::chrono::milliseconds before_reset{10};

constexpr std::string_view nonsense = "\x16\x03\x01 this is no HTTP \xff\xfe\x00\x01\r\n\r\n";
constexpr std::string_view nonsense_line = "{\"type\":\"ADDED\",\"object\":{\"metadata\":]}\n";

std::string chunk(std::string_view text)
{
    std::ostringstream out;
    out << std::hex << text.size() << "\r\n" << text << "\r\n";
    return out.str();
}

template <class Message>
std::string wire_form(Message const& message)
{
    std::ostringstream out;
    out << message;
    return out.str();
}

char const* reason_of(int status)
{
    switch (status)
    {
        case 429:
            return "TooManyRequests";
        case 503:
            return "ServiceUnavailable";
        case 500:
            return "InternalError";
        default:
            return "Unknown";
    }
}

std::string status_body(fault const& what)
{
    json::object details;
    if (what.retry_after.count() > 0)
        details["retryAfterSeconds"] = what.retry_after.count();
    json::object status{
        {"kind", "Status"},
        {"apiVersion", "v1"},
        {"status", "Failure"},
        {"message", "a fault that the test put here"},
        {"reason", reason_of(what.status)},
        {"code", what.status}};
    status["details"] = details;
    return json::serialize(status);
}

std::string answer_of(fault const& what)
{
    http::response<http::string_body> answer(static_cast<http::status>(what.status), 11);
    answer.set(http::field::content_type, "application/json");
    if (what.retry_after.count() > 0)
        answer.set(http::field::retry_after, std::to_string(what.retry_after.count()));
    answer.body() = what.body.empty() ? status_body(what) : what.body;
    answer.prepare_payload();
    return wire_form(answer);
}

/// Returns the type of a watch event. The API server writes the type as the first member of the line.
std::string_view type_of(std::string_view line)
{
    constexpr std::string_view start = "{\"type\":\"";
    if (!line.starts_with(start))
        return {};
    line.remove_prefix(start.size());
    return line.substr(0, line.find('"'));
}

}  // namespace

proxy_connection::proxy_connection(
    proxy_state& shared, tcp::socket socket, std::shared_ptr<asio::ssl::context> identity
)
    : shared_(shared),
      identity_(std::move(identity)),
      client_(std::move(socket), *identity_),
      news_(client_.get_executor())
{
}

void proxy_connection::spawn(task<void> coroutine)
{
    auto const ended = [](std::exception_ptr failure)
    {
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(client_.get_executor(), std::move(coroutine), ended);
}

void proxy_connection::start()
{
    spawn(take_requests(shared_from_this()));
    spawn(write_out(shared_from_this()));
}

void proxy_connection::break_off()
{
    boost::system::error_code ignored;
    client_.next_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

void proxy_connection::close()
{
    boost::system::error_code ignored;
    is_closed_ = true;
    client_.next_layer().close(ignored);
    if (server_)
        server_->next_layer().close(ignored);
    news_.notify();
}

bool proxy_connection::is_held() const
{
    return shared_.is_frozen || (is_watching_ && shared_.are_watches_held);
}

task<void> proxy_connection::while_frozen()
{
    while (shared_.is_frozen && !is_closed_)
        co_await sleep_for(between_looks);
}

void proxy_connection::record(int status)
{
    request_.status = status;
    shared_.requests.push_back(request_);
}

// --- from the client -----------------------------------------------------------------------------

task<void> proxy_connection::take_requests([[maybe_unused]] std::shared_ptr<proxy_connection> self)
{
    co_await while_frozen();
    auto [handshake_ec] = co_await client_.async_handshake(asio::ssl::stream_base::server, use_tuple);
    if (handshake_ec)
        break_off();
    while (!is_closed_)
    {
        http::request_parser<http::string_body> parser;
        parser.body_limit(boost::none);
        auto [ec, count] = co_await http::async_read(client_, from_client_, parser, use_tuple);
        if (ec)
            break_off();
        co_await while_frozen();
        if (is_closed_)
            break;
        auto request = parser.release();
        co_await handle(std::move(request));
    }
}

task<void> proxy_connection::handle(client_request request)
{
    std::string const target(request.target());
    bool const is_below = target.starts_with(shared_.base_path + "/");
    if (is_below)
        request.target(target.substr(shared_.base_path.size()));
    request_ = describe_request(std::string(request.method_string()), std::string(request.target()));
    bytes_per_second_ = 0;
    if (!is_below)
    {
        fault_.reset();
        send(answer_of(fault::answer(421)));
        record(421);
        co_return;
    }
    if (is_mute_ || shared_.are_all_swallowed)
    {
        if (!is_mute_)
            shared_.plan.count(fault::of(fault::kind::swallow).name());
        is_mute_ = true;
        record(0);
        co_return;
    }
    fault_ = shared_.plan.for_request(request_);
    auto const what = fault_ ? std::optional(fault_->what) : std::nullopt;
    if (what == fault::kind::answer)
    {
        send(answer_of(*fault_));
        record(fault_->status);
    }
    else if (what == fault::kind::reset_before)
    {
        record(0);
        break_off();
    }
    else if (what == fault::kind::swallow)
    {
        record(0);
        is_mute_ = true;
    }
    else if (what == fault::kind::garbage)
    {
        record(0);
        send(nonsense);
        end(ending::close);
    }
    else
        co_await forward(std::move(request));
}

task<void> proxy_connection::forward(client_request request)
{
    if (!server_)
    {
        bool const connected = co_await connect();
        if (!connected)
        {
            break_off();
            co_return;
        }
        spawn(take_answers(shared_from_this()));
    }
    auto [ec, count] = co_await http::async_write(*server_, request, use_tuple);
    if (ec)
        server_is_gone();
}

task<bool> proxy_connection::connect()
{
    server_.emplace(client_.get_executor(), *shared_.to_server);
    auto [connect_ec] = co_await server_->next_layer().async_connect(shared_.server, use_tuple);
    if (connect_ec)
        co_return false;
    boost::system::error_code ignored;
    server_->next_layer().set_option(tcp::no_delay(true), ignored);
    auto [handshake_ec] = co_await server_->async_handshake(asio::ssl::stream_base::client, use_tuple);
    co_return !handshake_ec && !is_closed_;
}

// --- from the server -----------------------------------------------------------------------------

void proxy_connection::server_is_gone()
{
    // A muted connection stays open even if the server closes it.
    if (!is_mute_)
        break_off();
}

task<void> proxy_connection::take_answers([[maybe_unused]] std::shared_ptr<proxy_connection> self)
{
    for (bool goes_on = true; goes_on;)
    {
        header_parser head;
        head.body_limit(boost::none);
        auto [ec, count] = co_await http::async_read_header(*server_, from_server_, head, use_tuple);
        if (ec)
            break;
        if (request_.is_watch && head.get().result() == http::status::ok)
        {
            watch_parser answer(std::move(head));
            goes_on = co_await take_watch(answer);
        }
        else
        {
            whole_parser answer(std::move(head));
            goes_on = co_await take_answer(answer);
        }
    }
    server_is_gone();
}

/// Reads the complete answer before it forwards any of it. \return whether the server keeps the connection
/// open
task<bool> proxy_connection::take_answer(whole_parser& answer)
{
    auto [ec, count] = co_await http::async_read(*server_, from_server_, answer, use_tuple);
    if (ec)
        co_return false;
    shared_.plan.on_answer(request_);
    co_await while_frozen();
    auto const what = fault_ ? std::optional(fault_->what) : std::nullopt;
    auto const bytes = wire_form(answer.get());
    record(what == fault::kind::reset_after ? 0 : answer.get().result_int());
    if (what == fault::kind::reset_after)
        end(ending::reset);
    else if (what == fault::kind::reset_midway)
    {
        send(std::string_view(bytes).substr(0, bytes.size() / 2));
        end(ending::reset);
    }
    else
    {
        if (what == fault::kind::slow)
            bytes_per_second_ = fault_->bytes_per_second;
        send(bytes);
        if (!answer.get().keep_alive())
            end(ending::close);
    }
    co_return answer.get().keep_alive();
}

/// Forwards a watch event by event. \return whether the server keeps the connection open
task<bool> proxy_connection::take_watch(watch_parser& answer)
{
    record(answer.get().result_int());
    send(wire_form(answer.get().base()));
    is_watching_ = true;
    if (fault_)
        disturb_watch(*fault_);
    std::array<char, 65536> piece;
    std::string pending;
    while (!answer.is_done())
    {
        answer.get().body().data = piece.data();
        answer.get().body().size = piece.size();
        auto [ec, count] = co_await http::async_read_some(*server_, from_server_, answer, use_tuple);
        if (ec && ec != http::error::need_buffer)
            co_return false;
        pending.append(piece.data(), piece.size() - answer.get().body().size);
        auto const lines = passed_lines(pending);
        if (!lines.empty())
            send(chunk(lines));
    }
    if (!pending.empty())
        send(chunk(pending));
    send("0\r\n\r\n");
    is_watching_ = is_mute_;  // a muted watch never ends
    if (!answer.get().keep_alive())
        end(ending::close);
    co_return answer.get().keep_alive();
}

/// Removes the complete lines from `pending`. \return the removed lines, without the events to drop
std::string proxy_connection::passed_lines(std::string& pending)
{
    std::string passed;
    std::size_t begin = 0;
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin))
    {
        auto const line = std::string_view(pending).substr(begin, end + 1 - begin);
        if (is_mute_ || !shared_.plan.loses({request_, type_of(line), line}))
            passed += line;
        begin = end + 1;
    }
    pending.erase(0, begin);
    return passed;
}

bool proxy_connection::disturb_watch(fault const& what)
{
    if (!has_watch())
        return false;
    switch (what.what)
    {
        case fault::kind::mute:
        case fault::kind::swallow:
            // Bytes that are already queued are still sent, so the watch starts normally.
            is_mute_ = true;
            return true;
        case fault::kind::slow:
            bytes_per_second_ = what.bytes_per_second;
            return true;
        case fault::kind::garbage:
            send(nonsense);
            return true;
        case fault::kind::garbage_line:
            send(chunk(nonsense_line));
            return true;
        case fault::kind::oversize_line:
        {
            constexpr std::size_t piece = 65536;
            for (std::size_t sent = 0; sent < what.length; sent += piece)
                send(chunk(std::string(piece, 'x')));
            return true;
        }
        default:
            end(ending::reset);
            return true;
    }
}

// --- to the client -------------------------------------------------------------------------------

void proxy_connection::send(std::string_view bytes)
{
    if (is_mute_ || ending_ != ending::none)
        return;
    out_ += bytes;
    news_.notify();
}

void proxy_connection::end(ending how)
{
    ending_ = how;
    news_.notify();
}

task<void> proxy_connection::pause_between_bytes()
{
    using std::chrono::steady_clock;
    auto const rate = static_cast<std::int64_t>(bytes_per_second_);
    auto const next = steady_clock::now() + std::chrono::nanoseconds(std::chrono::seconds(1)) / rate;
    while (!is_closed_ && steady_clock::now() < next)
        co_await news_.wait_until(next);
}

task<void> proxy_connection::write_out([[maybe_unused]] std::shared_ptr<proxy_connection> self)
{
    using steady_clock = std::chrono::steady_clock;
    while (!is_closed_)
    {
        if (is_held())
        {
            co_await news_.wait_until(steady_clock::now() + between_looks);
            continue;
        }
        if (out_.empty() && ending_ == ending::none)
        {
            co_await news_.wait();
            continue;
        }
        if (out_.empty())
        {
            if (ending_ == ending::reset)
                co_await sleep_for(before_reset);
            break;
        }
        std::string piece = std::move(out_);
        out_.clear();
        if (bytes_per_second_ > 0)
        {
            out_ = piece.substr(1);
            piece.resize(1);
        }
        auto [ec, count] = co_await asio::async_write(client_, asio::buffer(piece), use_tuple);
        if (ec)
            break;
        if (bytes_per_second_ > 0)
            co_await pause_between_bytes();
    }
    if (ending_ == ending::close)
        close();
    else
        break_off();
}

}  // namespace tcr::test
