// SPDX-License-Identifier: Apache-2.0
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
    /// Max entries of a list. The original add-on has no limit: at a few thousand namespaces, its statuses
    /// exceed the max size of an object in etcd.
    static constexpr std::size_t max_entries = 100;

    /// One list, newest entry last. It has at most one entry for each object. A full list drops its oldest
    /// entry.
    using entries = std::deque<status_entry>;

    /// The lists of Secrets, or the lists of accounts.
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

    /// Copies the lists from the status of `cr`, unless lists of `cr` are already stored here. The lists thus
    /// survive a restart of the controller.
    void adopt(image_pull_secret const& cr);

    void forget(std::string_view cr_name);

    /// Adds an entry to `lists::secrets` or `lists::accounts`. An entry with a reason is a failure. An entry
    /// without a reason is a successful write: it also removes the object from the failures.
    void note(object_lists lists::*which, std::string_view cr_name, status_entry entry);

    /// The lists of an ImagePullSecret; empty if it has no entries.
    lists const& of(std::string_view cr_name) const;

private:
    std::map<std::string, lists, std::less<>> by_name_;
};

}  // namespace tcr::controller
