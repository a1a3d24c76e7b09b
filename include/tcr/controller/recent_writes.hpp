#pragma once

// The four lists of a status: what was written, or not, lately.

#include <tcr/controller/image_pull_secret.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// What was done lately for each CR, as its status shows it: the newest entries of four lists.
class recent_writes
{
public:
    using time_point = std::chrono::system_clock::time_point;

    /// The original's endless lists pass etcd's limit of an object at a few thousand namespaces.
    static constexpr std::size_t most_entries = 100;

    /// Newest last. Each write adds an entry and drops one at the other end.
    using entries = std::deque<status_entry>;

    struct lists
    {
        entries secrets_updated;
        entries secrets_failed;
        entries accounts_updated;
        entries accounts_failed;
    };

    /// Takes over what the CR's status says, if nothing is known of it yet: the lists outlive a restart.
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

    /// Of a CR; empty lists where nothing is known.
    lists const& of(std::string_view cr_name) const;

private:
    lists& made(std::string_view cr_name);

    std::map<std::string, lists, std::less<>> by_cr_;
};

}  // namespace tcr::controller
