#pragma once

// All ImagePullSecrets in memory, with what is derived from each, and their reflector.

#include <tcr/controller/coverage.hpp>
#include <tcr/controller/credential_source.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/name_matcher.hpp>
#include <tcr/controller/pull_secret.hpp>
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

/// One ImagePullSecret with what is derived from it: scope, matcher of accounts, credential, pull Secret.
struct catalog_entry
{
    /// Uses the password written in the object, if there is one.
    explicit catalog_entry(image_pull_secret object);

    /// Uses the login in `resolved`. If that has none, `last` stays in use: the previous login for the same
    /// server.
    catalog_entry(
        image_pull_secret object,
        credentials::resolution resolved,
        std::optional<credentials::login> const& last = std::nullopt
    );

    /// Whether the spec is usable and there is a credential. For an invalid ImagePullSecret, such as one
    /// stored before the CRD had a rule, nothing is written and nothing removed.
    bool is_valid() const { return problem().empty(); }

    /// Why it is not valid; empty if it is valid.
    std::string_view problem() const;

    image_pull_secret cr;
    std::shared_ptr<namespace_scope const> scope;  ///< never null; shared with scope walks
    name_matcher accounts;

    /// The login in use. None if no login could be resolved and there is no previous one to keep.
    std::optional<credentials::login> credential;

    /// Why the last resolution failed: a CamelCase word and a sentence. Empty: it succeeded.
    std::string credential_reason;
    std::string credential_problem;

    pull_secret secret;

    /// Fingerprints of the pull Secret before its last changes, oldest first.
    std::vector<std::uint64_t> former_fingerprints;

    static constexpr std::size_t max_former_fingerprints = 8;
};

/// What changed in an ImagePullSecret.
enum class catalog_change
{
    spec,   ///< it is new, or its spec, UID or generation changed
    status  ///< only the status changed
};

/// All ImagePullSecrets, by name. They are few and kept whole, unlike the objects of the cluster store.
class catalog
{
public:
    /// Finds the login for a spec.
    using resolver = std::function<credentials::resolution(image_pull_secret_spec const&)>;

    /// The default resolver finds only passwords written in the ImagePullSecrets.
    explicit catalog(resolver resolve = literal_login) : resolve_(std::move(resolve)) {}

    using entries = std::map<std::string, catalog_entry, std::less<>>;
    using iterator = entries::const_iterator;

    iterator begin() const { return entries_.begin(); }
    iterator end() const { return entries_.end(); }
    std::size_t size() const { return entries_.size(); }

    /// The ImagePullSecret of that name, or null.
    catalog_entry const* find(std::string_view cr_name) const;

    /// The ImagePullSecret whose pull Secret has that name, or null.
    catalog_entry const* find_by_secret(std::string_view name) const;

    /// Adds or replaces an ImagePullSecret. \return what changed, or nothing.
    std::optional<catalog_change> put(image_pull_secret const& cr);

    /// Resolves all credentials again. \return the ImagePullSecrets whose credential, or the reason for
    /// lacking one, changed.
    std::vector<std::string> refresh();

    /// Stores a status that was just written, before the watch reports it.
    void set_status(std::string_view cr_name, image_pull_secret_status const& status);

    /// Removes an ImagePullSecret. \return whether it was there.
    bool drop(std::string_view cr_name);

private:
    void replace(catalog_entry& before, image_pull_secret const& cr);

    resolver resolve_;
    entries entries_;
};

/// Applies lists and watch events of ImagePullSecrets to the catalog.
class catalog_reflector final : public kube::table_reader<image_pull_secret_values, runtime::reflector>
{
public:
    struct listeners
    {
        /// An ImagePullSecret appeared, changed or was deleted. `before` is its previous scope, or null.
        std::function<void(std::string const& name, std::shared_ptr<namespace_scope const> before)> on_spec =
            [](auto const&, auto const&) {};

        /// Only the status of one changed.
        std::function<void()> on_status = [] {};

        /// A list lacks ImagePullSecrets of which no DELETED event was seen: see `missing`.
        std::function<void()> on_missing = [] {};
    };

    catalog_reflector(catalog& entries, listeners to_call)
        : table_reader(image_pull_secret_fields()), catalog_(entries), listeners_(std::move(to_call))
    {
    }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// An ImagePullSecret that cannot be read stays in use as it was last read. One that was never read is
    /// added with an empty spec, which is invalid: nothing is written for it and nothing removed.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;

    void begin_list() override { listed_.clear(); }
    void end_list(std::uint64_t resource_version) override;

    /// Names that the last list lacks. They stay in use until a consistent read confirms that they are
    /// deleted, because removing them takes credentials away.
    std::set<std::string> const& missing() const { return missing_; }

    /// A consistent read found a missing ImagePullSecret, or confirmed that it is deleted. A deleted one is
    /// dropped, unless it was seen again meanwhile.
    void resolve_missing(std::string const& cr_name, bool is_deleted);

private:
    void drop(std::string const& cr_name);

    catalog& catalog_;
    listeners listeners_;
    std::set<std::string> listed_;
    std::set<std::string> missing_;
};

}  // namespace tcr::controller
