#pragma once

// A Kubernetes label selector.

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// A metav1.LabelSelector: all requirements must hold. Without requirements it selects everything.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
struct label_selector
{
    enum class op  // in the order of `operator_of`
    {
        in,
        not_in,  ///< also true where the label is absent
        exists,
        does_not_exist,
        unknown  ///< any other word or none; matches no namespace
    };
    /// "In", "NotIn", "Exists" or "DoesNotExist".
    static op operator_of(std::string_view word);

    struct requirement
    {
        std::string key;
        op how = op::exists;
        std::vector<std::string> values;
        bool is_match_label = false;  ///< from matchLabels: `in` with one value

        bool operator==(requirement const&) const = default;
    };

    std::vector<requirement> requirements;

    /// Whether a namespace matches. `labels` has the store's canonical form ("key=value" lines). `ns_name` is
    /// the value of the label kubernetes.io/metadata.name, which that form omits.
    bool matches(std::string_view ns_name, std::string_view labels) const;

    bool operator==(label_selector const&) const = default;
};

}  // namespace tcr::controller
