// SPDX-License-Identifier: Apache-2.0
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/secret_access.hpp>
#include <tcr/controller/unlabeled_secrets.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/core_reflectors.hpp>

#include <array>
#include <utility>

namespace tcr::commands
{
namespace
{

/// Collects the metadata of all objects.
class name_reader final : public kube::meta_reader
{
public:
    void on_object(kube::object_event, kube::object_meta const& meta) override { listed.push_back(meta); }

    std::vector<kube::object_meta> listed;
};

kube::resource const secrets_type{"", "v1", "secrets"};

/// The verbs that `read_cluster` needs for Secrets. The controller needs `secret_verbs`.
constexpr std::array<std::string_view, 1> reading_verbs{"list"};

/// Reads the Secrets with our label, and our Secrets that lost the label.
task<result<void>> read_all_secrets(kube::client& client, runtime::cluster_store& store)
{
    controller::pull_secret_reflector reader(store, nullptr);
    auto const ours = controller::our_secrets();
    auto read = co_await client.list(secrets_type, ours, reader, "cannot list pull Secrets");
    if (!read)
        co_return read;
    auto const unlabeled = co_await controller::find_unlabeled_secrets(client, store);
    if (!unlabeled)
        co_return unlabeled.error();
    co_return result<void>();
}

/// Reads the Secrets of these names.
task<result<void>> read_named_secrets(
    kube::client& client, runtime::cluster_store& store, controller::secret_names names
)
{
    for (auto const& name : names)
    {
        controller::pull_secret_reflector reader(store, nullptr, name);
        auto const which = kube::select_name(name);
        auto const read =
            co_await client.list(secrets_type, which, reader, "cannot list pull Secrets by name");
        if (!read)
            co_return read.error();
    }
    co_return result<void>();
}

}  // namespace

task<result<void>> read_cluster(
    kube::client& client,
    runtime::cluster_store& store,
    controller::catalog& image_pull_secrets,
    std::string own_namespace
)
{
    kube::selection const all;
    kube::resource const namespaces{"", "v1", "namespaces", true};
    kube::resource const accounts{"", "v1", "serviceaccounts"};
    runtime::namespace_reflector namespace_reader(store, nullptr);
    runtime::account_reflector account_reader(store, nullptr, std::string(controller::secret_prefix));

    auto read = co_await client.list(namespaces, all, namespace_reader, "cannot list namespaces");
    if (!read)
        co_return read;
    read = co_await client.list(accounts, all, account_reader, "cannot list service accounts");
    if (!read)
        co_return read;
    auto const read_all = co_await read_all_secrets(client, store);
    if (read_all)
        image_pull_secrets.set_access({});
    if (read_all || read_all.error().code != kube::errc::forbidden)
        co_return read_all;
    auto wanted = image_pull_secrets.secret_names();
    auto access = co_await controller::read_secret_access(
        client, std::move(wanted), std::move(own_namespace), reading_verbs
    );
    if (!access || access->names().empty())
        co_return read_all;
    read = co_await read_named_secrets(client, store, access->names());
    if (read)
        image_pull_secrets.set_access(std::move(*access));
    co_return read;
}

task<result<void>> read_image_pull_secrets(kube::client& client, controller::catalog& catalog)
{
    controller::catalog_reflector reader(catalog, {});
    kube::selection const all;
    auto const type = controller::image_pull_secret_type();
    co_return co_await client.list(type, all, reader, "cannot list ImagePullSecrets");
}

task<result<std::vector<kube::object_meta>>> list_names(
    kube::client& client, kube::resource const& type, kube::selection const& which, std::string_view doing
)
{
    name_reader reader;
    auto const read = co_await client.list(type, which, reader, doing);
    if (!read)
        co_return read.error();
    co_return std::move(reader.listed);
}

}  // namespace tcr::commands
