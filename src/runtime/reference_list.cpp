#include <tcr/runtime/reference_list.hpp>

namespace tcr::runtime
{

std::string encode_references(std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& name : names)
    {
        for (char c : name)
        {
            if (c == '\n' || c == '\\')
                text += '\\';
            text += c == '\n' ? 'n' : c;
        }
        text += '\n';
    }
    return text;
}

std::vector<std::string> decode_references(std::string_view text)
{
    std::vector<std::string> names;
    std::string name;
    bool is_escaped = false;
    for (char c : text)
    {
        if (is_escaped)
        {
            name += c == 'n' ? '\n' : c;
            is_escaped = false;
        }
        else if (c == '\\')
            is_escaped = true;
        else if (c == '\n')
        {
            names.push_back(std::move(name));
            name.clear();
        }
        else
            name += c;
    }
    return names;
}

}  // namespace tcr::runtime
