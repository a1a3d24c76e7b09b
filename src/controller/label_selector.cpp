#include <tcr/controller/label_selector.hpp>

#include <algorithm>
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
        // Neither the key nor the value of a label contains '='.
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
    if (word == "In")
        return op::in;
    if (word == "NotIn")
        return op::not_in;
    if (word == "Exists")
        return op::exists;
    return word == "DoesNotExist" ? op::does_not_exist : op::unknown;
}

bool label_selector::matches(std::string_view ns_name, std::string_view labels) const
{
    return std::all_of(
        requirements.begin(),
        requirements.end(),
        [&](requirement const& wanted)
        {
            auto const value = label_of(wanted.key, ns_name, labels);
            bool const listed =
                value && std::find(wanted.values.begin(), wanted.values.end(), *value) != wanted.values.end();
            switch (wanted.how)
            {
                case op::in:
                    return listed;
                case op::not_in:
                    return !listed;
                case op::exists:
                    return value.has_value();
                case op::does_not_exist:
                    return !value.has_value();
                case op::unknown:
                    return false;
            }
            return false;
        }
    );
}

}  // namespace tcr::controller
