#pragma once

#include "cgroup.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
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
        std::vector<std::string> flags;  ///< beside those for its servers of metrics and probes
    };

    /// Starts it. Throws where that fails.
    controller_process(place where, cgroup const& group);
    ~controller_process();
    controller_process(controller_process const&) = delete;
    controller_process& operator=(controller_process const&) = delete;

    /// Waits until its log, after what was read so far, has a line with `words`. \return the line.
    /// Throws after `limit`, or when it ended.
    std::string wait_for_line(std::string const& words, std::chrono::seconds limit);

    /// Has `wait_for_line` look only at what comes after this call.
    void skip_log();

    /// Resident memory now, in bytes.
    std::size_t resident_bytes() const;

    /// How often it gave up the processor by itself: its wake-ups.
    std::size_t wakeups() const;

    /// SIGTERM, and waits for its end. \return its exit status.
    int stop();

private:
    place where_;
    pid_t pid_ = -1;
    std::size_t read_so_far_ = 0;
};

}  // namespace tcr::benchmark
