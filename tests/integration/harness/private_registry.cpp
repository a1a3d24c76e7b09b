// SPDX-License-Identifier: Apache-2.0
#include "private_registry.hpp"

#include "listener.hpp"
#include "secret_memory.hpp"
#include <tcr/util/sha256.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tcr::test
{
namespace
{

namespace fs = std::filesystem;

std::string content_of(fs::path const& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The path of docker-registry, which scripts/test extracts from Debian's package.
std::string registry_program()
{
    char const* const path = std::getenv("TCR_DOCKER_REGISTRY");
    return path != nullptr ? path : "docker-registry";
}

/// Writes a blob. \return its file name, which is its digest
std::string put_blob(fs::path const& folder, std::string const& content)
{
    auto const name = hex(sha256_of(content));
    std::ofstream(folder / name, std::ios::binary) << content;
    return name;
}

std::string descriptor(std::string const& media_type, std::string const& name, std::size_t size)
{
    return R"({"mediaType":")" + media_type + R"(","digest":"sha256:)" + name + R"(","size":)" +
           std::to_string(size) + "}";
}

}  // namespace

private_registry::private_registry(std::string user, std::string password) : user_(std::move(user))
{
    std::string name = fs::temp_directory_path() / "tcr-registry-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name);
    folder_ = name;
    fs::create_directory(folder_ / "certs");
    make_certificate();
    set_password(password);
    auto const closed = closed_url();
    auto const port = closed.substr(closed.rfind(':') + 1);
    server_ = "localhost:" + port;
    std::ofstream(folder_ / "config.yml")
        << "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        << "storage: {filesystem: {rootdirectory: " << (folder_ / "data").string() << "}}\n"
        << "http: {addr: \"127.0.0.1:" << port << "\", tls: {certificate: " << (folder_ / "tls.crt").string()
        << ", key: " << (folder_ / "tls.key").string() << "}}\n"
        << "auth: {htpasswd: {realm: test, path: " << (folder_ / "htpasswd").string() << "}}\n";
    process_ = std::make_unique<child_process>(std::vector<std::string>{
        registry_program(), "serve", (folder_ / "config.yml").string()});
    auto const answers = eventually(
        [this]
        {
            auto const asked = run_command(
                {"curl",
                 "--noproxy",
                 "*",
                 "-s",
                 "-o",
                 "/dev/null",
                 "-w",
                 "%{http_code}",
                 "--cacert",
                 authority(),
                 "https://" + server_ + "/v2/"}
            );
            return asked.out == "401" ? verdict(true)
                                      : wrong("the registry answers " + asked.out + process_->err());
        }
    );
    if (!answers)
        throw std::runtime_error("the registry does not start: " + process_->err());
    push_image();
}

private_registry::~private_registry()
{
    process_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

void private_registry::run(std::vector<std::string> const& words) const
{
    auto const done = run_command(words);
    if (done.status != 0)
        throw std::runtime_error(words[0] + " fails: " + done.err);
}

void private_registry::make_certificate() const
{
    run(
        {"openssl",
         "req",
         "-x509",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-nodes",
         "-days",
         "1",
         "-subj",
         "/CN=localhost",
         "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout",
         (folder_ / "tls.key").string(),
         "-out",
         (folder_ / "tls.crt").string()}
    );
    fs::copy_file(folder_ / "tls.crt", authority());
}

void private_registry::set_password(std::string const& password)
{
    remember_secret(password);
    password_ = password;
    auto const made = run_command({"htpasswd", "-nbB", "-C", "4", user_, password});
    if (made.status != 0)
        throw std::runtime_error("htpasswd fails: " + made.err);
    auto const fresh = folder_ / "htpasswd.new";
    std::ofstream(fresh) << made.out;
    fs::rename(fresh, folder_ / "htpasswd");
}

/// The smallest possible image, in skopeo's "dir" format.
void private_registry::push_image() const
{
    auto const image = folder_ / "image";
    fs::create_directory(image);
    run({"tar", "-czf", (folder_ / "layer.tar.gz").string(), "--files-from", "/dev/null"});
    auto const layer = content_of(folder_ / "layer.tar.gz");
    auto const layer_name = put_blob(image, layer);
    std::string const config =
        R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:)" +
        hex(sha256_of(std::string(10'240, '\0'))) + R"("]}})";
    auto const config_name = put_blob(image, config);
    std::ofstream(
        image / "manifest.json"
    ) << R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":)"
      << descriptor("application/vnd.docker.container.image.v1+json", config_name, config.size())
      << R"(,"layers":[)"
      << descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer_name, layer.size()) << "]}";
    std::ofstream(image / "version") << "Directory Transport Version: 1.1\n";
    run(
        {"skopeo",
         "--insecure-policy",
         "copy",
         "--dest-creds",
         user_ + ":" + password_,
         "--dest-cert-dir",
         (folder_ / "certs").string(),
         "dir:" + image.string(),
         "docker://" + server_ + "/private/image:1"}
    );
}

verdict private_registry::can_pull(std::string const& docker_config) const
{
    auto const file = folder_ / "pull.json";
    std::ofstream(file) << docker_config;
    auto const to = folder_ / "pulled";
    fs::remove_all(to);
    auto const pulled = run_command(
        {"skopeo",
         "--insecure-policy",
         "copy",
         "--authfile",
         file.string(),
         "--src-cert-dir",
         (folder_ / "certs").string(),
         "docker://" + server_ + "/private/image:1",
         "dir:" + to.string()}
    );
    return pulled.status == 0 && fs::exists(to / "manifest.json") ? verdict(true) : wrong(pulled.err);
}

}  // namespace tcr::test
