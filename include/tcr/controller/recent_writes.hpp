#pragma once

// The four lists of a status: recent writes and failures.

#include <tcr/controller/image_pull_secret.hpp>

#include <chrono>
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
    using time_point = std::chrono::system_clock::time_point;

    /// Max entries of a list. The original add-on's unlimited lists exceed etcd's object limit at a few
    /// thousand namespaces.
    static constexpr std::size_t max_entries = 100;

    /// Newest last. Each write appends an entry; a full list drops its oldest one.
    using entries = std::deque<status_entry>;

    struct lists
    {
        entries secrets_updated;
        entries secrets_failed;
        entries accounts_updated;
        entries accounts_failed;
    };

    /// Copies the lists from the object's status if none are known yet, so that they survive a restart.
    void adopt(image_pull_secret const& cr);

    void forget(std::string_view cr_name);

    void secret_written(
        std::string_view cr_name, std::string_view ns, std::string_view secret, time_point now
    );
    void secret_failed(
        std::string_view cr_name,
        std::string_view ns,
        std::string_view secret,
        std::string reason,
        std::string message,
        time_point now
    );
    void account_written(
        std::string_view cr_name, std::string_view ns, std::string_view account, time_point now
    );
    void account_failed(
        std::string_view cr_name,
        std::string_view ns,
        std::string_view account,
        std::string reason,
        std::string message,
        time_point now
    );

    /// The lists of an ImagePullSecret; empty if there are none.
    lists const& of(std::string_view cr_name) const;

private:
    lists& made(std::string_view cr_name);

    std::map<std::string, lists, std::less<>> by_name_;
};

}  // namespace tcr::controller
