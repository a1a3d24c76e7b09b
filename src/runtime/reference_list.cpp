#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <cassert>

namespace tcr::runtime
{

reference_list::reference_list(std::vector<std::string> const& names)
{
    for (auto const& name : names)
    {
        add_entry();
        name_entry(name);
    }
}

void reference_list::add_entry()
{
    last_entry_ = text_.size();
    text_ += '\n';
}

void reference_list::name_entry(std::string_view name)
{
    assert(!text_.empty());
    text_.resize(last_entry_);
    for (char c : name)
    {
        if (c == '\n' || c == '\\')
            text_ += '\\';
        text_ += c == '\n' ? 'n' : c;
    }
    text_ += '\n';
}

void reference_list::clear()
{
    clear_large(text_);
    last_entry_ = 0;
}

bool names_reference(std::string_view text, std::string_view name)
{
    bool found = false;
    for_each_reference(text, [&](auto entry) { found = found || entry == name; });
    return found;
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
