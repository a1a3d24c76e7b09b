#include "spec_freshness.hpp"

namespace tcr::controller
{
namespace
{

/// Reads the versions of all ImagePullSecrets that are not being deleted, as `catalog_reflector` does.
class spec_version_reader final : public kube::table_reader<image_pull_secret_values>
{
public:
    explicit spec_version_reader(catalog const& known)
        : table_reader(image_pull_secret_fields()), known_(known)
    {
    }

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        if (!meta.is_deleting)
            versions[meta.name] = {meta.uid, values_.generation};
    }

    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view) override
    {
        // The generation that was last read; -1 if the catalog lacks the object.
        auto const* entry = known_.find(meta.name);
        if (!meta.is_deleting)
            versions[meta.name] = {meta.uid, entry != nullptr ? entry->cr.generation : -1};
    }

    spec_versions versions;

private:
    catalog const& known_;
};

}  // namespace

spec_versions versions_of(catalog const& image_pull_secrets)
{
    spec_versions versions;
    for (auto const& [name, entry] : image_pull_secrets)
        versions[name] = {entry.cr.uid, entry.cr.generation};
    return versions;
}

task<result<spec_versions>> read_spec_versions(kube::client& client, catalog const& known)
{
    spec_version_reader reader(known);
    kube::selection const all;
    auto const type = image_pull_secret_type();
    auto read = co_await client.list(type, all, reader, "cannot list imagepullsecrets");
    if (!read)
        co_return read.error();
    co_return std::move(reader.versions);
}

}  // namespace tcr::controller
