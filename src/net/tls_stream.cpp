// SPDX-License-Identifier: Apache-2.0
#include "tls_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

namespace tcr::net
{
namespace
{

using method_ptr = std::unique_ptr<BIO_METHOD, openssl_free<BIO_meth_free>>;

/// Max bytes of a write that joins a buffer and the beginning of the next buffer, such as the header and the
/// body of a response. A short response is then one TLS record and one packet.
constexpr std::size_t max_joined = 4 * 1024;

/// While wake-ups are suppressed, epoll reports input only when this many bytes have arrived. The next common
/// read (see `read_coalescer`) does not need epoll and takes whatever has arrived. The value is not larger,
/// because the kernel enlarges a receive buffer that is smaller than twice the value (tcp_set_rcvlowat in
/// net/ipv4/tcp.c).
constexpr int much_input = 32 * 1024;

/// Clears OpenSSL's error queue. Otherwise an old error would look like an error of the next call. The check
/// is cheaper than clearing an empty queue.
void clear_errors()
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

int descriptor_of(BIO* bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block(ssize_t count)
{
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

int write_to_socket(BIO* bio, char const* bytes, int size)
{
    BIO_clear_retry_flags(bio);
    auto const count = ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (would_block(count))
        BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int read_from_socket(BIO* bio, char* bytes, int size)
{
    BIO_clear_retry_flags(bio);
    auto const count = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (would_block(count))
        BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

long control_socket(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Replaces OpenSSL's own socket BIO, which raises SIGPIPE on a write to a disconnected peer.
BIO_METHOD* socket_method()
{
    static method_ptr const method = []
    {
        method_ptr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals"));
        if (!made)
            throw std::bad_alloc();
        BIO_meth_set_write(made.get(), &write_to_socket);
        BIO_meth_set_read(made.get(), &read_from_socket);
        BIO_meth_set_ctrl(made.get(), &control_socket);
        return made;
    }();
    return method.get();
}

}  // namespace

tls_stream::tls_stream(
    asio::ip::tcp::socket socket, asio::ssl::context& context, side role, input_batch* batch
)
    : socket_(std::move(socket)),
      ssl_(SSL_new(context.native_handle())),
      batch_(batch),
      is_client_(role == asio::ssl::stream_base::client)
{
    auto* const bio = ssl_ ? BIO_new(socket_method()) : nullptr;
    if (bio == nullptr)
        throw std::bad_alloc();
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the BIO's data pointer stores a descriptor.
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.native_handle())));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    if (is_client_)
    {
        SSL_set_connect_state(ssl_.get());
        // Without read-ahead, each record needs two system calls, one of them for its length. The answers
        // that a client reads have many records. A server needs no read-ahead: a request usually has only one
        // record.
        SSL_set_read_ahead(ssl_.get(), 1);
    }
    else
        SSL_set_accept_state(ssl_.get());
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
}

void tls_stream::abandon(error_code why)
{
    abandoned_ = why;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void tls_stream::suppress_wakeups(bool wanted)
{
    if (suppresses_wakeups_ == wanted)
        return;
    suppresses_wakeups_ = wanted;
    // With SO_RCVLOWAT (socket(7)), epoll reports input only when `least` bytes have arrived. Without this
    // option, each answer would wake the event loop, even if no operation waits for the socket, because Asio
    // keeps each socket in epoll.
    int const least = wanted ? much_input : 1;
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
}

bool tls_stream::is_plain_http(error_code ec)
{
    return ec.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_HTTP_REQUEST;
}

template <class Function>
tls_stream::outcome tls_stream::call(Function function)
{
    clear_errors();
    errno = 0;
    std::size_t count = 0;
    int const returned = function(ssl_.get(), &count);
    int const why = errno;
    outcome result;
    switch (SSL_get_error(ssl_.get(), returned))
    {
        case SSL_ERROR_NONE:
            result.count = count;
            break;
        case SSL_ERROR_WANT_READ:
            result.next = need::input;
            break;
        case SSL_ERROR_WANT_WRITE:
            result.next = need::output;
            break;
        case SSL_ERROR_ZERO_RETURN:
            result.ec = asio::error::eof;
            break;
        case SSL_ERROR_SYSCALL:
            if (why != 0)
                result.ec.assign(why, boost::system::system_category());
            else
                result.ec = asio::ssl::error::stream_truncated;
            break;
        default:
            result.ec.assign(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category());
            break;
    }
    clear_errors();
    return result;
}

bool tls_stream::is_quiet()
{
    char byte = 0;
    auto const peek = [&](SSL* ssl, std::size_t* count) { return SSL_peek_ex(ssl, &byte, 1, count); };
    return !abandoned_ && call(peek).next == need::input;
}

tls_stream::outcome tls_stream::try_handshake()
{
    return call([](SSL* ssl, std::size_t*) { return SSL_do_handshake(ssl); });
}

tls_stream::outcome tls_stream::try_read(asio::mutable_buffer space)
{
    auto const read = [&](asio::mutable_buffer into)
    {
        return call([into](SSL* ssl, std::size_t* count)
                    { return SSL_read_ex(ssl, into.data(), into.size(), count); });
    };
    auto all = read(space);
    // Also reads the further records that OpenSSL already holds, such as the next event of a watch. If this
    // fails, drops the error, because the next call reports it again.
    while (all.count > 0 && all.count < space.size() && SSL_has_pending(ssl_.get()) == 1)
    {
        auto const more = read(space + all.count);
        if (more.count == 0)
            break;
        all.count += more.count;
    }
    return all;
}

tls_stream::outcome tls_stream::try_write(asio::const_buffer first, asio::const_buffer second)
{
    // After a write that would block, OpenSSL requires the same bytes again. Each attempt therefore joins the
    // same buffers.
    std::array<char, max_joined> joined;
    if (first.size() < joined.size() && second.size() > 0)
    {
        auto const more = std::min(second.size(), joined.size() - first.size());
        std::memcpy(joined.data(), first.data(), first.size());
        std::memcpy(joined.data() + first.size(), second.data(), more);
        first = {joined.data(), first.size() + more};
    }
    if (first.size() == 0)
        return {};
    return call([first](SSL* ssl, std::size_t* count)
                { return SSL_write_ex(ssl, first.data(), first.size(), count); });
}

void tls_stream::end_output()
{
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace tcr::net
