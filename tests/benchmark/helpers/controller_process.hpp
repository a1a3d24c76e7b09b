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

/// The controller as a child in its cgroup, in the environment of a pod.
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
        std::vector<std::string> flags;  ///< beside those for these two servers
    };

    /// Starts it. Throws where that fails.
    controller_process(place where, test::cgroup const& group);
    ~controller_process();
    controller_process(controller_process const&) = delete;
    controller_process& operator=(controller_process const&) = delete;

    /// Waits until its log, after what was read so far, has a line with `words`. \return the line.
    /// Throws after `limit`, or when it ended.
    std::string wait_for_line(std::string const& words, std::chrono::seconds limit);

    /// Has `wait_for_line` look only at what comes after this call.
    void skip_log();

    /// Resident memory now, in bytes.
    std::uint64_t resident_bytes() const;

    /// The part of it that is no file: what it allocated, and its stack.
    std::uint64_t anonymous_bytes() const;

    /// How often it gave up the processor by itself: its wake-ups.
    std::uint64_t wakeups() const;

    /// Of its metrics page. Throws where there is no answer.
    std::string metrics() const;

    /// Whether its probe says that it is ready.
    bool is_ready() const;

    /// SIGTERM, and waits for its end. Throws where that is not a good one.
    void stop();

private:
    std::uint64_t status_value(std::string const& key) const;

    place where_;
    pid_t pid_ = -1;
    std::size_t read_so_far_ = 0;
};

}  // namespace tcr::benchmark
