// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error categories from tables of texts.

#include <boost/system/error_category.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

namespace tcr
{

// boost::system::error_category has no virtual destructor, because no code deletes a category through its
// base class.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// An error category with a name and a text for each code.
template <class Code>
class table_category final : public boost::system::error_category
{
public:
    struct entry
    {
        Code code;
        char const* text;
    };

    table_category(char const* name, std::initializer_list<entry> texts) : name_(name), texts_(texts) {}

    char const* name() const noexcept override { return name_; }
    std::string message(int code) const override
    {
        auto const found = std::ranges::find(texts_, static_cast<Code>(code), &entry::code);
        return found == texts_.end() ? "unknown" : found->text;
    }

private:
    char const* name_;
    std::vector<entry> texts_;
};

#pragma GCC diagnostic pop

}  // namespace tcr
