// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the parts of `explain` share: the list of findings, and why ImagePullSecrets do not serve accounts.

#include <tcr/commands/finding.hpp>
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/catalog.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::commands
{

struct finding_list
{
    using level = finding::level;

    void add(level what, std::string text, std::string advice = {})
    {
        all.push_back({what, std::move(text), std::move(advice)});
    }
    void good(std::string text) { add(level::ok, std::move(text)); }
    void fact(std::string text, std::string advice = {})
    {
        add(level::info, std::move(text), std::move(advice));
    }
    void problem(std::string text, std::string advice = {})
    {
        add(level::problem, std::move(text), std::move(advice));
    }

    std::vector<finding> all;
};

/// The first `max` names, separated by commas, then the number of the other names.
std::string joined(std::vector<std::string> const& names, std::size_t max = SIZE_MAX);

bool contains(std::vector<std::string> const& list, std::string const& what);

/// Why the ImagePullSecret is not usable; empty if it is usable. If the spec refers to a credential, only the
/// condition Ready in the status shows whether that credential exists. Such an ImagePullSecret counts as
/// usable also if this condition is missing or has the reason Converging.
std::string problem_of(controller::catalog_entry const& entry);

/// Whether an ImagePullSecret serves an account, and why not.
struct service
{
    /// Also `unusable` if the spec refers to a credential, because `explain` does not read it. If `why_not`
    /// is empty, the account is served nevertheless.
    controller::coverage coverage;
    std::string why_not;  ///< empty: the ImagePullSecret serves the account

    bool is_given() const { return why_not.empty(); }
};

/// First compares the spec with the namespace. If the spec selects the namespace, checks the account and
/// whether the ImagePullSecret is usable. With spec.references=secretsOnly, an account counts as selected if
/// it, or the pod in `facts`, references the pull Secret.
service service_of(
    controller::catalog_entry const& entry, namespace_facts const& facts, std::string_view account
);

/// Whether the ImagePullSecret distributes a login for images of a repository.
/// \param repository as `kube::repository_of` returns it
bool is_for(
    controller::catalog_entry const& entry, namespace_facts const& facts, std::string_view repository
);

/// Advice about a Secret or a reference that is missing although the ImagePullSecret asks for it. `full_name`
/// is "namespace/name" of the Secret or, for a reference, of the account. Returns the first of these that
/// applies:
/// - the entry about `full_name` in `failed`, a list of the status
/// - the reason why the ImagePullSecret is not ready
/// - the advice to check the controller
std::string advice_about_missing(
    controller::catalog_entry const& entry,
    std::vector<controller::status_entry> const& failed,
    std::string const& full_name
);

}  // namespace tcr::commands
