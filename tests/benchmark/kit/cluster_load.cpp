#include "cluster_load.hpp"

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace tcr::benchmark
{
namespace
{

kube::resource const namespaces_type{"", "v1", "namespaces"};
kube::resource const accounts_type{"", "v1", "serviceaccounts"};
kube::resource const secrets_type{"", "v1", "secrets"};

constexpr std::size_t load_connections = 32;

/// "default", then "account-1", …
std::string account_name(std::size_t index)
{
    return index == 0 ? "default" : "account-" + std::to_string(index);
}

/// Counts the objects of a list that pass a test.
class counting_reader final : public kube::object_reader
{
public:
    explicit counting_reader(std::string prefix, std::string reference = {})
        : prefix_(std::move(prefix)), reference_(std::move(reference))
    {
    }

    std::vector<kube::skim_path> paths() const override { return {{0, {"imagePullSecrets", "[]", "name"}}}; }
    void begin_object() override { matches_ = reference_.empty(); }
    void on_value(int, std::string_view, std::string_view text) override
    {
        matches_ = matches_ || text == reference_;
    }
    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        count += matches_ && (meta.ns.empty() ? meta.name : meta.ns).starts_with(prefix_) ? 1 : 0;
    }

    std::size_t count = 0;

private:
    std::string prefix_;
    std::string reference_;
    bool matches_ = false;
};

task<void> count_all(
    kube::client& client, kube::resource const& type, kube::selection const& which, counting_reader& reader
)
{
    kube::list_decoder page(reader);
    std::string token;
    do
    {
        page.begin_page();
        auto request = kube::list_request(type, which, 1000, token);
        net::time_limits limits;
        auto sent = co_await client.send(std::move(request), page, limits, "cannot list");
        if (!sent)
            throw std::runtime_error(sent.error().message());
        token = page.continue_token();
    } while (!token.empty());
}

}  // namespace

cluster_load::cluster_load(std::string const& kubeconfig)
{
    auto config = kube::load_kubeconfig(kubeconfig, {});
    if (!config)
        throw std::runtime_error(config.error().message());
    auto client = kube::client::make(loop_.get_executor(), *config, {});
    if (!client)
        throw std::runtime_error(client.error().message());
    client_ = std::move(*client);
}

task<void> cluster_load::must(net::http_request request, std::string doing)
{
    auto answer = co_await client_->fetch(std::move(request), doing);
    if (!answer && answer.error().code != kube::errc::already_exists)
        throw std::runtime_error(answer.error().message());
}

void cluster_load::run_all(std::size_t count, std::size_t at_once, job work)
{
    std::size_t next = 0;
    std::exception_ptr failure;
    auto worker = [&]() -> task<void>
    {
        while (next < count && !failure)
        {
            auto const mine = next++;
            co_await work(mine);
        }
    };
    for (std::size_t i = 0; i < at_once; ++i)
        asio::co_spawn(
            loop_,
            worker,
            [&](std::exception_ptr thrown)
            {
                if (thrown && !failure)
                    failure = thrown;
            }
        );
    loop_.restart();
    loop_.run();
    if (failure)
        std::rethrow_exception(failure);
}

