// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace tcr::test
{
namespace
{

/// Binds a socket to a free port of 127.0.0.1. \return the socket and the port
std::pair<int, unsigned short> bind_somewhere()
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, raw, size) != 0 || getsockname(fd, raw, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot get a port");
    return {fd, ntohs(address.sin_port)};
}

std::string url_of(unsigned short port)
{
    return "https://127.0.0.1:" + std::to_string(port);
}

}  // namespace

listener::listener(std::string sentence) : sentence_(std::move(sentence))
{
    std::tie(socket_, port_) = bind_somewhere();
    if (listen(socket_, 16) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot listen");
    thread_ = std::jthread([this](std::stop_token stopped) { take_all(stopped); });
}

listener::~listener()
{
    thread_.request_stop();
    thread_.join();
    close(socket_);
}

std::string listener::url() const
{
    return url_of(port_);
}

void listener::take_all(std::stop_token const& stopped) const
{
    std::vector<int> open;
    while (!stopped.stop_requested())
    {
        pollfd waiting{socket_, POLLIN, 0};
        if (poll(&waiting, 1, 50) != 1)
            continue;
        open.push_back(accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
        send(open.back(), sentence_.data(), sentence_.size(), MSG_NOSIGNAL);
    }
    for (int each : open)
        close(each);
}

std::string closed_url()
{
    auto const [fd, port] = bind_somewhere();
    close(fd);
    return url_of(port);
}

}  // namespace tcr::test
