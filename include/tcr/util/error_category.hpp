#pragma once

// Error categories from a name and a function.

#include <boost/system/error_category.hpp>

#include <string>

namespace tcr
{

// boost::system::error_category has no virtual destructor, because no category is deleted through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// An error category made of a name and a function that describes each code.
class worded_category final : public boost::system::error_category
{
public:
    using wording = char const* (*)(int code);

    worded_category(char const* name, wording words) : name_(name), words_(words) {}

    char const* name() const noexcept override { return name_; }
    std::string message(int code) const override { return words_(code); }

private:
    char const* name_;
    wording words_;
};

#pragma GCC diagnostic pop

}  // namespace tcr
