// SPDX-License-Identifier: Apache-2.0
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
        name_piece(name, true);
    }
    finish();
}

bool reference_list::is_own(std::string_view entry) const
{
    return entry.size() <= max_name_bytes && entry.starts_with(own_prefix_);
}

void reference_list::add_entry()
{
    finish();
    has_entry_ = true;
    bytes_ += bytes_per_entry;
}

void reference_list::name_piece(std::string_view piece, bool is_last)
{
    assert(has_entry_);
    if (!is_in_name_)
    {
        entry_.clear();
        is_too_long_ = false;
        bytes_ -= name_bytes_;
        name_bytes_ = 0;
    }
    is_in_name_ = !is_last;
    bytes_ += piece.size();
    name_bytes_ += piece.size();
    auto const longest = extent_ == list_extent::whole ? max_whole_bytes : max_name_bytes;
    for (char c : piece)
    {
        if (entry_.size() > longest)
            is_too_long_ = true;
        if (is_too_long_)
            return;
        if (c == '\n' || c == '\\')
            entry_ += '\\';
        entry_ += c == '\n' ? 'n' : c;
    }
}

void reference_list::finish()
{
    if (!has_entry_)
        return;
    bool const fits = !is_too_long_ && text_.size() + entry_.size() < max_whole_bytes;
    if (extent_ == list_extent::whole && !fits)
    {
        text_ = own_text();
        extent_ = list_extent::own_only;
    }
    bool const is_kept = extent_ == list_extent::whole ||
                         (extent_ == list_extent::own_only && !is_too_long_ && is_own(entry_));
    if (is_kept)
        text_.append(entry_).append("\n");
    if (bytes_ > max_bytes)
        mark_too_long();
    entry_.clear();
    name_bytes_ = 0;
    has_entry_ = false;
    is_in_name_ = false;
    is_too_long_ = false;
}

void reference_list::mark_too_long()
{
    extent_ = list_extent::too_long;
    std::string().swap(text_);
}

std::string reference_list::own_text() const
{
    if (extent_ != list_extent::whole)
        return text_;
    std::string own;
    auto const keep = [&](std::string_view entry)
    {
        if (is_own(entry))
            own.append(entry).append("\n");
    };
    for_each_reference(text_, keep);
    return own;
}

void reference_list::clear()
{
    clear_large(text_);
    entry_.clear();
    extent_ = list_extent::whole;
    bytes_ = 0;
    name_bytes_ = 0;
    has_entry_ = false;
    is_in_name_ = false;
    is_too_long_ = false;
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
