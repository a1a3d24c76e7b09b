// SPDX-License-Identifier: Apache-2.0
#include "secret_memory.hpp"

#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

namespace tcr::test
{
namespace
{

constexpr std::size_t shortest = 8;

/// The searched forms of a secret, each with its description.
using forms = std::map<std::string, std::string>;

std::mutex guard;  // background threads create specs, too
std::map<std::string, forms> known;
std::atomic<bool> leaks_found = false;

/// Encodes a secret that follows `before` (0 to 2) other bytes. \return only the characters that do not
/// depend on the bytes around the secret
std::string base64_at(std::string const& text, std::size_t before)
{
    auto const letters = base64_encode(std::string(before, '\0') + text);
    auto const first = (before * 8 + 5) / 6;
    auto const last = (before + text.size()) * 8 / 6;
    return letters.substr(first, last - first);
}

forms forms_of(std::string const& text)
{
    forms all;
    for (std::size_t before = 0; before < 3; ++before)
        all[base64_at(text, before)] = "in base64";
    auto const escaped = boost::json::serialize(boost::json::string(text));
    all[escaped.substr(1, escaped.size() - 2)] = "as JSON";
    all[url_encode(text)] = "percent-encoded";
    all[text] = "plainly";
    return all;
}

}  // namespace

void remember_secret(std::string const& text)
{
    if (text.size() < shortest)
        throw std::invalid_argument("'" + text + "' is too short: it could occur by chance");
    std::scoped_lock const lock(guard);
    if (!known.contains(text))
        known[text] = forms_of(text);
}

void remember_token(std::string const& token)
{
    remember_secret(token);
    remember_secret(token.substr(token.rfind('.') + 1));
}

void remember_token_in(std::filesystem::path const& file)
{
    std::ifstream in(file);
    std::string token;
    if (in >> token)
        remember_token(token);
}

std::vector<std::string> leaks_in(std::string_view text)
{
    std::scoped_lock const lock(guard);
    std::vector<std::string> found;
    for (auto const& [secret, all] : known)
        for (auto const& [form, words] : all)
            if (auto const where = text.find(form); where != std::string_view::npos)
                found.push_back(
                    "a secret that begins with '" + secret.substr(0, 6) + "' is present " + words +
                    ", at byte " + std::to_string(where)
                );
    return found;
}

void must_be_clean(std::string const& where, std::string_view text) noexcept
{
    try
    {
        for (auto const& leak : leaks_in(text))
        {
            leaks_found = true;
            std::cerr << "LEAK in " << where << ": " << leak << '\n';
        }
    }
    catch (std::exception const& e)
    {
        leaks_found = true;
        std::cerr << "LEAK? Cannot search " << where << ": " << e.what() << '\n';
    }
}

bool leaks_were_found()
{
    return leaks_found;
}

std::size_t secrets_known()
{
    std::scoped_lock const lock(guard);
    return known.size();
}

}  // namespace tcr::test
