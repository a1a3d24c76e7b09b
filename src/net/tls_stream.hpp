// SPDX-License-Identifier: Apache-2.0
#pragma once

// TLS on a TCP connection, as an Asio stream.

#include "input_batch.hpp"
#include "x509.hpp"
#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace tcr::net
{

/// Decides after a wait whether an operation ends. \return the error that ends the operation; no error if the
/// operation must try again.
/// \param waited the error of the wait.
/// \param is_cancelled whether the operation was cancelled. `waited` does not show a cancellation that
/// arrived after the wait had ended.
/// \param waited_for_batch whether the wait was for a common read. The error of such a wait is ignored,
/// because it means only that another connection has set the timer for the next common read.
/// \param abandoned the error that `tls_stream::abandon` has set.
inline boost::system::error_code wait_error(
    boost::system::error_code waited,
    bool is_cancelled,
    bool waited_for_batch,
    boost::system::error_code abandoned
)
{
    if (abandoned)
        return abandoned;
    if (is_cancelled)
        return asio::error::operation_aborted;
    return waited_for_batch ? boost::system::error_code() : waited;
}

/// TLS on one TCP connection, as an asynchronous stream. One operation at a time.
///
/// OpenSSL reads from and writes to the socket itself, so this stream needs no buffers of its own. Asio's
/// TLS stream keeps four buffers of 17 KiB while the connection is open. Memory of an idle connection,
/// measured with OpenSSL 3.0 and a context of `make_server_context`:
/// - this stream: 15 KiB (24 KiB without SSL_MODE_RELEASE_BUFFERS; 14 KiB with TLS 1.2);
/// - this stream and its HTTP session, whose read buffer has 8 KiB: 29 KiB;
/// - Asio's TLS stream: 71 KiB.
/// \par Cancellation terminal, of each operation. A cancelled handshake or write makes the stream unusable.
class tls_stream
{
public:
    using executor_type = asio::any_io_executor;
    using error_code = boost::system::error_code;

    using side = asio::ssl::stream_base::handshake_type;

    /// Takes a connected socket. `context` need not outlive the stream. A client may pass a `batch`, which
    /// decides when the stream reads. `batch` must outlive the stream.
    /// \par Exception safety throws if memory is exhausted.
    tls_stream(
        asio::ip::tcp::socket socket, asio::ssl::context& context, side role, input_batch* batch = nullptr
    );
    tls_stream(tls_stream&&) noexcept = default;

    executor_type get_executor() { return socket_.get_executor(); }

    /// The TCP connection under TLS. For socket options, and to answer a client that does not speak TLS.
    asio::ip::tcp::socket& next_layer() { return socket_; }

    /// OpenSSL's state of the connection.
    SSL* native_handle() { return ssl_.get(); }

    /// Ends the operation in flight with this error: at the next common read if the operation waits for it,
    /// otherwise at once. All later operations also end with this error.
    void abandon(error_code why);

    /// Whether the connection is open and has no unread data. Does not wait. Also processes records of TLS
    /// itself, such as session tickets. Call it only while no operation is in flight.
    bool is_quiet();

    /// Whether the handshake failed with `ec` because the client speaks HTTP without TLS.
    static bool is_plain_http(error_code ec);

    /// Call it once, before any read or write. Completes with `void(error_code)`.
    template <class Token>
    auto async_handshake(Token&& token)
    {
        auto attempt = [](tls_stream& self) { return self.try_handshake(); };
        return asio::async_compose<Token, void(error_code)>(
            operation<decltype(attempt), act::handshake>(*this, attempt), token, socket_
        );
    }

    /// Reads some bytes. Completes with `void(error_code, std::size_t)`, like Asio's AsyncReadStream.
    /// \par Errors `asio::error::eof` after the peer's close_notify, `asio::ssl::error::stream_truncated` if
    /// the peer closed without it.
    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        asio::mutable_buffer const space(*asio::buffer_sequence_begin(buffers));
        auto attempt = [space](tls_stream& self) { return self.try_read(space); };
        return asio::async_compose<Token, void(error_code, std::size_t)>(
            operation<decltype(attempt), act::read>(*this, attempt), token, socket_
        );
    }

    /// Writes some bytes. Completes with `void(error_code, std::size_t)`, like Asio's AsyncWriteStream.
    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        asio::const_buffer first;
        asio::const_buffer second;
        for (auto each = asio::buffer_sequence_begin(buffers); each != asio::buffer_sequence_end(buffers);
             ++each)
        {
            asio::const_buffer const piece(*each);
            if (first.size() == 0)
                first = piece;
            else if (second.size() == 0)
                second = piece;
        }
        auto attempt = [first, second](tls_stream& self) { return self.try_write(first, second); };
        return asio::async_compose<Token, void(error_code, std::size_t)>(
            operation<decltype(attempt), act::write>(*this, attempt), token, socket_
        );
    }

    /// Ends the output of TLS (close_notify) and of TCP, without waiting. If the kernel accepts no more
    /// bytes, ends only the output of TCP. Even without close_notify, the peer can detect the end of an HTTP
    /// message, because HTTP states the message's length.
    void end_output();

