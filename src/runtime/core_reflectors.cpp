#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/util/strings.hpp>

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

/// Go's encoding/json sorts a map by its keys, so this is for servers that are not written in Go.
std::string with_sorted_lines(std::string_view labels)
{
    std::vector<std::pair<std::string_view, std::string_view>> lines;
    while (!labels.empty())
    {
        auto const line = labels.substr(0, labels.find('\n') + 1);
        auto const key = line.substr(0, line.find('='));
        lines.emplace_back(key, line.substr(key.size()));
        labels.remove_prefix(line.size());
    }
    std::sort(lines.begin(), lines.end());
    std::string sorted;
    for (auto const& [key, rest] : lines)
        sorted.append(key).append(rest);
    return sorted;
}

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

void namespace_reflector::begin_object()
{
    clear_large(labels_);
    last_key_.clear();
    are_sorted_ = true;
}

void namespace_reflector::on_value(int, std::string_view key, std::string_view text)
{
    // Every namespace bears its own name as this label, which would make every set of labels a text of its own.
    if (key == "kubernetes.io/metadata.name")
        return;
    are_sorted_ = are_sorted_ && last_key_ <= key;
    last_key_ = key;
    labels_.append(key).append("=").append(text).append("\n");
}

void namespace_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::deleted)
        return tell(store_.drop_namespace(meta.name));
    if (!are_sorted_)
        labels_ = with_sorted_lines(labels_);
    tell(store_.put_namespace(meta.name, labels_, meta.is_deleting));
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
