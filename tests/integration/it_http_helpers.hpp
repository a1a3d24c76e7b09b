// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/eventually.hpp"
#include <tcr/net/http_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace tcr::test
{

namespace asio = boost::asio;

using steady_clock = std::chrono::steady_clock;
using net::bind_address;
using net::http_server;
using net::server_options;
using net::server_request;
using net::server_response;

/// Blocks SIGPIPE in this thread. OpenSSL causes SIGPIPE when it writes to a closed connection. The thread of
/// the server must work without this block.
class without_sigpipe
{
public:
    without_sigpipe()
    {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~without_sigpipe()
    {
        timespec const no_time{};
        sigtimedwait(&pipe_, nullptr, &no_time);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    without_sigpipe(without_sigpipe const&) = delete;
    without_sigpipe& operator=(without_sigpipe const&) = delete;

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

/// A blocking connection to the server under test. Each operation has a timeout of ten seconds.
class client
{
public:
    explicit client(unsigned short port, bool over_ipv6 = false) : socket_(make_socket(over_ipv6))
    {
        connect(port, over_ipv6);
    }

    /// Creates an unconnected client.
    client() : socket_(make_socket(false)) {}
    ~client() { close(socket_); }
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    client(client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), tls_(std::move(other.tls_))
    {
    }

    /// Starts TLS. \return whether the handshake completed
    bool handshake(int version = TLS1_3_VERSION)
    {
        static std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const context(
            SSL_CTX_new(TLS_client_method()), &SSL_CTX_free
        );
        SSL_CTX_set_security_level(context.get(), 0);
        tls_.reset(SSL_new(context.get()));
        SSL_set_min_proto_version(tls_.get(), version);
        SSL_set_max_proto_version(tls_.get(), version);
        SSL_set_fd(tls_.get(), socket_);
        without_sigpipe const guard;
        ERR_clear_error();
        return SSL_connect(tls_.get()) == 1;
    }

    SSL* tls() const { return tls_.get(); }

    void connect(unsigned short port, bool over_ipv6 = false)
    {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        four.sin_port = htons(port);
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        six.sin6_port = htons(port);
        auto const* address =
            over_ipv6 ? reinterpret_cast<sockaddr const*>(&six) : reinterpret_cast<sockaddr const*>(&four);
        if (::connect(socket_, address, over_ipv6 ? sizeof six : sizeof four) != 0)
            throw std::runtime_error("cannot connect");
    }

    /// \return whether the kernel accepted all bytes
    bool send(std::string_view bytes) const
    {
        while (!bytes.empty())
        {
            auto const count = put(bytes);
            if (count <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    void end_output() const { shutdown(socket_, SHUT_WR); }

    /// Returns the bytes up to the close by the server. Appends "…" after a reset or a timeout.
    std::string read_all() const
    {
        std::string text;
        char piece[16 * 1024];
        ssize_t count = 0;
        while ((count = take(piece, sizeof piece)) > 0)
            text.append(piece, static_cast<std::size_t>(count));
        return count == 0 ? text : text + "…";
    }

    /// Returns one response including its body.
    std::string read_response() const
    {
        std::string text;
        std::size_t whole = std::string::npos;
        char piece[16 * 1024];
        while (text.size() < whole)
        {
            auto const count = take(piece, sizeof piece);
            if (count <= 0)
                return text + "…";
            text.append(piece, static_cast<std::size_t>(count));
            auto const end = text.find("\r\n\r\n");
            auto const length = text.find("Content-Length: ");
            if (end != std::string::npos && length < end)
                whole = end + 4 + std::stoul(text.substr(length + 16, 20));
        }
        return text;
    }

    bool ask(std::string_view path = "/x") const
    {
        return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

private:
    static int make_socket(bool over_ipv6)
    {
        int const made = socket(over_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval const patience{10, 0};
        setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        // Disables Nagle's algorithm, as Go's client does. Otherwise a request waits for the acknowledgement
        // of the last message of the handshake.
        int const yes = 1;
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return made;
    }

    ssize_t put(std::string_view bytes) const
    {
        if (!tls_)
            return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        without_sigpipe const guard;
        ERR_clear_error();
        return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }

    /// \return 0 after a close by the server (with TLS: after close_notify)
    ssize_t take(char* space, std::size_t size) const
    {
        if (!tls_)
            return recv(socket_, space, size, 0);
        without_sigpipe const guard;
        ERR_clear_error();
        int const count = SSL_read(tls_.get(), space, static_cast<int>(size));
        if (count > 0)
            return count;
        return SSL_get_error(tls_.get(), count) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    }

    struct free_tls
    {
        void operator()(SSL* tls) const { SSL_free(tls); }
    };

    int socket_;
    std::unique_ptr<SSL, free_tls> tls_;
};

/// Far longer than any case, even on a busy machine. A shutdown that needs no grace period must end earlier.
constexpr std::chrono::seconds long_grace{20};

inline bool is_hello(std::string const& response)
{
    return response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with("\r\n\r\nhello");
}

/// A server whose loop runs in its own thread.
class running_server
{
public:
    explicit running_server(
        net::request_handler handler,
        server_options options = {},
        std::string host = {},
        log_level level = log_level::info
    )
        : log_(log_file_, level),
          server_(http_server::listen(
                      loop_.get_executor(), {std::move(host), 0}, std::move(handler), log_, std::move(options)
          )
                      .value())
    {
        auto ended = [this](std::exception_ptr why) { ended_.set_value(why); };
        asio::co_spawn(loop_, server_->run(), asio::bind_cancellation_slot(stop_.slot(), std::move(ended)));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~running_server()
    {
        if (thread_.joinable())
            stop();
        std::fclose(log_file_);
    }
    running_server(running_server const&) = delete;
    running_server& operator=(running_server const&) = delete;

    unsigned short port() const { return server_->port(); }
    client connect() const { return client(port()); }

    /// Cancels the server and does not wait for its end.
    void cancel()
    {
        asio::post(loop_, [this] { stop_.emit(asio::cancellation_type::terminal); });
    }

    /// Cancels the server and waits for its end. \return the duration of the wait
    steady_clock::duration stop()
    {
        auto const started = steady_clock::now();
        cancel();
        join();
        return steady_clock::now() - started;
    }

    /// Waits for the end of the server. The server must have been cancelled, and the loop must have no other
    /// work.
    void join()
    {
        auto end = ended_.get_future();
        BOOST_TEST_REQUIRE((end.wait_for(long_grace) == std::future_status::ready));
        auto const is_aborted = [](boost::system::system_error const& e)
        { return e.code() == asio::error::operation_aborted; };
        BOOST_CHECK_EXCEPTION(std::rethrow_exception(end.get()), boost::system::system_error, is_aborted);
        thread_.join();
    }

    std::string log() const
    {
        std::fflush(log_file_);
        std::string text(static_cast<std::size_t>(std::max(std::ftell(log_file_), 0L)), '\0');
        auto const count = pread(fileno(log_file_), text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return text;
    }

private:
    std::FILE* log_file_ = std::tmpfile();
    asio::io_context loop_{1};
    logger log_;
    std::unique_ptr<http_server> server_;
    asio::cancellation_signal stop_;
    std::promise<std::exception_ptr> ended_;
    std::thread thread_;
};

inline bool is_listening(unsigned short port)
{
    try
    {
        client const probe(port);
        return true;
    }
    catch (std::runtime_error const&)
    {
        return false;
    }
}

/// Resident memory of this process, in bytes.
inline double resident()
{
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    statm >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace tcr::test
