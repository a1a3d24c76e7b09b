// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "child_process.hpp"
#include "eventually.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace tcr::test
{

/// Debian's docker-registry with one user, over TLS with its own CA, and skopeo to push and pull.
class private_registry
{
public:
    /// Throws if docker-registry, htpasswd or skopeo is missing or fails.
    private_registry(std::string user, std::string password);
    ~private_registry();

    /// "localhost:PORT"
    std::string const& server() const { return server_; }

    /// The CA certificate, for clients that trust it.
    std::filesystem::path authority() const { return folder_ / "certs" / "ca.crt"; }

    /// Changes the user's password.
    void set_password(std::string const& password);

    /// Whether the image can be pulled with this .dockerconfigjson.
    verdict can_pull(std::string const& docker_config) const;

private:
    void run(std::vector<std::string> const& words) const;
    void make_certificate() const;
    void push_image() const;

    std::filesystem::path folder_;
    std::string user_;
    std::string password_;
    std::string server_;
    std::unique_ptr<child_process> process_;
};

}  // namespace tcr::test
