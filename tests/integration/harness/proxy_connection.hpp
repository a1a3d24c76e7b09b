// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fault_plan.hpp"
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tcr::test
{

namespace asio = boost::asio;

/// State that all connections of one proxy share. Used only in the loop's thread.
struct proxy_state
{
    explicit proxy_state(unsigned seed) : plan(seed) {}

    fault_plan plan;
    std::vector<seen_request> requests;
    std::string base_path;           ///< see `fault_proxy::serve_below`
    bool is_frozen = false;          ///< all traffic is held; nothing is lost
    bool are_watches_held = false;   ///< the events of watches are held; nothing is lost
    bool are_all_swallowed = false;  ///< requests are accepted and discarded
    asio::ip::tcp::endpoint server;
    std::shared_ptr<asio::ssl::context> to_server;
};

/// A client's connection and the matching connection to the server.
///
/// Three coroutines: one reads the client's requests, one reads the server's answers, and one writes to the
/// client. Therefore the proxy notices a disconnected client while an answer streams, and can insert a fault
/// between two events of a watch.
class proxy_connection : public std::enable_shared_from_this<proxy_connection>
{
public:
    proxy_connection(
        proxy_state& shared, asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> identity
    );

    /// Runs until the client or the server closes. The `shared` of the constructor must outlive the
    /// connection.
    void start();

    /// Resets both connections.
    void break_off();

    /// From now on, reads the client's requests but sends no answers.
    void go_mute() { is_mute_ = true; }

    /// Whether a watch streams on this connection.
    bool has_watch() const { return is_watching_ && !is_mute_ && !is_closed_; }

    /// Applies a fault to the open watch. \return false if no watch is open
    bool disturb_watch(fault const& what);

private:
    using tls_stream = asio::ssl::stream<asio::ip::tcp::socket>;
    using header_parser = boost::beast::http::response_parser<boost::beast::http::empty_body>;
    using whole_parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
    using watch_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;
    using client_request = boost::beast::http::request<boost::beast::http::string_body>;

    enum class ending
    {
        none,
        close,
        reset
    };

    task<void> take_requests(std::shared_ptr<proxy_connection> self);
    task<void> handle(client_request request);
    task<void> forward(client_request request);
    task<bool> connect();
    task<void> take_answers(std::shared_ptr<proxy_connection> self);
    task<bool> take_answer(whole_parser& answer);
    task<bool> take_watch(watch_parser& answer);
    task<void> write_out(std::shared_ptr<proxy_connection> self);
    task<void> pause_between_bytes();
    task<void> while_frozen();

    void spawn(task<void> coroutine);
    void close();
    void send(std::string_view bytes);
    void end(ending how);
    void record(int status);
    std::string passed_lines(std::string& pending);
    void server_is_gone();
    bool is_held() const;

    proxy_state& shared_;
    std::shared_ptr<asio::ssl::context> identity_;
    tls_stream client_;
    std::optional<tls_stream> server_;
    boost::beast::flat_buffer from_client_;
    boost::beast::flat_buffer from_server_;
    notifier news_;
    std::string out_;
    ending ending_ = ending::none;
    seen_request request_;
    std::optional<fault> fault_;
    std::size_t bytes_per_second_ = 0;
    bool is_mute_ = false;
    bool is_watching_ = false;
    bool is_closed_ = false;
};

}  // namespace tcr::test
