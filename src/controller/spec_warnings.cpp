// SPDX-License-Identifier: Apache-2.0
#include "overlap.hpp"
#include "registry_server.hpp"
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/credentials/password_text.hpp>
#include <tcr/kube/docker_config.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::controller
{
namespace
{

constexpr std::size_t max_warnings = 10;
constexpr std::size_t max_warning_bytes = 256;

/// Max comparisons with a namespace in one call of `spec_warnings`. They take about 10 ms.
constexpr std::size_t max_compared = 50'000;

/// This many comparisons of two registry keys take as long as one comparison with a namespace.
constexpr std::size_t keys_per_namespace = 8;

/// Max overlaps that get their own warning. Further overlaps get one common warning without their number,
/// because counting them could take too long.
constexpr std::size_t max_overlaps = 6;

std::string describe(shared_scope const& shared)
{
    std::string text = "any namespace that both select";
    if (!shared.is_everywhere)
        text =
            (shared.namespaces.count() == 1 ? "namespace " : "namespaces ") + shared.namespaces.text(false);
    if (!shared.is_every_account)
        text += (shared.accounts.count() == 1 ? " for ServiceAccount " : " for ServiceAccounts ") +
                shared.accounts.text(false);
    return text;
}

/// Describes the server of the other ImagePullSecret in an overlap. `relation` is the relation of the checked
/// ImagePullSecret's key to `server`.
std::string describe(std::string const& server, key_relation relation)
{
    if (relation == key_relation::same)
        return "the same server";
    if (relation == key_relation::before || relation == key_relation::after)
        return in_quotes(server) + ", which matches the same images,";
    return in_quotes(server);
}

/// What kubelet does in a pod that gets both credentials.
char const* describe(key_relation relation)
{
    switch (relation)
    {
        case key_relation::before:
            return "; kubelet tries this server first";
        case key_relation::after:
            return "; kubelet tries that server first";
        case key_relation::hides:
            return "; kubelet does not use it beside \"docker.io\"";
        case key_relation::hidden:
            return "; kubelet does not use \"index.docker.io\" beside it";
        default:
            return "; kubelet tries both";
    }
}

class warning_collector
{
public:
    warning_collector(image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known)
        : entry_(others.entry_for(cr)), others_(others), known_(known)
    {
    }

    std::vector<std::string> run()
    {
        access();
        literal_password();
        docker_config_as_password();
        blanks_around_login();
        server();
        name_and_exclude();
        name_missing();
        name_accounts();
        overlaps();
        if (warnings_.size() > max_warnings)
            warnings_.resize(max_warnings);
        return std::move(warnings_);
    }

private:
    void add(std::string const& text)
    {
        constexpr std::size_t ellipsis = 3;
        warnings_.push_back(
            printable(text, text.size() > max_warning_bytes ? max_warning_bytes - ellipsis : text.size())
        );
    }

    void access()
    {
        if (!entry_.access_problem.empty())
            add("metadata.name: " + entry_.access_problem);
    }

    void literal_password()
    {
        // Do not warn about ImagePullSecrets that the controller made for an instance: their passwords come
        // from the instance file.
        if (!entry_.cr.spec.password.empty() && entry_.cr.instance.empty())
            add("spec.docker.password: readable by everyone who may read ImagePullSecrets; use "
                "passwordSecretRef or tcr instead");
    }

    /// Warns if the key is `.dockerconfigjson` or `.dockercfg`. Kubernetes' own tools use these keys only for
    /// docker configurations.
    void docker_config_as_password()
    {
        auto const& from = entry_.cr.spec.password_from;
        if (from && (from->key == kube::docker_config_key || from->key == kube::legacy_docker_config_key))
            add("spec.docker.passwordSecretRef.key: " + in_quotes(from->key) +
                " usually is a whole docker configuration, not a password; use docker.configSecretRef");
    }

    /// Warns if the user name or the password begins or ends with a blank. Registries do not ignore blanks.
    void blanks_around_login()
    {
        auto const& spec = entry_.cr.spec;
        auto const password = credentials::without_line_break(spec.password);
        for (auto const& [field, text] :
             {std::pair("username", std::string_view(spec.username)), std::pair("password", password)})
            if (trim(text) != text)
                add("spec.docker." + std::string(field) + ": begins or ends with a blank or a line break, " +
                    "which is sent to the registry");
    }

    void server()
    {
        for (auto const& warning : server_warnings(entry_.cr.spec.server))
            add("spec.docker.server: " + warning);
    }

    void name_and_exclude()
    {
        name_list both;
        for (auto const& name : entry_.cr.spec.excluded_namespaces)
            if (!entry_.scope->namespaces.matches_all() && entry_.scope->namespaces.matches(name))
                both.add(name);
        if (!both.empty())
            add("spec.excludedNamespaces: " + both.text(true) + (both.count() == 1 ? " is" : " are") +
                " also in spec.namespaces; excluded namespaces are not served");
    }

    void name_missing()
    {
        if (known_ == nullptr)
            return;
        name_list missing;
        for (auto const& name : entry_.scope->namespaces.names())
        {
            auto const found = known_->find_namespace(name);
            bool const exists = found && known_->view(*found).exists;
            if (!exists && entry_.scope->names(name))
                missing.add(name);
        }
        if (!missing.empty())
            add("spec.namespaces: " + missing.text(true) + (missing.count() == 1 ? " does" : " do") +
                " not exist yet; each is served once it is created");
    }

    void name_accounts()
    {
        if (!entry_.cr.spec.manages_references() && !entry_.accounts.matches_all())
            add("spec.serviceAccounts: has no effect, because spec.references is secretsOnly");
    }

    void overlaps()
    {
        std::size_t reported = 0;
        std::size_t compared = 0;
        auto const keys = registry_keys(entry_);
        for (auto const& [name, other] : others_)
        {
            if (name == entry_.cr.name)
                continue;
            auto const other_keys = registry_keys(other);
            compared += keys.size() * other_keys.size() / keys_per_namespace;
            auto const related = find_related_key(keys, other_keys);
            if (related.relation == key_relation::apart)
                continue;
            // Limit the comparisons, because a caller waits. Selectors are compared with every namespace.
            bool const has_selectors = entry_.scope->has_selector() || other.scope->has_selector();
            compared += known_ != nullptr && has_selectors ? known_->namespaces() : 0;
            if (compared > max_compared)
                return;
            auto const shared = overlap(entry_, other, known_);
            if (!shared)
                continue;
            if (++reported > max_overlaps)
                return add(
                    "spec: further ImagePullSecrets have a credential for the same images and some of the "
                    "same accounts"
                );
            add("spec: ImagePullSecret " + in_quotes(name) + " has a credential for " +
                describe(related.key, related.relation) + " in " + describe(*shared) +
                describe(related.relation));
        }
    }

    catalog_entry entry_;
    catalog const& others_;
    runtime::cluster_store const* known_;
    std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> spec_warnings(
    image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known
)
{
    return warning_collector(cr, others, known).run();
}

}  // namespace tcr::controller
