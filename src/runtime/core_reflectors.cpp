#include <tcr/runtime/core_reflectors.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace
{

enum account_field : int
{
    entry,
    entry_name
};

}  // namespace

void store_reflector::end_list(std::uint64_t resource_version)
{
    std::vector<namespace_id> lost;
    store_.end_list(kind_, resource_version, lost);
    for (auto where : lost)
        tell({change::removed, where});
}

std::vector<kube::skim_path> namespace_reflector::paths() const
{
    return {{0, {"metadata", "labels", "*"}}};
}

void namespace_reflector::on_value(int, std::string_view key, std::string_view text)
{
    // Every namespace bears its own name as this label, which would make every set of labels a text of its own.
    if (key != "kubernetes.io/metadata.name")
        labels_.emplace_back(key, text);
}

void namespace_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::deleted)
        return tell(store_.drop_namespace(meta.name));
    std::sort(labels_.begin(), labels_.end());
    std::string canonical;
    for (auto const& [key, value] : labels_)
        canonical.append(key).append("=").append(value).append("\n");
    tell(store_.put_namespace(meta.name, canonical, meta.is_deleting));
}

std::vector<kube::skim_path> account_reflector::paths() const
{
    return {{entry, {"imagePullSecrets", "[]"}}, {entry_name, {"imagePullSecrets", "[]", "name"}}};
}

void account_reflector::on_open(int)
{
    // An entry need not have a name; it is somebody's all the same.
    references_.add_entry();
}

void account_reflector::on_value(int field, std::string_view, std::string_view text)
{
    if (field == entry_name)
        references_.name_entry(text);
}

void account_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::deleted)
        tell(store_.drop_account(meta.ns, meta.name, meta.resource_version));
    else
        tell(store_.put_account(meta.ns, meta.name, meta.resource_version, references_, told_by_));
}

}  // namespace tcr::runtime
