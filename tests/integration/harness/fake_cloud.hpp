// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "child_process.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// A fake of Tencent Cloud (tests/support/fake_tcr) that runs beside the control plane.
class fake_cloud
{
public:
    /// `flags` are flags of the program fake_tcr. The fake accepts one key pair, which `controller_flags`
    /// passes to a controller.
    explicit fake_cloud(std::vector<std::string> const& flags);
    ~fake_cloud();

    /// "http://127.0.0.1:PORT/"
    std::string url() const;
    unsigned short https_port() const { return https_port_; }

    /// Flags for a controller that uses this fake.
    std::vector<std::string> controller_flags() const;

    /// Sends a POST request to a control page, such as "fail?http=503".
    void control(std::string const& what) const;

    /// The number of tokens issued so far.
    std::size_t minted() const;

    /// The value of the latest token.
    std::string last_token() const;

    /// The expiry of the latest token, as RFC 3339.
    std::string last_expiry() const;

private:
    boost::json::object state() const;

    std::filesystem::path folder_;
    std::unique_ptr<child_process> process_;
    unsigned short port_ = 0;
    unsigned short https_port_ = 0;
};

}  // namespace tcr::test
