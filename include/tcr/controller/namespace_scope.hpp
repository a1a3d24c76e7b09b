#pragma once

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/name_matcher.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// Whether an ImagePullSecret serves a namespace.
enum class scope_match
{
    no,
    yes,
    unknown  ///< the selector needs labels of which the namespace has more than the store keeps
};

/// The namespaces that an ImagePullSecret serves: its names, less the excluded ones, that its selector matches.
struct namespace_scope
{
    explicit namespace_scope(image_pull_secret_spec const& spec);

    /// Whether the labels of a namespace matter.
    bool has_selector() const { return !selector.requirements.empty(); }

    /// Whether the two lists of names let it serve a namespace of that name, whatever its labels are.
    bool names(std::string_view ns) const;

    /// A namespace that does not exist or is terminating is not served.
    scope_match match(runtime::cluster_store::namespace_view const& ns) const;

    name_matcher namespaces;
    std::vector<std::string> excluded;  ///< sorted
    label_selector selector;
};

}  // namespace tcr::controller
