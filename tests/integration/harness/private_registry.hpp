#pragma once

#include "child_process.hpp"
#include "eventually.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace tcr::test
{

/// Debian's docker-registry with one user, over TLS by an authority of its own, and skopeo to push and to pull.
class private_registry
{
public:
    /// Throws where docker-registry, htpasswd or skopeo is missing, or does not work.
    private_registry(std::string user, std::string password);
    ~private_registry();

    /// "localhost:PORT"
    std::string const& server() const { return server_; }

    /// Of whoever is to trust it.
    std::filesystem::path authority() const { return folder_ / "certs" / "ca.crt"; }

    /// From now on the user has this password.
    void set_password(std::string const& password);

    /// Whether the image can be pulled with a .dockerconfigjson.
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
