// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/unlabeled_secrets.hpp>
#include <tcr/kube/docker_config.hpp>

namespace tcr::controller
{
namespace
{

/// Reads a metadata list. Adds the Secrets that have our prefix and owner, but not our label, to the store.
class unlabeled_secret_reader final : public kube::table_reader<pull_secret_fields>
{
public:
    explicit unlabeled_secret_reader(runtime::cluster_store& store)
        : table_reader(pull_secret_fields::table()), store_(store)
    {
    }

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        values_.state();
        if (!meta.name.starts_with(secret_prefix) || !values_.has_our_owner() || values_.has_our_label())
            return;
        // The state stays empty, because a metadata list does not contain the Secret's content. An empty
        // state differs from the desired one, so the next plan updates or removes the Secret.
        store_.put_secret(
            meta.ns, meta.name, meta.resource_version, runtime::secret_state(), runtime::source::get
        );
        namespaces.push_back(meta.ns);
    }

    std::vector<std::string> namespaces;

private:
    runtime::cluster_store& store_;
};

}  // namespace

task<result<std::vector<std::string>>> find_unlabeled_secrets(
    kube::client& client, runtime::cluster_store& store
)
{
    kube::resource const metadata{"", "v1", "secrets", true};
    kube::selection which;
    which.field_selector = "type=" + std::string(kube::docker_config_type);
    unlabeled_secret_reader reader(store);
    auto read = co_await client.list(metadata, which, reader, "cannot list Secrets of our type");
    if (!read)
        co_return read.error();
    co_return std::move(reader.namespaces);
}

}  // namespace tcr::controller