private:
    enum class need
    {
        nothing,
        input,
        output
    };

    /// Result of one call of OpenSSL.
    struct outcome
    {
        need next = need::nothing;
        error_code ec;
        std::size_t count = 0;
    };

    enum class act
    {
        handshake,
        read,
        write
    };

    /// Calls OpenSSL until the operation is done. Between the calls, waits until the socket is readable or
    /// writable, or for the next common read.
    template <class Try, act What>
    class operation
    {
    public:
        operation(tls_stream& stream, Try attempt) : stream_(stream), attempt_(std::move(attempt)) {}

        template <class Self>
        void operator()(Self& self, error_code ec = {})
        {
            bool const is_first = std::exchange(is_first_, false);
            bool const is_cancelled = !is_done_ && self.cancelled() != asio::cancellation_type::none;
            ec = wait_error(ec, is_cancelled, waits_for_batch_, stream_.abandoned_);
            if (ec)
                done_ = {need::nothing, ec, 0};
            else if (What == act::read && is_first && stream_.awaits_answer_)
                done_.next = need::input;
            else if (!is_done_)
                done_ = attempt_(stream_);
            is_done_ = done_.next == need::nothing;
            if (is_done_ && is_first)
                // Never invokes a handler inside the initiating function.
                asio::post(stream_.socket_.get_executor(), std::move(self));
            else if (is_done_)
                complete(self);
            else
                wait(std::move(self));
        }

    private:
        template <class Self>
        void complete(Self& self)
        {
            stream_.awaits_answer_ = What == act::write && !done_.ec && stream_.is_client_;
            if constexpr (What == act::handshake)
                self.complete(done_.ec);
            else
                self.complete(done_.ec, done_.count);
        }

        template <class Self>
        void wait(Self&& self)
        {
            auto& socket = stream_.socket_;
            waits_for_batch_ = What == act::read && done_.next == need::input && stream_.batch_ != nullptr &&
                               stream_.batch_->is_on();
            if (done_.next == need::input)
                stream_.suppress_wakeups(waits_for_batch_);
            if (waits_for_batch_)
                stream_.batch_->wait(std::forward<Self>(self));
            else if (done_.next == need::input)
                socket.async_wait(asio::socket_base::wait_read, std::forward<Self>(self));
            else
                socket.async_wait(asio::socket_base::wait_write, std::forward<Self>(self));
        }

        tls_stream& stream_;
        Try attempt_;
        outcome done_;
        bool is_first_ = true;
        bool is_done_ = false;
        bool waits_for_batch_ = false;  ///< the current or last wait is for a common read
    };

    /// Sets whether the kernel suppresses wake-ups for less than `much_input` bytes of input.
    void suppress_wakeups(bool wanted);

    /// Calls `function(ssl, count)`, which calls OpenSSL, stores the number of bytes in `*count` and returns
    /// OpenSSL's result.
    template <class Function>
    outcome call(Function function);

    outcome try_handshake();
    outcome try_read(asio::mutable_buffer space);
    outcome try_write(asio::const_buffer first, asio::const_buffer second);

    asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, openssl_free<SSL_free>> ssl_;
    input_batch* batch_;
    error_code abandoned_;
    bool is_client_;
    bool suppresses_wakeups_ = false;
    bool awaits_answer_ = false;  ///< a request was just written: the next read first waits for input
};

/// The overload of `end_output` for `http_session`.
inline void end_output(tls_stream& stream)
{
    stream.end_output();
}

/// The answer to HTTP without TLS: the exact text of Go's server.
inline constexpr std::string_view answer_to_plain_http =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

}  // namespace tcr::net
