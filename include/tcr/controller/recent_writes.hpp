#pragma once

// The four lists of a status: recent writes and failures.

#include <tcr/controller/image_pull_secret.hpp>

#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// The recent writes and failures of each ImagePullSecret, as its status lists them.
class recent_writes
{
public:
    /// Max entries of a list. The original add-on's unlimited lists exceed etcd's object limit at a few
    /// thousand namespaces.
    static constexpr std::size_t max_entries = 100;

    /// Newest last. Each write appends an entry; a full list drops its oldest one.
    using entries = std::deque<status_entry>;

    /// Of the Secrets, or of the accounts.
    struct object_lists
    {
        entries updated;
        entries failed;
    };
    struct lists
    {
        object_lists secrets;
        object_lists accounts;
    };

    /// Copies the lists from the object's status if none are known yet, so that they survive a restart.
    void adopt(image_pull_secret const& cr);

    void forget(std::string_view cr_name);

    /// Adds an entry to `lists::secrets` or `lists::accounts`: with a reason it is a failure, without one a
    /// write, and the object no longer counts as failed.
    void note(object_lists lists::*which, std::string_view cr_name, status_entry entry);

    /// The lists of an ImagePullSecret; empty if there are none.
    lists const& of(std::string_view cr_name) const;

private:
    std::map<std::string, lists, std::less<>> by_name_;
};

}  // namespace tcr::controller
