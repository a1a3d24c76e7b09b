#include <tcr/commands/cluster_reading.hpp>
#include <tcr/controller/orphans.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/runtime/core_reflectors.hpp>

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

}  // namespace

task<result<void>> read_cluster(kube::client& client, runtime::cluster_store& store)
{
    kube::selection const all;
    kube::selection const ours = controller::our_secrets();
    kube::resource const namespaces{"", "v1", "namespaces", true};
    kube::resource const accounts{"", "v1", "serviceaccounts"};
    kube::resource const secrets{"", "v1", "secrets"};
    runtime::namespace_reflector namespace_reader(store, nullptr);
    runtime::account_reflector account_reader(store, nullptr, std::string(controller::secret_prefix));
    controller::pull_secret_reflector secret_reader(store, nullptr);

    auto read = co_await client.list(namespaces, all, namespace_reader, "cannot list namespaces");
    if (!read)
        co_return read;
    read = co_await client.list(accounts, all, account_reader, "cannot list service accounts");
    if (!read)
        co_return read;
    read = co_await client.list(secrets, ours, secret_reader, "cannot list pull secrets");
    if (!read)
        co_return read;
    auto const orphans = co_await controller::find_orphans(client, store);
    if (!orphans)
        co_return orphans.error();
    co_return result<void>();
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
