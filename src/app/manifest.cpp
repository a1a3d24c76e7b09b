// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include "config_file.hpp"
#include "manifest_object.hpp"
#include <tcr/util/yaml.hpp>

#include <span>

namespace tcr::app
{
namespace
{

using kind = yaml_value::kind;

std::string const our_group = "tcr.tencentcloudcr.com/";
std::string const our_version = our_group + "v1";
std::string const our_kind = "ImagePullSecret";
std::string const our_list_kind = "ImagePullSecretList";

/// Limits of the YAML parser. They allow a file with many objects and with the max size of
/// `read_manifest_file`. Such high limits are acceptable, because the parser runs on a user's machine.
constexpr yaml_budget budget{4 << 20, 100, 300'000, 16 << 20, 600'000};

/// Finds the ImagePullSecrets in the documents of a file, and counts other objects.
class manifest_reader
{
public:
    manifest read(std::string const& text)
    {
        auto const file = parse_yaml(text, yaml_documents::several, budget);
        for (auto const* document : file.documents)
            if (document->what != kind::null)
                read_document(*document, true);
        if (file.problem)
            report(file.problem->line, {}, file.problem->message);
        return std::move(out_);
    }

private:
    void report(std::size_t line, std::string field, std::string message)
    {
        out_.diagnostics.push_back({line, {std::move(field), std::move(message)}, false});
    }

    static std::string word(yaml_value const& document, char const* key)
    {
        auto const* value = document.find(key);
        return value != nullptr && value->what == kind::text ? value->text : std::string();
    }

    static std::size_t line_of(yaml_value const& document, std::string_view key)
    {
        for (auto const& each : document.items)
            if (each.key->text == key)
                return each.key->line;
        return document.line;
    }

    void read_document(yaml_value const& document, bool may_be_list)
    {
        if (document.what != kind::map)
            return report(
                document.line, {}, "is not a Kubernetes object: apiVersion, kind and metadata are missing"
            );
        auto const version = word(document, "apiVersion");
        auto const name = word(document, "kind");
        bool const is_ours = version.starts_with(our_group);
        if (may_be_list &&
            ((version == "v1" && name == "List") || (version == our_version && name == our_list_kind)))
            return read_items(document);
        if (version.empty() || name.empty())
            return report(
                document.line,
                version.empty() ? "apiVersion" : "kind",
                "must be given: for an ImagePullSecret, \"apiVersion: tcr.tencentcloudcr.com/v1\" and "
                "\"kind: ImagePullSecret\""
            );
        if (name == our_kind && version == our_version)
            return out_.objects.push_back(read_image_pull_secret(document));
        bool const is_like_ours = !nearest_name(name, std::span(&our_kind, 1)).empty();
        if (is_ours && version != our_version)
            report(line_of(document, "apiVersion"), "apiVersion", "must be \"tcr.tencentcloudcr.com/v1\"");
        else if (is_ours)
            report(line_of(document, "kind"), "kind", "must be \"ImagePullSecret\"");
        else if (is_like_ours)
            report(
                line_of(document, "apiVersion"),
                "apiVersion",
                "must be \"tcr.tencentcloudcr.com/v1\" for an ImagePullSecret"
            );
        else
            ++out_.others;
    }

    void read_items(yaml_value const& list)
    {
        auto const* items = list.find("items");
        if (items == nullptr || items->what == kind::null)
            return;
        if (items->what != kind::list)
            return report(line_of(list, "items"), "items", "must be a list");
        for (auto const& each : items->items)
            read_document(*each.value, false);
    }

    manifest out_;
};

}  // namespace

manifest read_manifest(std::string const& text)
{
    return manifest_reader().read(text);
}

}  // namespace tcr::app
