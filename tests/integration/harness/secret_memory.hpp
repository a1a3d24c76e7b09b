#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::test
{

/// Remembers a text that nothing but a Secret or a spec may ever show: a password, a token. Texts of less than eight
/// bytes are refused by an exception: they would be found by chance.
void remember_secret(std::string const& text);

/// A service account's token; its signature counts as a secret of its own.
void remember_token(std::string const& token);

/// The token in a file; a file that is not there or empty is no failure.
void remember_token_in(std::filesystem::path const& file);

/// What of it is found in `text`, plainly or in base64 wherever it stands there; a sentence each, that names the
/// secret by its first letters only.
std::vector<std::string> leaks_in(std::string_view text);

/// Reports on standard error each secret in `text`, which was found at `where`, or that the search failed.
/// `leaks_were_found` says so from then on: the search may come when no check can fail a case any more.
void must_be_clean(std::string const& where, std::string_view text) noexcept;

/// Whether a password of a test or a token stood in anything that was searched: `main` fails the program then.
bool leaks_were_found();

/// How many secrets are remembered.
std::size_t secrets_known();

}  // namespace tcr::test
