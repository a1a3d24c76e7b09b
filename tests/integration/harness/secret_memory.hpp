#pragma once

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

/// What of it is found in `text`, plainly or in base64 wherever it stands there; a sentence each, that names the
/// secret by its first letters only.
std::vector<std::string> leaks_in(std::string_view text);

/// How many secrets are remembered.
std::size_t secrets_known();

}  // namespace tcr::test