void cluster_load::make_namespaces(std::string const& prefix, std::size_t namespaces, std::size_t accounts)
{
    auto make = [&](std::size_t index) -> task<void>
    {
        auto const ns = prefix + std::to_string(index);
        auto body = R"({"metadata":{"name":")" + ns + R"("}})";
        auto request = kube::create_request(namespaces_type, {}, std::move(body));
        co_await must(std::move(request), "cannot create namespace " + ns);
        for (std::size_t each = 1; each < accounts; ++each)
        {
            auto account_body = R"({"metadata":{"name":")" + account_name(each) + R"("}})";
            auto account = kube::create_request(accounts_type, ns, std::move(account_body));
            co_await must(std::move(account), "cannot create an account in " + ns);
        }
    };
    run_all(namespaces, load_connections, make);
    for (int tries = 0; tries < 600; ++tries)
    {
        counting_reader reader(prefix);
        kube::selection const all;
        auto list = [&](std::size_t) -> task<void>
        { co_await count_all(*client_, accounts_type, all, reader); };
        run_all(1, 1, list);
        if (reader.count >= namespaces * accounts)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    throw std::runtime_error("the controller manager does not make the default accounts");
}

void cluster_load::drop_namespaces(std::string const& prefix, std::size_t namespaces)
{
    auto drop = [&](std::size_t index) -> task<void>
    {
        net::http_request request;
        request.method = "DELETE";
        request.target = "/api/v1/namespaces/" + prefix + std::to_string(index);
        auto answer = co_await client_->fetch(std::move(request), "cannot delete a namespace");
    };
    run_all(namespaces, load_connections, drop);
}

double cluster_load::replay_raw(
    std::string const& prefix, std::size_t namespaces, std::size_t accounts, std::size_t connections
)
{
    auto const begun = std::chrono::steady_clock::now();
    auto const data =
        base64_encode(controller::docker_config_json("registry.example.com", "100012345678", "password"));
    // As large as the controller's Secret, but without its label and prefix: it would be removed as a left-over.
    auto const body =
        R"({"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/dockerconfigjson","metadata":{"name":"raw",)"
        R"("labels":{"app.kubernetes.io/managed-by":"raw-replay","example.com/imagepullsecret":"raw"},)"
        R"("annotations":{"example.com/content-hash":"0123456789abcdef0123456789abcdef"}},)"
        R"("data":{".dockerconfigjson":")" +
        data + R"("}})";
    auto write = [&](std::size_t index) -> task<void>
    {
        auto const ns = prefix + std::to_string(index);
        auto create = kube::create_request(secrets_type, ns, body);
        co_await must(std::move(create), "cannot create a secret in " + ns);
        for (std::size_t each = 0; each < accounts; ++each)
        {
            std::string list = R"({"imagePullSecrets":[{"name":"raw"}]})";
            auto patch = kube::merge_patch_request(accounts_type, ns, account_name(each), std::move(list));
            co_await must(std::move(patch), "cannot patch an account in " + ns);
        }
    };
    run_all(namespaces, connections, write);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void cluster_load::create_cr(std::string const& name, std::string const& password)
{
    auto create = [&](std::size_t) -> task<void>
    {
        auto body =
            R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","metadata":{"name":")" +
            name +
            R"("},"spec":{"namespaces":"*","serviceAccounts":"*","docker":{"username":"100012345678",)" +
            R"("password":")" + password + R"(","server":"registry.example.com"}}})";
        auto request = kube::create_request(controller::image_pull_secret_type(), {}, std::move(body));
        co_await must(std::move(request), "cannot create the ImagePullSecret");
    };
    run_all(1, 1, create);
}

void cluster_load::patch_password(std::string const& name, std::string const& password)
{
    auto patch = [&](std::size_t) -> task<void>
    {
        auto body = R"({"spec":{"docker":{"password":")" + password + R"("}}})";
        auto request =
            kube::merge_patch_request(controller::image_pull_secret_type(), {}, name, std::move(body));
        co_await must(std::move(request), "cannot patch the ImagePullSecret");
    };
    run_all(1, 1, patch);
}

void cluster_load::delete_cr(std::string const& name)
{
    auto drop = [&](std::size_t) -> task<void>
    {
        net::http_request request;
        request.method = "DELETE";
        request.target = "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets/" + name;
        auto answer = co_await client_->fetch(std::move(request), "cannot delete the ImagePullSecret");
    };
    run_all(1, 1, drop);
}

cluster_load::progress cluster_load::count(std::string const& prefix, std::string const& cr)
{
    progress sum;
    auto const name = controller::secret_name(cr);
    auto list = [&](std::size_t) -> task<void>
    {
        counting_reader secrets(prefix);
        kube::resource metadata = secrets_type;
        metadata.metadata_only = true;
        kube::selection which;
        which.field_selector = "metadata.name=" + name;
        co_await count_all(*client_, metadata, which, secrets);
        counting_reader references(prefix, name);
        kube::selection const all;
        co_await count_all(*client_, accounts_type, all, references);
        sum.secrets = secrets.count;
        sum.references = references.count;
    };
    run_all(1, 1, list);
    return sum;
}

}  // namespace tcr::benchmark
