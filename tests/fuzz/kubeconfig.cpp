// SPDX-License-Identifier: Apache-2.0

// Parser of kubeconfig files, and the TLS context that a client makes from the result.
#include "fuzz_target.hpp"
#include <tcr/kube/config.hpp>
#include <tcr/net/tls.hpp>

#include <boost/json.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr;
namespace fs = std::filesystem;

/// A folder that only this process uses. It is deleted when the process ends. It is on a RAM disk if the
/// machine has one.
class own_folder
{
public:
    own_folder()
    {
        fs::path const in_memory = "/dev/shm";
        auto text =
            ((fs::is_directory(in_memory) ? in_memory : fs::temp_directory_path()) / "tcr-fuzz-XXXXXX")
                .string();
        fuzz::require(::mkdtemp(text.data()) != nullptr, "a temporary folder can be made");
        path_ = text;
    }
    ~own_folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    own_folder(own_folder const&) = delete;
    own_folder& operator=(own_folder const&) = delete;

    fs::path const& path() const { return path_; }

private:
    fs::path path_;
};

}  // namespace

TCR_FUZZ_TARGET(kubeconfig)
{
    static own_folder const folder;
    auto const file = folder.path() / "config";
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    auto const config = kube::load_kubeconfig({file}, "");
    if (!config)
    {
        fuzz::require(fuzz::is_one_line(config.error().message()), "an error is one line");
        return;
    }
    fuzz::require(!config->server.host.empty(), "a configuration names a server");
    // Skip configurations without a CA: the client would read the system's CA bundle, which is slow.
    if (!config->tls.ca_pem.empty())
        if (auto const context = net::make_client_context(config->tls); !context)
            fuzz::require(fuzz::is_one_line(context.error().message()), "an error is one line");
    if (config->exec)
        boost::json::parse(kube::exec_info(*config->exec, config->server, config->tls));
}
