#pragma once

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

/// One ImagePullSecret, made ready for use.
struct catalog_entry
{
    /// With the password that stands in the object, if one does.
    explicit catalog_entry(image_pull_secret object);

    /// With what was found for it. Where nothing was, `last` goes on being used: the last login for the same
    /// server.
    catalog_entry(
        image_pull_secret object,
        credentials::resolution resolved,
        std::optional<credentials::login> const& last = std::nullopt
    );

    /// Whether the ImagePullSecret says enough to act on. The CRD refuses others; one stored before a rule
    /// came is left as it is: nothing is written for it and nothing removed.
    bool is_valid() const { return problem().empty(); }

    /// Why it is not valid; empty where it is.
    std::string_view problem() const;

    image_pull_secret cr;
    std::shared_ptr<namespace_scope const> scope;  ///< never null; shared with who still has to look at its namespaces
    name_matcher accounts;

    /// In use; none: there has not been one yet.
    std::optional<credentials::login> credential;

    /// Why there is none, or no other than the last one; empty: all is well.
    std::string credential_reason;
    std::string credential_problem;

    pull_secret secret;

    /// Of the Secret that the CR wanted before its last few edits, oldest first.
    std::vector<std::uint64_t> former_fingerprints;

    static constexpr std::size_t most_former = 8;
};

/// What a change of an ImagePullSecret means for others.
enum class catalog_change
{
    spec,   ///< what its namespaces should have is different, or which they are
    status  ///< only the status is different
};

/// All ImagePullSecrets, by name. Few and whole, unlike the objects of the cluster store.
class catalog
{
public:
    /// Finds the login that a spec means.
    using resolver = std::function<credentials::resolution(image_pull_secret_spec const&)>;

    /// Without a resolver there are only passwords that stand in the CRs.
    explicit catalog(resolver resolve = literal_login) : resolve_(std::move(resolve)) {}

    using entries = std::map<std::string, catalog_entry, std::less<>>;
    using iterator = entries::const_iterator;

    iterator begin() const { return entries_.begin(); }
    iterator end() const { return entries_.end(); }
    std::size_t size() const { return entries_.size(); }

    /// The CR of that name, or null.
    catalog_entry const* find(std::string_view cr_name) const;

    /// The CR whose Secret has that name, or null.
    catalog_entry const* find_by_secret(std::string_view name) const;

    /// Adds or replaces. \return what is different, or nothing.
    std::optional<catalog_change> put(image_pull_secret const& cr);

    /// Resolves all credentials again. \return the ImagePullSecrets whose credential, or the reason for
    /// lacking one, changed.
    std::vector<std::string> refresh();

    /// Takes over a status that was just written, before the watch reports it.
    void set_status(std::string_view cr_name, image_pull_secret_status const& status);

    /// \return whether there was one.
    bool drop(std::string_view cr_name);

private:
    void replace(catalog_entry& before, image_pull_secret const& cr);

    resolver resolve_;
    entries entries_;
};

/// Keeps the catalog in step with the API server.
class catalog_reflector final : public kube::table_reader<image_pull_secret_values, runtime::reflector>
{
public:
    struct listeners
    {
        /// An ImagePullSecret appeared, changed or was deleted. `before` is the scope it had, or null.
        std::function<void(std::string const& name, std::shared_ptr<namespace_scope const> before)> on_spec;

        /// Only its status changed.
        std::function<void(std::string const& name)> on_status;

        /// ImagePullSecrets are missing from a list, and no DELETED event was seen: see `drop_missing`.
        std::function<void()> on_missing;
    };

    catalog_reflector(catalog& entries, listeners told)
        : table_reader(image_pull_secret_fields()), catalog_(entries), told_(std::move(told))
    {
    }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// It stays in use as it was last read. One that was never read is known by name, and invalid: nothing is
    /// written for it and nothing removed.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;

    void begin_list() override { listed_.clear(); }
    void end_list(std::uint64_t resource_version) override;

    /// Missing from the last list and not confirmed: they stay in use until a read of that one object
    /// confirms that it is gone, because removal takes credentials away (spec 12a).
    std::set<std::string> const& missing() const { return missing_; }

    /// A read confirmed that it is gone. Does nothing when it was seen again meanwhile.
    void drop_missing(std::string const& cr_name);

    /// A read found it after all.
    void keep_missing(std::string const& cr_name) { missing_.erase(cr_name); }

private:
    void drop(std::string const& cr_name);

    catalog& catalog_;
    listeners told_;
    std::set<std::string> listed_;
    std::set<std::string> missing_;
};

}  // namespace tcr::controller
