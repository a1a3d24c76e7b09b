// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/runtime/cluster_store.hpp>

#include <map>
#include <string>

namespace tcr::fuzz
{

/// A map from "kind namespace/name" to a text with all that the store holds of the object, without its
/// version.
inline std::map<std::string, std::string> content_of(runtime::cluster_store const& store)
{
    std::map<std::string, std::string> content;
    store.for_each_namespace(
        [&](runtime::namespace_id where)
        {
            auto const view = store.view(where);
            std::string const ns(view.name);
            if (view.exists)
                content["namespace " + ns] = std::string(view.labels) + (view.is_terminating ? "!" : "");
            store.for_each_account(
                where,
                [&](auto const& each)
                { content["account " + ns + "/" + std::string(each.name)] = std::string(each.references); }
            );
            store.for_each_secret(
                where,
                [&](auto const& each)
                {
                    auto& text = content["secret " + ns + "/" + std::string(each.name)];
                    text = std::to_string(each.state.fingerprint);
                    text += each.state.is_foreign ? " foreign" : "";
                    text += each.state.is_immutable ? " immutable" : "";
                    text += each.state.is_unowned ? " unowned" : "";
                    text += each.state.has_our_label ? " labelled" : "";
                }
            );
        }
    );
    return content;
}

inline std::string text_of(std::map<std::string, std::string> const& content)
{
    std::string text;
    for (auto const& [object, what] : content)
        text.append(object).append(" = ").append(what).append("\n");
    return text;
}

}  // namespace tcr::fuzz
