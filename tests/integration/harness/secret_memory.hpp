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

/// The secrets that `text` contains, in plain text or in base64 at any offset: one sentence for each, with
/// the secret's first letters only.
std::vector<std::string> leaks_in(std::string_view text);

/// Reports each secret in `text`, which was found at `where`, on standard error, and also a failed search.
/// From then on `leaks_were_found` is true, because a search may run when no check can fail a case any more.
void must_be_clean(std::string const& where, std::string_view text) noexcept;

/// Whether any search found a test's password or token: `main` then fails the program.
bool leaks_were_found();

/// The number of remembered secrets.
std::size_t secrets_known();

}  // namespace tcr::test
