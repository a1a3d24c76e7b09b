// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <thread>

namespace tcr::test
{

/// A port on 127.0.0.1 that is not an API server: accepts every connection, sends one text, which may be
/// empty, and keeps the connection open.
class listener
{
public:
    explicit listener(std::string sentence);
    ~listener();
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;

    /// "https://127.0.0.1:PORT"
    std::string url() const;

private:
    void take_all(std::stop_token const& stopped) const;

    std::string sentence_;
    int socket_ = -1;
    unsigned short port_ = 0;
    std::jthread thread_;
};

/// A URL on 127.0.0.1 where no program listens.
std::string closed_url();

}  // namespace tcr::test
