#include <tcr/controller/wish_check.hpp>

namespace tcr::controller
{
namespace
{

/// Reads the versions of all CRs that are not on their way out, as `catalog_reflector` does.
class wish_version_reader final : public kube::table_reader<image_pull_secret_values>
{
public:
    explicit wish_version_reader(catalog const& known)
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
        // The catalog has it as it was last read, or by name; -1 where it does not know it yet.
        auto const* entry = known_.find(meta.name);
        if (!meta.is_deleting)
            versions[meta.name] = {meta.uid, entry != nullptr ? entry->cr.generation : -1};
    }

    wish_versions versions;

private:
    catalog const& known_;
};

}  // namespace

wish_versions versions_of(catalog const& crs)
{
    wish_versions versions;
    for (auto const& [name, entry] : crs)
        versions[name] = {entry.cr.uid, entry.cr.generation};
    return versions;
}

task<result<wish_versions>> present_versions(kube::client& client, catalog const& known)
{
    wish_version_reader reader(known);
    kube::selection const all;
    auto const type = image_pull_secret_type();
    auto read = co_await client.list(type, all, reader, "cannot list imagepullsecrets");
    if (!read)
        co_return read.error();
    co_return std::move(reader.versions);
}

}  // namespace tcr::controller
