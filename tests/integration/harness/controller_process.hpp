#pragma once

#include "eventually.hpp"
#include "sandbox.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::test
{

/// The controller under test, run by scripts/sandbox as in a pod.
class controller_process
{
public:
    /// Nothing runs yet. `where` must outlive it.
    explicit controller_process(sandbox const& where) : where_(where) {}

    /// Starts it and waits until it has the cluster in memory. Throws where it does not come to that.
    void start() const;

    /// Starts it and does not wait.
    void start_unsynced() const;

    /// SIGTERM, and waits for its end. Throws where it does not run any more, or does not end in good order.
    void stop() const;

    /// SIGKILL.
    void kill() const { where_.kill("controller"); }

    bool is_running() const;

    /// A place in its log, which goes on over restarts: now.
    std::size_t mark() const;

    /// Its log since then.
    std::string log(std::size_t mark = 0) const;

    /// Whether its log says `words` since then.
    verdict has_said(std::string const& words, std::size_t mark) const;

    /// The warnings and errors of its log since then that have `words` in them.
    std::vector<std::string> complaints(std::size_t mark, std::string const& words = {}) const;

private:
    sandbox const& where_;
};

}  // namespace tcr::test
