#pragma once

#include <tcr/net/input_batch.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
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

/// TLS on one TCP connection, as an asynchronous stream. One operation at a time.
///
/// It lets OpenSSL read from and write to the socket itself, and so has no buffers of its own, and copies
/// nothing twice. Asio's stream has four of 17 KiB, which it keeps for as long as the connection stands.
/// Measured with OpenSSL 3.0 and a context of `make_server_context`, an idle connection takes 15 KiB here (24
/// KiB without SSL_MODE_RELEASE_BUFFERS; 14 KiB by TLS 1.2) and 71 KiB there. With its HTTP session, of which
/// 8 KiB are the read buffer, it takes 29 KiB.
/// \par Cancellation terminal, of each operation. After that of a handshake or a write the stream is of no
/// use.
class tls_stream
{
public:
    using executor_type = asio::any_io_executor;
    using error_code = boost::system::error_code;

    using side = asio::ssl::stream_base::handshake_type;

    /// On a connected socket. Takes what it needs of the context, which need not outlive it. A client's
    /// stream may be given a `batch`, which must outlive it and says when to look for input.
    /// \par Exception safety throws where memory is out.
    tls_stream(
        asio::ip::tcp::socket socket, asio::ssl::context& context, side whose, input_batch* batch = nullptr
    );
    tls_stream(tls_stream&&) noexcept = default;

    executor_type get_executor() { return socket_.get_executor(); }

    /// The connection below, for words to a client that speaks no TLS.
    asio::ip::tcp::socket& next_layer() { return socket_; }

    /// What OpenSSL knows of the connection.
    SSL* native_handle() { return ssl_.get(); }

    /// Ends the operation under way, and all that follow, by this error: at once, or at the next beat.
    void abandon(error_code why);

    /// Whether the connection is open and the peer has sent nothing for the caller. Reads without waiting,
    /// and handles what is TLS's own, such as session tickets. Call it while no operation is under way.
    bool is_quiet();

    /// Whether a handshake failed by this because the client speaks HTTP without TLS.
    static bool is_plain_http(error_code ec);

    /// To be done once, before all else. Completes by `void(error_code)`.
    template <class Token>
    auto async_handshake(Token&& token)
    {
        auto attempt = [](tls_stream& self) { return self.try_handshake(); };
        return asio::async_compose<Token, void(error_code)>(
            operation<decltype(attempt), act::handshake>(*this, attempt), token, socket_
        );
    }

    /// Completes by `void(error_code, std::size_t)`, as Asio's AsyncReadStream. \par Errors
    /// `asio::error::eof` once the client has said that nothing follows, `asio::ssl::error::stream_truncated`
    /// where it left without a word.
    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        asio::mutable_buffer const space(*asio::buffer_sequence_begin(buffers));
        auto attempt = [space](tls_stream& self) { return self.try_read(space); };
        return asio::async_compose<Token, void(error_code, std::size_t)>(
            operation<decltype(attempt), act::read>(*this, attempt), token, socket_
        );
    }

    /// Completes by `void(error_code, std::size_t)`, as Asio's AsyncWriteStream.
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

    /// Says that nothing follows, to TLS and to TCP, as far as that needs no waiting: where the connection
    /// takes no more bytes, TCP's end alone has to do, and the client knows its response's length.
    void end_output();

private:
    enum class need
    {
        nothing,
        input,
        output
    };

    /// How far one call of OpenSSL's came.
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

    /// Calls OpenSSL until it is done, and in between waits for what it needs.
    template <class Try, act What>
    class operation
    {
    public:
        operation(tls_stream& stream, Try attempt) : stream_(stream), attempt_(std::move(attempt)) {}

        template <class Self>
        void operator()(Self& self, error_code ec = {})
        {
            bool const is_first = std::exchange(is_first_, false);
            // A cancellation that comes when the wait has ended, and this not yet been called, finds nothing
            // to end.
            if (self.cancelled() != asio::cancellation_type::none && !is_done_)
                ec = asio::error::operation_aborted;
            // A beat is begun anew by breaking the waits for one that has passed: no reason not to look.
            else if (is_at_beat_)
                ec = {};
            if (stream_.abandoned_)
                ec = stream_.abandoned_;
            if (ec)
                done_ = {need::nothing, ec, 0};
            else if (What == act::read && is_first && stream_.awaits_answer_)
                done_.next = need::input;
            else if (!is_done_)
                done_ = attempt_(stream_);
            is_done_ = done_.next == need::nothing;
            if (is_done_ && is_first)
                // Nobody is called from within the call that he made.
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
            is_at_beat_ = What == act::read && done_.next == need::input && stream_.batch_ != nullptr &&
                          stream_.batch_->is_on();
            if (done_.next == need::input)
                stream_.hush(is_at_beat_);
            if (is_at_beat_)
                stream_.batch_->wait(std::move(self));
            else if (done_.next == need::input)
                socket.async_wait(asio::socket_base::wait_read, std::move(self));
            else
                socket.async_wait(asio::socket_base::wait_write, std::move(self));
        }

        tls_stream& stream_;
        Try attempt_;
        outcome done_;
        bool is_first_ = true;
        bool is_done_ = false;
        bool is_at_beat_ = false;  ///< waits, or waited, for input together with others
    };

    struct free_ssl
    {
        void operator()(SSL* ssl) const;
    };

    /// Whether the kernel is to wake nobody for what comes in.
    void hush(bool wanted);

    outcome try_handshake();
    outcome try_read(asio::mutable_buffer space);
    outcome try_write(asio::const_buffer first, asio::const_buffer second);
    outcome result_of(int returned, std::size_t count);

    asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    input_batch* batch_;
    error_code abandoned_;
    bool is_client_;
    bool is_hushed_ = false;
    bool awaits_answer_ = false;  ///< the request has just been written: there is nothing to read yet
};

/// What our HTTP server asks of a stream at its end.
task<void> end_output(tls_stream& stream);

/// What Go's server answers to HTTP without TLS, word for word.
inline constexpr std::string_view answer_to_plain_http =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

}  // namespace tcr::net
