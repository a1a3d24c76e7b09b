#pragma once

#include "audit_log.hpp"
#include "cluster.hpp"
#include "controller_process.hpp"
#include "eventually.hpp"
#include "objects.hpp"
#include "sandbox.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// The sandbox of a test program, its controller, and the ways to look at both.
struct environment
{
    explicit environment(std::string const& purpose);

    sandbox control_plane;
    cluster api;
    audit_log audit;
    controller_process controller;
};

/// Global fixture: makes the environment before the first case. After the last one it stops the controller, searches for
/// secrets whatever the controllers wrote (logs, Events, statuses) and takes the environment down.
/// `BOOST_TEST_GLOBAL_FIXTURE(environment_owner)` in each program that wants one.
struct environment_owner
{
    environment_owner();
    ~environment_owner();
    environment_owner(environment_owner const&) = delete;
    environment_owner& operator=(environment_owner const&) = delete;
};

/// Whether a controller did not stop in good order then, or a sanitizer's report is in a log: `main` fails the program.
bool environment_ended_badly();

/// For a case that runs controllers of its own.
struct without_controller_tag
{
};
inline constexpr without_controller_tag without_controller;

/// A case's own corner of the shared environment: names nobody else has, and a clean-up.
struct fixture
{
    /// The controller runs.
    fixture();

    /// The environment's controller does not run.
    explicit fixture(without_controller_tag);

    /// Takes down what was made through the fixture, and checks that the controller lives and shows no secret.
    ~fixture();
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;

    /// A name that no other case has.
    std::string fresh_name();

    /// Makes a namespace with a fresh name and waits for its default account.
    std::string make_namespace(std::map<std::string, std::string> const& labels = {});
    std::vector<std::string> make_namespaces(std::size_t count);

    /// The same with a name from `fresh_name`.
    void make_namespace_called(std::string const& name);

    /// Creates an ImagePullSecret; gives it a fresh name where it has none.
    spec make(spec cr);

    /// Creates one for these namespaces and waits until they are served.
    spec serve(std::vector<std::string> const& where);

    void drop(spec const& cr);
    void edit(spec const& cr, std::string const& spec_change);

    std::vector<std::string> references(std::string const& ns, std::string const& account = "default");
    std::optional<json::object> secret(std::string const& ns, spec const& cr);

    /// Whether the namespace has the Secret that `cr` wants, and every account that it matches names it once.
    verdict served(std::string const& ns, spec const& cr);

    /// Whether there is nothing of `cr` in the namespace.
    verdict unserved(std::string const& ns, spec const& cr);

    /// Whether the status of `cr` has these numbers: Secrets and accounts, desired and there.
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
    std::vector<std::string> made_crs_;
};

/// The names joined as `spec.namespaces` takes them.
std::string list_of(std::vector<std::string> const& names);

}  // namespace tcr::test
