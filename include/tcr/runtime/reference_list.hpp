#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// The names of an imagePullSecrets list as one text: "name" lines, each ended by '\n'.
///
/// The API server lets anything stand there, so '\n' and '\\' inside a name are escaped; an entry without a name
/// is an empty line. The text is never longer than the same list as JSON, and so bounded by what etcd takes as an
/// object (1.5 MiB), however many entries a tenant makes.
class reference_list
{
public:
    reference_list() = default;

    /// Implicit: a list of names is a list of references.
    reference_list(std::vector<std::string> const& names);

    /// One more entry at the end, without a name so far.
    void add_entry();

    /// The name of the last entry, in place of the one it had. Without an entry this is a bug.
    void name_entry(std::string_view name);

    void clear();

    /// Equal for equal lists. Valid until the list changes.
    std::string_view text() const { return text_; }

private:
    std::string text_;
    std::size_t last_entry_ = 0;  ///< where it begins in `text_`
};

/// Calls `f` with each entry as the text has it, escaped. A name that an object can have is the same either way, so to
/// look for one takes no memory, however many others a tenant makes.
template <class F>
void for_each_reference(std::string_view text, F&& f)
{
    while (!text.empty())
    {
        auto const end = text.find('\n');
        f(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
}

/// Whether the list has an entry of this name, which must be one that an object can have.
bool names_reference(std::string_view text, std::string_view name);

/// The names behind such a text, without loss.
std::vector<std::string> decode_references(std::string_view text);

}  // namespace tcr::runtime
