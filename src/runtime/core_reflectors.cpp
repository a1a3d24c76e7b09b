// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/core_reflectors.hpp>

#include <optional>
#include <string>

namespace tcr::runtime
{
namespace
{

constexpr kube::field<reference_list> account_fields[] = {
    // Keeps an entry without a name, too.
    {.path = "imagePullSecrets[]", .open = [](auto& list) { list.add_entry(); }},
    {.path = "imagePullSecrets[].name",
     .piece = [](auto& list, auto piece, bool last) { list.name_piece(piece, last); }},
};

}  // namespace

void store_reflector::end_list(std::uint64_t resource_version)
{
    std::vector<namespace_id> lost;
    store_.end_list(kind_, resource_version, lost);
    for (auto where : lost)
        report({change::removed, where});
}

void store_reflector::on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view)
{
    if (source_of(event) == source::list)
        store_.keep_listed(kind_, meta.ns, meta.name);
}

std::vector<kube::skim_path> namespace_reflector::paths() const
{
    return {{0, {"metadata", "labels", "*"}}};
}

void namespace_reflector::begin_object()
{
    labels_.clear();
    label_bytes_ = 0;
}

void namespace_reflector::on_value(int, std::string_view key, std::string_view text)
{
    // Skips this label. Its value is the name of the namespace, so no two namespaces could share one interned
    // text.
    if (key == "kubernetes.io/metadata.name" || label_bytes_ > cluster_store::max_label_bytes)
        return;
    label_bytes_ += key.size() + text.size() + 2;
    if (label_bytes_ <= cluster_store::max_label_bytes)
        labels_.emplace(key, text);
}

void namespace_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::deleted)
        return report(store_.drop_namespace(meta.name));
    std::string text;
    for (auto const& [key, value] : labels_)
        text.append(key).append("=").append(value).append("\n");
    std::optional<std::string_view> labels = text;
    if (label_bytes_ > cluster_store::max_label_bytes)
    {
        labels.reset();
        report_problem(
            meta, "labels of more than " + std::to_string(cluster_store::max_label_bytes) + " bytes"
        );
    }
    report(store_.put_namespace(meta.name, labels, meta.is_deleting, source_of(event)));
}

account_reflector::account_reflector(
    cluster_store& store, change_listener listener, std::string own_prefix, source from
)
    : table_reader(account_fields, store, kind::accounts, std::move(listener), from)
{
    values_ = reference_list(std::move(own_prefix));
}

void account_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (event == kube::object_event::deleted)
        return report(store_.drop_account(meta.ns, meta.name, meta.resource_version));
    values_.finish();
    if (event == kube::object_event::added && !values_.own_text().empty())
        ++created_with_references_;
    if (values_.extent() == list_extent::too_long)
        report_problem(
            meta,
            "imagePullSecrets is longer than " + std::to_string(reference_list::max_bytes) + " bytes (" +
                std::to_string(reference_list::bytes_per_entry) + " for each entry and its name)"
        );
    report(store_.put_account(meta.ns, meta.name, meta.resource_version, values_, source_of(event)));
}

void account_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view
)
{
    // The known state is outdated: the API server would refuse every write based on its version.
    values_.mark_too_long();
    report(store_.put_account(meta.ns, meta.name, meta.resource_version, values_, source_of(event)));
}

}  // namespace tcr::runtime
