// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cgroup.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tcr::benchmark
{

/// The controller as a child process in a control group, with the environment of a pod.
class controller_process
{
public:
    struct place
    {
        std::string program;
        std::string api_port;        ///< on 127.0.0.1
        std::string account_folder;  ///< token and ca.crt of its ServiceAccount
        std::string log_file;
        std::string metrics_port;        ///< on 127.0.0.1
        std::string health_port;         ///< on 127.0.0.1
        std::vector<std::string> flags;  ///< in addition to the addresses of these two servers
    };

    /// Starts the controller. Throws on failure.
    controller_process(place where, test::cgroup const& group);
    ~controller_process();
    controller_process(controller_process const&) = delete;
    controller_process& operator=(controller_process const&) = delete;

    /// Waits until the unread part of the log has a line with `words`. \return the line. Throws after
    /// `limit`, or if the controller has ended.
    std::string wait_for_line(std::string const& words, std::chrono::seconds limit);

    /// Skips the log so far: `wait_for_line` then reads only later lines.
    void skip_log();

    /// Current resident memory, in bytes.
    std::uint64_t resident_bytes() const;

    /// The anonymous part of the resident memory (heap and stack), in bytes.
    std::uint64_t anonymous_bytes() const;

    /// Number of voluntary context switches. Each is a wake-up.
    std::uint64_t wakeups() const;

    /// The metrics page. Throws if the controller does not answer.
    std::string metrics() const;

    /// Whether the controller's readiness probe succeeds.
    bool is_ready() const;

    /// Sends SIGTERM and waits for the end. Throws if the exit status is not 0.
    void stop();

private:
    std::uint64_t status_value(std::string const& key) const;

    place where_;
    pid_t pid_ = -1;
    std::size_t read_so_far_ = 0;
};

}  // namespace tcr::benchmark
