#pragma once

// Remembers which references the controller removed lately.

#include <tcr/util/recent_hashes.hpp>
#include <tcr/util/sip_hash.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// A reference in an account, and the spec by which the controller decided about it.
struct reference_key
{
    std::string_view ns;
    std::string_view account;
    std::string_view secret;
    std::uint64_t spec_version = 0;  ///< `catalog::spec_version` of the Secret
};

/// The references that the controller removed lately, by the spec at that time. If another client writes such
/// a reference again, the reference belongs to that client and stays. Without this rule, the controller and a
/// tool that applies accounts from git would undo each other's writes for ever: imagePullSecrets is atomic, so
/// the API server does not record which client wrote an entry.
///
/// Bounded: a forgotten reference is removed once more.
class removed_references
{
public:
    bool contains(reference_key const& key) const { return hashes_.contains(hash_of(key, removed)); }
    void note(reference_key const& key) { hashes_.note(hash_of(key, removed)); }

    /// Call it when the controller adds the reference: it may then remove the reference again.
    void forget(reference_key const& key) { hashes_.forget(hash_of(key, removed)); }

    /// Records that the reference stays. \return whether this was not recorded yet.
    bool note_kept(reference_key const& key)
    {
        auto const hash = hash_of(key, kept);
        bool const is_new = !hashes_.contains(hash);
        hashes_.note(hash);
        return is_new;
    }

    /// Whether nothing was noted yet.
    bool is_unused() const { return hashes_.is_unused(); }

private:
    static constexpr std::string_view removed = "removed";
    static constexpr std::string_view kept = "kept";

    static std::uint64_t hash_of(reference_key const& key, std::string_view what)
    {
        std::string text;
        for (auto const part : {key.ns, key.account, key.secret, what})
            text.append(part).append(1, '\0');
        text += std::to_string(key.spec_version);
        return sip_hash(process_sip_key(), text);
    }

    recent_hashes hashes_;
};

}  // namespace tcr::controller
