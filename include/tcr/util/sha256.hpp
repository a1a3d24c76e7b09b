// SPDX-License-Identifier: Apache-2.0
#pragma once

// SHA-256 digests.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace tcr
{

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces. One object can hash many messages, one after another.
class sha256
{
public:
    using digest = std::array<std::uint8_t, 32>;

    sha256();

    /// Adds bytes to the current message.
    void update(std::string_view bytes);

    /// Returns the digest of the current message and starts a new, empty message.
    digest finish();

private:
    struct free_context
    {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

/// The digest of one text.
sha256::digest sha256_of(std::string_view text);

/// Returns the first eight bytes of a digest as a number, which is compact and long enough to distinguish
/// contents.
std::uint64_t prefix64(sha256::digest const& digest);

/// Lower-case hexadecimal of the first `bytes` bytes of a digest.
std::string hex(sha256::digest const& digest, std::size_t bytes = 32);

}  // namespace tcr
