// SPDX-License-Identifier: Apache-2.0
#pragma once

// Remembers which references the controller removed lately.

#include <tcr/util/recent_hashes.hpp>
#include <tcr/util/sip_hash.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// A reference in an account, and a version of the spec: `removed_references::note` takes the version that
/// caused the removal, and the other functions take the present version.
struct reference_key
{
    std::string_view ns;
    std::string_view account;
    std::string_view secret;
    std::uint64_t spec_version = 0;  ///< `catalog::spec_version` of the Secret
};

/// The references that the controller removed lately, each with the version of the spec at that time. If
/// another client writes such a reference again, the reference belongs to that client and stays until the
/// spec has another version. Without this rule, the controller and a tool that applies accounts from git
/// would undo each other's writes endlessly.
///
/// The controller must remember its removals itself: imagePullSecrets is atomic, so the API server does not
/// record which client wrote an entry.
///
/// Bounded: holds thousands of references. If a reference was forgotten and another client writes it again,
/// the controller removes it once more.
class removed_references
{
public:
    bool contains(reference_key const& key) const { return removed_.contains(hash_of(key)); }
    void note(reference_key const& key) { removed_.note(hash_of(key)); }

    /// Call it when the reference is desired again. When it is no longer desired later, the controller
    /// removes it again.
    void forget(reference_key const& key)
    {
        auto const hash = hash_of(key);
        removed_.forget(hash);
        kept_.forget(hash);
    }

    /// Records that another client wrote the removed reference again, so the reference stays. Also renews the
    /// record of the removal, because old records are forgotten first.
    /// \return whether this call is the first for the reference.
    bool note_kept(reference_key const& key)
    {
        auto const hash = hash_of(key);
        bool const is_new = !kept_.contains(hash);
        kept_.note(hash);
        removed_.note(hash);
        return is_new;
    }

    /// Whether no removal was recorded yet.
    bool is_unused() const { return removed_.is_unused(); }

private:
    static constexpr std::size_t max_size = 16'384;  ///< 128 KiB for each set

    static std::uint64_t hash_of(reference_key const& key)
    {
        std::string text;
        for (auto const part : {key.ns, key.account, key.secret})
            text.append(part).append(1, '\0');
        text += std::to_string(key.spec_version);
        return sip_hash(process_sip_key(), text);
    }

    recent_hashes removed_{max_size};
    recent_hashes kept_{max_size};
};

}  // namespace tcr::controller
