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
    /// `flags` are those of the program. It knows one pair of keys, which `controller_flags` hands to a controller.
    explicit fake_cloud(std::vector<std::string> const& flags);
    ~fake_cloud();

    /// "http://127.0.0.1:PORT/"
    std::string url() const;
    unsigned short https_port() const { return https_port_; }

    /// For a controller that is to use it.
    std::vector<std::string> controller_flags() const;

    /// POST to one of its pages: "fail?http=503".
    void control(std::string const& what) const;

    /// Tokens that it has made so far.
    std::size_t minted() const;

    /// The last one's value.
    std::string last_token() const;

    /// Until when that one is good, RFC 3339.
    std::string last_expiry() const;

private:
    boost::json::object state() const;

    std::filesystem::path folder_;
    std::unique_ptr<child_process> process_;
    unsigned short port_ = 0;
    unsigned short https_port_ = 0;
};

}  // namespace tcr::test
