// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::test
{

/// Remembers a text, such as a password or token, that must occur only in a Secret or a spec. Throws for
/// texts of less than eight bytes, which could occur by chance.
void remember_secret(std::string const& text);

/// Remembers a service account's token, and its signature as a second secret.
void remember_token(std::string const& token);

/// Remembers the token in a file. A missing or empty file is not a failure.
void remember_token_in(std::filesystem::path const& file);

/// Searches `text` for the remembered secrets: plain, in base64 at any offset, as JSON and percent-encoded.
/// \return one sentence per place, which contains only the secret's first letters
std::vector<std::string> leaks_in(std::string_view text);

/// Searches `text`, which comes from `where`. Reports each secret and a failed search on standard error. From
/// then on `leaks_were_found` is true, because a search may run after the last case, when no check can fail a
/// case any more.
void must_be_clean(std::string const& where, std::string_view text) noexcept;

/// Whether any search found a secret or failed. `main` then fails the program.
bool leaks_were_found();

/// The number of remembered secrets.
std::size_t secrets_known();

}  // namespace tcr::test
