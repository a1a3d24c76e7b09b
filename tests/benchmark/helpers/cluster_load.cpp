// SPDX-License-Identifier: Apache-2.0
#include "cluster_load.hpp"

#include "administrator.hpp"
#include "meter.hpp"
#include "objects.hpp"
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace tcr::benchmark
{
namespace
{

constexpr std::size_t load_connections = 32;

/// Returns "default" for 0 and "account-N" for N.
std::string account_name(std::size_t index)
{
    return index == 0 ? "default" : "account-" + std::to_string(index);
}

/// Counts the objects of a list that are in our namespaces and contain a text at a path. Without a path,
/// counts all objects in our namespaces.
class counting_reader final : public kube::object_reader
{
public:
    counting_reader(std::string prefix, std::vector<std::string> place, std::string text)
        : prefix_(std::move(prefix)), place_(std::move(place)), text_(std::move(text))
    {
    }

    std::vector<kube::skim_path> paths() const override
    {
        if (place_.empty())
            return {};
        return {{0, place_}};
    }
    void begin_object() override { matches_ = place_.empty(); }
    void on_value(int, std::string_view, std::string_view text) override
    {
        matches_ = matches_ || text == text_;
    }
    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        count += matches_ && meta.ns.starts_with(prefix_) ? 1 : 0;
    }

    std::size_t count = 0;

private:
    std::string prefix_;
    std::vector<std::string> place_;
    std::string text_;
    bool matches_ = false;
};

}  // namespace

cluster_load::cluster_load(std::string const& kubeconfig)
    : client_(make_administrator(loop_.get_executor(), kubeconfig))
{
}

task<std::size_t> cluster_load::count_all(
    kube::resource type,
    kube::selection which,
    std::string prefix,
    std::vector<std::string> place,
    std::string text
)
{
    counting_reader reader(std::move(prefix), std::move(place), std::move(text));
    auto const listed = co_await client_->list(type, which, reader, "cannot count");
    if (!listed)
        throw std::runtime_error(listed.error().message());
    co_return reader.count;
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
        auto request = kube::create_request(namespaces_type, {}, named(ns));
        co_await must(std::move(request), "cannot create namespace " + ns);
        for (std::size_t each = 1; each < accounts; ++each)
        {
            auto account = kube::create_request(accounts_type, ns, named(account_name(each)));
            co_await must(std::move(account), "cannot create an account in " + ns);
        }
    };
    run_all(namespaces, load_connections, make);
    for (int tries = 0; tries < 600; ++tries)
    {
        std::size_t there = 0;
        kube::selection const all;
        std::vector<std::string> const any;
        auto list = [&](std::size_t) -> task<void>
        { there = co_await count_all(accounts_type, all, prefix, any, prefix); };
        run_all(1, 1, list);
        if (there >= namespaces * accounts)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    throw std::runtime_error("the controller manager does not make the default accounts");
}

double cluster_load::replay_raw(
    std::string const& prefix,
    std::size_t namespaces,
    std::size_t accounts,
    std::size_t image_pull_secrets,
    std::size_t connections
)
{
    auto const started = std::chrono::steady_clock::now();
    auto const data = secret_data("password");
    auto const secret_name = [](std::size_t cr) { return "raw-" + std::to_string(cr); };
    // The Secret is as large as the controller's Secret. Its name and labels are different, because the
    // controller would delete it.
    auto const body = [&](std::size_t cr)
    {
        return R"({"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/dockerconfigjson",)"
               R"("metadata":{"name":")" +
               secret_name(cr) +
               R"(","labels":{"app.kubernetes.io/managed-by":"raw-replay",)"
               R"("example.com/imagepullsecret":"raw"},)" +
               R"("annotations":{"example.com/content-hash":"0123456789abcdef0123456789abcdef"}},)" +
               R"("data":{".dockerconfigjson":")" + data + R"("}})";
    };
    std::string references;
    for (std::size_t cr = 0; cr < image_pull_secrets; ++cr)
        references += (cr > 0 ? R"(,{"name":")" : R"({"name":")") + secret_name(cr) + R"("})";
    auto write = [&](std::size_t index) -> task<void>
    {
        auto const ns = prefix + std::to_string(index);
        for (std::size_t cr = 0; cr < image_pull_secrets; ++cr)
        {
            auto create = kube::create_request(secrets_type, ns, body(cr));
            co_await must(std::move(create), "cannot create a secret in " + ns);
        }
        for (std::size_t each = 0; each < accounts; ++each)
        {
            auto list = R"({"imagePullSecrets":[)" + references + "]}";
            auto patch = kube::merge_patch_request(accounts_type, ns, account_name(each), std::move(list));
            co_await must(std::move(patch), "cannot patch an account in " + ns);
        }
    };
    run_all(namespaces, connections, write);
    return since(started);
}

void cluster_load::create_image_pull_secrets(
    std::vector<std::string> const& names, std::string const& password
)
{
    auto create = [&](std::size_t index) -> task<void>
    {
        auto body = cr_body(names[index], password);
        auto request = kube::create_request(controller::image_pull_secret_type(), {}, std::move(body));
        co_await must(std::move(request), "cannot create the ImagePullSecret");
    };
    run_all(names.size(), names.size(), create);
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

cluster_load::progress cluster_load::count(
    std::string const& prefix, std::string const& cr, std::optional<std::string> const& password
)
{
    progress sum;
    auto const name = controller::secret_name(cr);
    kube::selection by_name;
    by_name.field_selector = "metadata.name=" + name;
    kube::resource type = secrets_type;
    type.metadata_only = !password;
    std::vector<std::string> content;
    if (password)
        content = {"data", ".dockerconfigjson"};
    auto const data = secret_data(password.value_or(""));
    kube::selection const all;
    std::vector<std::string> const reference{"imagePullSecrets", "[]", "name"};
    auto list = [&](std::size_t) -> task<void>
    {
        sum.secrets = co_await count_all(type, by_name, prefix, content, data);
        sum.references = co_await count_all(accounts_type, all, prefix, reference, name);
    };
    run_all(1, 1, list);
    return sum;
}

}  // namespace tcr::benchmark
