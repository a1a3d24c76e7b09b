// SPDX-License-Identifier: Apache-2.0
#include "explain_report.hpp"

#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::app
{
namespace
{

namespace json = boost::json;

std::string_view word_of(commands::finding::level level)
{
    constexpr std::string_view words[] = {"ok", "info", "problem"};
    return words[static_cast<std::size_t>(level)];
}

/// The JSON object for the image of a finding. The logins are in the order in which kubelet tries them. If
/// kubelet refuses the image's name, the object has no member "repository".
json::object document_of(commands::image_finding const& image)
{
    json::object document{{"name", image.image}};
    if (!image.repository.empty())
        document["repository"] = image.repository;
    json::array logins;
    for (auto const& [secret, key, is_empty] : image.logins)
        logins.push_back(json::object({{"secret", secret}, {"key", key}, {"isEmpty", is_empty}}));
    document["logins"] = std::move(logins);
    return document;
}

json::object document_of(commands::finding const& finding)
{
    auto document = finding_object(
        word_of(finding.what),
        {{"message", finding.text},
         {"advice", finding.advice},
         {"namespace", finding.ns},
         {"imagePullSecret", finding.image_pull_secret},
         {"missingRight", finding.missing_right}}
    );
    if (!finding.image.image.empty())
        document["image"] = document_of(finding.image);
    return document;
}

/// Makes a line for terminals. Replaces control characters, because the names of images and of references may
/// contain them. The limit of 1000 bytes is high enough to keep the end of kubelet's messages, which contains
/// the cause.
std::string line_of(std::string const& text)
{
    return printable(text, 1000) + "\n";
}

std::string table_of(std::vector<commands::finding> const& findings)
{
    constexpr std::size_t width = 10;
    std::string text;
    for (auto const& each : findings)
    {
        auto mark = "[" + std::string(word_of(each.what)) + "]";
        mark.resize(width, ' ');
        text += mark + line_of(each.text);
        if (!each.advice.empty())
            text += std::string(width, ' ') + line_of(each.advice);
    }
    return text;
}

}  // namespace

std::string explained_namespace(explain_command const& command, kube::cluster_config const& config)
{
    for (auto const& each : {command.ns, config.default_namespace, config.pod_namespace})
        if (!each.empty())
            return each;
    return "default";
}

std::string explain_report(
    explain_command const& command, std::string const& ns, std::vector<commands::finding> const& findings
)
{
    if (command.output == output_format::table)
        return table_of(findings);
    json::object document{{"hasProblem", commands::has_problem(findings)}};
    if (!command.all_namespaces)
        document["namespace"] = ns;
    if (!command.pod.empty())
        document["pod"] = command.pod;
    json::array list;
    for (auto const& each : findings)
        list.push_back(document_of(each));
    document["findings"] = std::move(list);
    return document_text(document, command.output);
}

}  // namespace tcr::app
