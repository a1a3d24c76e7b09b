// SPDX-License-Identifier: Apache-2.0
#pragma once

// The catalog: all ImagePullSecrets in memory, with the data derived from them, and their reflector.

#include <tcr/controller/coverage.hpp>
#include <tcr/controller/credential_source.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/name_matcher.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/secret_access.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// One ImagePullSecret, and the data derived from it.
struct catalog_entry
{
    /// Makes an entry with the credential that `literal_credential` finds in the spec, if any.
    explicit catalog_entry(image_pull_secret object);

    /// Makes an entry with the credential in `resolved`. If `resolved` has none, the entry gets `last`, the
    /// previous credential for the same server.
    catalog_entry(
        image_pull_secret object,
        credentials::resolution resolved,
        std::optional<credentials::credential> const& last = std::nullopt
    );

    /// Whether the ImagePullSecret meets all these conditions:
    /// - The spec is usable. A spec is unusable if the ImagePullSecret could never be read, or if the spec
    ///   breaks a rule that was added to the CRD later.
    /// - There is a credential.
    /// - The controller may access the pull Secret.
    /// - No deletion with --cascade=orphan is under way.
    ///
    /// The controller neither writes nor removes the Secrets of an invalid ImagePullSecret, nor references to
    /// them.
    bool is_valid() const { return problem().empty(); }

    /// Why the ImagePullSecret is not valid; empty if it is valid.
    std::string_view problem() const;

    /// Whether accounts with this name get a reference, in the namespaces that the spec selects.
    bool refers_from(std::string_view account) const
    {
        return cr.spec.manages_references() && accounts.matches(account);
    }

    /// Whether `refers_from` is the same for all accounts.
    bool treats_accounts_alike() const { return !cr.spec.manages_references() || accounts.matches_all(); }

    image_pull_secret cr;
    std::shared_ptr<namespace_scope const> scope;  ///< never null; shared with scope walks
    name_matcher accounts;

    /// The credential in use: the resolved one, or the previous one; nullopt if there is neither.
    std::optional<credentials::credential> credential;

    // Why the last resolution failed: a CamelCase word and a sentence. Both are empty after a success.
    std::string credential_reason;
    std::string credential_problem;

    pull_secret secret;

    /// Why the controller may not access the pull Secret, see `secret_access::problem_of`; empty if it may.
    std::string access_problem = {};

    /// Earlier fingerprints of the pull Secret, oldest first.
    std::vector<std::uint64_t> former_fingerprints;

    static constexpr std::size_t max_former_fingerprints = 8;

    std::uint64_t spec_version = 0;  ///< see `catalog::spec_version`
};

/// What changed in an ImagePullSecret.
enum class catalog_change
{
    spec,   ///< the ImagePullSecret is new, or its spec, UID, generation or `keeps_secrets` changed
    status  ///< only the status changed
};

/// All ImagePullSecrets, by name. Each is stored whole, unlike objects in the cluster store, because there
/// are only a few.
class catalog
{
public:
    /// Finds the credential for a spec.
    using resolver = std::function<credentials::resolution(image_pull_secret_spec const&)>;

    /// The default resolver finds only passwords in specs.
    explicit catalog(resolver resolve = literal_credential) : resolve_(std::move(resolve)) {}

    using entries = std::map<std::string, catalog_entry, std::less<>>;
    using iterator = entries::const_iterator;

    iterator begin() const { return entries_.begin(); }
    iterator end() const { return entries_.end(); }
    std::size_t size() const { return entries_.size(); }

    /// The ImagePullSecret with this name, or null.
    catalog_entry const* find(std::string_view cr_name) const;

    /// The ImagePullSecret whose pull Secret has this name, or null.
    catalog_entry const* find_by_secret(std::string_view name) const;

    /// The entry that `put` would make if the ImagePullSecret were new. Ignores the credential of an earlier
    /// version, which `put` may keep. Does not change the catalog.
    catalog_entry entry_for(image_pull_secret const& cr) const;

    /// Adds or replaces an ImagePullSecret. \return what changed; nullopt if nothing did.
    std::optional<catalog_change> put(image_pull_secret const& cr);

