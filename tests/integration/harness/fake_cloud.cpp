// SPDX-License-Identifier: Apache-2.0
#include "fake_cloud.hpp"

#include "eventually.hpp"
#include "http_get.hpp"
#include "secret_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tcr::test
{
namespace
{

namespace json = boost::json;

constexpr char secret_id[] = "AKIDfakecloud0123456789";
constexpr char secret_key[] = "fake.cloud.secret.key";

}  // namespace

fake_cloud::fake_cloud(std::vector<std::string> const& flags)
{
    remember_secret(secret_key);
    std::string name = std::filesystem::temp_directory_path() / "tcr-fake-cloud-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name);
    folder_ = name;
    // The files of a mounted Secret. The controller reads the files before each call.
    std::ofstream(folder_ / "secretId") << secret_id;
    std::ofstream(folder_ / "secretKey") << secret_key << '\n';
    std::vector<std::string> words;
    words.emplace_back(TCR_FAKE_CLOUD);
    words.emplace_back("--key=").append(secret_id).append(":").append(secret_key);
    words.insert(words.end(), flags.begin(), flags.end());
    bool const has_https = std::any_of(
        flags.begin(), flags.end(), [](auto const& flag) { return flag.starts_with("--certificate="); }
    );
    process_ = std::make_unique<child_process>(words);
    auto const is_ready = eventually(
        [&]
        {
            std::istringstream out(process_->out());
            for (std::string scheme; out >> scheme;)
                out >> (scheme == "https" ? https_port_ : port_);
            return port_ != 0 && (https_port_ != 0 || !has_https)
                       ? verdict(true)
                       : wrong("the fake cloud does not listen: " + process_->err());
        }
    );
    if (!is_ready)
        throw std::runtime_error("the fake cloud does not start");
}

fake_cloud::~fake_cloud()
{
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string fake_cloud::url() const
{
    return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

std::vector<std::string> fake_cloud::controller_flags() const
{
    return {
        "--cloud-key-dir=" + folder_.string(),
        "--tcr-endpoint=" + url(),
        "--sts-endpoint=" + url(),
        "--cvm-metadata-endpoint=0"};
}

void fake_cloud::control(std::string const& what) const
{
    auto const done =
        run_command({"curl", "--noproxy", "*", "-sSf", "-X", "POST", url() + "control/" + what});
    if (done.status != 0)
        throw std::runtime_error("the fake cloud refuses " + what + ": " + done.err);
}

json::object fake_cloud::state() const
{
    auto const page = http_get(url() + "control/state");
    if (page.status != 200)
        throw std::runtime_error("the fake cloud does not answer: " + page.body);
    return json::parse(page.body).as_object();
}

std::size_t fake_cloud::minted() const
{
    return state().at("tokens").as_array().size();
}

std::string fake_cloud::last_token() const
{
    auto const whole = state();
    auto const& tokens = whole.at("tokens").as_array();
    return tokens.empty() ? std::string() : std::string(tokens.back().at("password").as_string());
}

std::string fake_cloud::last_expiry() const
{
    auto const whole = state();
    auto const& tokens = whole.at("tokens").as_array();
    return tokens.empty() ? std::string() : std::string(tokens.back().at("expires_at").as_string());
}

}  // namespace tcr::test
