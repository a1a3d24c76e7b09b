// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/label_selector.hpp>

#include <algorithm>
#include <iterator>
#include <optional>

namespace tcr::controller
{
namespace
{

std::optional<std::string_view> label_of(
    std::string_view key, std::string_view ns_name, std::string_view labels
)
{
    if (key == "kubernetes.io/metadata.name")
        return ns_name;
    while (!labels.empty())
    {
        auto const end = labels.find('\n');
        auto const line = labels.substr(0, end);
        // The first '=' ends the key: keys and values of labels do not contain '='.
        auto const split = line.find('=');
        if (line.substr(0, split) == key)
            return line.substr(split + 1);
        labels.remove_prefix(end == std::string_view::npos ? labels.size() : end + 1);
    }
    return std::nullopt;
}

}  // namespace

label_selector::op label_selector::operator_of(std::string_view word)
{
    static constexpr std::string_view words[] = {"In", "NotIn", "Exists", "DoesNotExist"};
    return static_cast<op>(std::find(std::begin(words), std::end(words), word) - std::begin(words));
}

bool label_selector::matches(std::string_view ns_name, std::string_view labels) const
{
    auto const holds = [&](requirement const& each)
    {
        auto const value = label_of(each.key, ns_name, labels);
        bool const is_listed =
            value && std::find(each.values.begin(), each.values.end(), *value) != each.values.end();
        return each.how == op::in       ? is_listed
               : each.how == op::not_in ? !is_listed
               : each.how == op::exists ? value.has_value()
                                        : each.how == op::does_not_exist && !value;
    };
    return std::all_of(requirements.begin(), requirements.end(), holds);
}

}  // namespace tcr::controller
