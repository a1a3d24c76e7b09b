// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Kubernetes label selector.

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// A metav1.LabelSelector: all requirements must hold. Without requirements, it matches all namespaces.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
struct label_selector
{
    enum class op  // the values must have the order of `words` in `operator_of`
    {
        in,
        not_in,  ///< also matches if the label is absent
        exists,
        does_not_exist,
        unknown  ///< missing or any other operator; matches no namespace
    };

    /// \param word "In", "NotIn", "Exists" or "DoesNotExist"; the result for any other word is `unknown`.
    static op operator_of(std::string_view word);

    struct requirement
    {
        std::string key;
        op how = op::exists;
        std::vector<std::string> values;
        bool is_match_label = false;  ///< comes from matchLabels: `how` is `in`, with one value

        bool operator==(requirement const&) const = default;
    };

    std::vector<requirement> requirements;

    /// Whether a namespace matches.
    /// \param ns_name value of the label kubernetes.io/metadata.name, which `labels` omits.
    /// \param labels the other labels in the store's canonical form: lines of "key=value".
    bool matches(std::string_view ns_name, std::string_view labels) const;

    bool operator==(label_selector const&) const = default;
};

}  // namespace tcr::controller
