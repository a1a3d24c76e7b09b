#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/instances/instance.hpp>
#include <tcr/instances/instance_plan.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/file_stamp.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace tcr::instances
{

/// Makes, changes and removes the ImagePullSecrets of the configured instances. The leader's work.
///
/// The file is read again when it is another. One that cannot be read, or that is wrong, changes nothing.
class instance_keeper
{
public:
    /// All references must outlive it.
    instance_keeper(
        asio::any_io_executor executor,
        kube::client& client,
        runtime::leadership const& held,
        credentials::instance_directory& directory,
        controller::catalog const& present,
        std::filesystem::path file,
        logger& log
    );

    /// An ImagePullSecret is another.
    void touch() { news_.notify(); }

    /// Until cancelled. \par Cancellation terminal.
    task<void> lead();

    /// Lets no further write begin. \return whether those under way have ended by then.
    task<bool> drain(std::chrono::milliseconds limit) { return writes_.drain(limit); }

private:
    void read_file();
    task<bool> bring_about();
    task<bool> act(instance_action step);
    void report(std::string const& about, std::string const& why);

    runtime::fenced_client writes_;
    credentials::instance_directory& directory_;
    controller::catalog const& present_;
    std::filesystem::path file_;
    logger& log_;
    notifier news_;
    std::optional<instance_list> configured_;  ///< none: no good file has been seen
    file_stamp read_;
    bool was_read_ = false;
    std::map<std::string, std::string> reported_;
    unsigned failures_ = 0;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::instances