    /// Resolves again all credentials that are stored outside the ImagePullSecrets. \return names of the
    /// ImagePullSecrets whose credential changed, or whose reason for having no current credential changed.
    std::vector<std::string> refresh();

    /// Sets which pull Secrets the controller may access. Before the first call, it may access all of them.
    /// \return the names of the ImagePullSecrets that gained or lost the access.
    std::vector<std::string> set_access(secret_access access);

    /// Names of the pull Secrets of all entries.
    controller::secret_names secret_names() const;

    /// The pull Secrets that the controller may access. The controller neither writes nor removes other pull
    /// Secrets, nor references to them.
    secret_access const& access() const { return access_; }

    /// Stores a status that was just written, before the watch reports it.
    void set_status(std::string_view cr_name, image_pull_secret_status const& status);

    /// Removes an ImagePullSecret. \return whether the catalog had it.
    bool drop(std::string_view cr_name);

    /// Whether the controller gave up the pull Secret with this name. If so, the Secret and the references to
    /// it belong to other clients. The controller gives up a Secret when its ImagePullSecret is deleted, in
    /// two cases: the deletion keeps the Secrets, or the ImagePullSecret did not manage references. If the
    /// ImagePullSecret is created again, the Secret is no longer given up.
    bool has_released(std::string_view secret) const { return released_.contains(secret); }

    /// Max number of names that `has_released` remembers. If a name is forgotten, the controller removes the
    /// Secrets with this name and the references to them, except foreign and unowned Secrets.
    static constexpr std::size_t max_released = 1'000;

    /// Version of the spec that decides about this pull Secret and the references to it. The catalog numbers
    /// the versions itself, so no version is used twice, not even after a restore of etcd.
    /// - If an ImagePullSecret has this pull Secret, each `catalog_change::spec` of this ImagePullSecret
    ///   gives a new version.
    /// - If no ImagePullSecret has this pull Secret, the deletion of any ImagePullSecret gives a new version.
    std::uint64_t spec_version(std::string_view secret) const;

private:
    void replace(catalog_entry& before, image_pull_secret const& cr);

    resolver resolve_;
    secret_access access_;
    entries entries_;
    std::set<std::string, std::less<>> released_;  ///< names of pull Secrets
    std::uint64_t changes_ = 0;
    std::uint64_t last_drop_ = 0;  ///< value of `changes_` at the last deletion
};

/// Applies lists and watch events of ImagePullSecrets to the catalog.
class catalog_reflector final : public kube::table_reader<image_pull_secret_values, runtime::reflector>
{
public:
    struct listeners
    {
        /// An ImagePullSecret appeared, changed or was deleted. `before` is its previous scope; null if it
        /// is new.
        std::function<void(std::string const& name, std::shared_ptr<namespace_scope const> before)> on_spec =
            [](auto const&, auto const&) {};

        /// Only the status of an ImagePullSecret changed.
        std::function<void()> on_status = [] {};

        /// A list lacks ImagePullSecrets that the catalog has: see `missing`.
        std::function<void()> on_missing = [] {};
    };

    catalog_reflector(catalog& entries, listeners to_call)
        : table_reader(image_pull_secret_fields()), catalog_(entries), listeners_(std::move(to_call))
    {
    }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// An unreadable ImagePullSecret stays in use as it was last read. If no object with its UID was read
    /// before, the catalog stores it with an empty spec. An empty spec is invalid, so the controller neither
    /// writes nor removes objects for it. If the object is being deleted, the catalog handles the deletion as
    /// for a readable object.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;

    void begin_list() override { listed_.clear(); }
    void end_list(std::uint64_t resource_version) override;

    /// Names of the ImagePullSecrets that the last list lacks. They stay in use until a consistent read
    /// confirms their deletion, because their removal takes credentials away.
    std::set<std::string> const& missing() const { return missing_; }

    /// Call this when a consistent read has found a missing ImagePullSecret, or confirmed its deletion.
    /// Drops a deleted ImagePullSecret, unless the watch has reported it again since.
    void resolve_missing(std::string const& cr_name, bool is_deleted);

private:
    void drop(std::string const& cr_name);

    catalog& catalog_;
    listeners listeners_;
    std::set<std::string> listed_;
    std::set<std::string> missing_;
};

}  // namespace tcr::controller
