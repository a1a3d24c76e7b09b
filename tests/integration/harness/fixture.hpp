// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit_log.hpp"
#include "cluster.hpp"
#include "controller_process.hpp"
#include "eventually.hpp"
#include "objects.hpp"
#include "sandbox.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// Precondition of cases that need admission policies, or the ids of tokens in the audit log. Both came with
/// Kubernetes 1.30.
inline boost::test_tools::assertion_result is_kubernetes_1_30(boost::unit_test::test_unit_id)
{
    return minor_version() >= 30;
}

/// The sandbox of a test program, its controller, and the means to inspect both.
struct environment
{
    explicit environment(std::string const& purpose, std::vector<std::string> const& apiserver_flags = {});

    sandbox control_plane;
    cluster api;
    audit_log audit;
    controller_process controller;
};

/// Global fixture: starts the environment before the first case. After the last case it stops the controller,
/// searches the output of all controllers (logs, Events, statuses) for secrets, and stops the environment. A
/// program that needs an environment contains `BOOST_TEST_GLOBAL_FIXTURE(environment_owner)`.
struct environment_owner
{
    environment_owner() : environment_owner(std::vector<std::string>()) {}
    ~environment_owner();
    environment_owner(environment_owner const&) = delete;
    environment_owner& operator=(environment_owner const&) = delete;

protected:
    /// For a program whose API server needs additional flags.
    explicit environment_owner(std::vector<std::string> const& apiserver_flags);
};

/// Whether the environment ended badly: the controller did not stop cleanly, the search for secrets failed,
/// or a log contains a report of a sanitizer. `main` then fails the program.
bool environment_ended_badly();

/// Selects a fixture for cases that run their own controllers.
struct without_controller_tag
{
};
inline constexpr without_controller_tag without_controller;

/// The objects of one case in the shared environment. Names are unique, and the destructor cleans up.
struct fixture
{
    /// Starts the environment's controller if it is not running.
    fixture();

    /// Stops the environment's controller.
    explicit fixture(without_controller_tag);

    /// Checks that the controller runs and that metrics and statuses contain no secret. Deletes the
    /// ImagePullSecrets of the case, but keeps its namespaces.
    ~fixture();
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;

    /// A name that no other case uses.
    std::string fresh_name();

    /// Creates a namespace with a new name and waits for its default account.
    std::string make_namespace(std::map<std::string, std::string> const& labels = {});
    std::vector<std::string> make_namespaces(std::size_t count);

    /// Creates a namespace with a name from `fresh_name` and waits for its default account.
    void make_namespace_called(std::string const& name);

    /// Creates an ImagePullSecret. If `cr` has no name, it gets a new one.
    spec make(spec cr);

    /// Creates an ImagePullSecret for these namespaces and waits until they are served.
    spec serve(std::vector<std::string> const& where);

    void drop(spec const& cr);
    void edit(spec const& cr, std::string const& spec_change);

    std::vector<std::string> references(std::string const& ns, std::string const& account = "default");
    std::optional<json::object> secret(std::string const& ns, spec const& cr);

    /// Whether the namespace has the Secret of `cr`, and every matching account refers to it exactly once.
    verdict served(std::string const& ns, spec const& cr);

    /// Whether the namespace contains no Secret of `cr` and no reference to it.
    verdict unserved(std::string const& ns, spec const& cr);

    /// Whether the status of `cr` reports these numbers of Secrets and accounts, both as desired and as
    /// successful.
    verdict counts(spec const& cr, std::int64_t secrets, std::int64_t accounts);

    sandbox& control_plane;
    cluster& api;
    audit_log& audit;
    controller_process& controller;

private:
    explicit fixture(bool has_controller);
    void create_namespace(std::string const& name, std::map<std::string, std::string> const& labels);

    bool has_controller_;
    std::string case_name_;
    std::vector<std::string> created_;
};

/// Joins the names with commas, as `spec.namespaces` needs them.
std::string list_of(std::vector<std::string> const& names);

}  // namespace tcr::test
