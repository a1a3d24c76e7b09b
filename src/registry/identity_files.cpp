// SPDX-License-Identifier: Apache-2.0
#include "identity_files.hpp"

#include "answer_values.hpp"
#include <tcr/registry/errc.hpp>
#include <tcr/util/file_stamp.hpp>
#include <tcr/util/small_file.hpp>
#include <tcr/util/strings.hpp>

#include <boost/system/errc.hpp>

#include <array>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace fs = std::filesystem;

error bad(std::string text)
{
    return error(errc::bad_identity, std::move(text));
}

/// Removes blanks at both ends of a text. \par Errors if the rest is empty or cannot be part of a header
/// line.
result<std::string> usable_part(std::string const& name, std::string_view text)
{
    auto const part = trim(text);
    if (part.empty())
        return bad(name + " is empty");
    if (!is_credential(part))
        return bad(name + " contains a blank, a line break or a byte outside ASCII");
    return std::string(part);
}

/// The text of a file without blanks at both ends; nullopt if the file does not exist.
result<std::optional<std::string>> read_part(fs::path const& path, std::string const& name)
{
    auto const text = read_small_file(path, name);
    if (!text && text.error().code == boost::system::errc::no_such_file_or_directory)
        return std::optional<std::string>();
    if (!text)
        return bad(text.error().detail);
    auto part = usable_part(name, *text);
    if (!part)
        return part.error();
    return std::optional(std::move(*part));
}

/// Reads the three files of a folder. If the files change between two reads, the keys may not fit together.
result<std::optional<cloud_keys>> read_folder(fs::path const& folder)
{
    std::array<std::optional<std::string>, 3> parts;
    constexpr std::array<char const*, 3> names{"secretId", "secretKey", "token"};
    for (std::size_t i = 0; i < names.size(); ++i)
    {
        auto part = read_part(folder / names[i], "the file " + (folder / names[i]).string());
        // An empty file "token" is allowed: a Secret for permanent keys may contain it.
        if (!part && i == 2 && stamp_of(folder / names[i]).size == 0)
            part = std::optional<std::string>();
        if (!part)
            return part.error();
        parts[i] = std::move(*part);
    }
    if (!parts[0] && !parts[1])
        return std::optional<cloud_keys>();
    for (std::size_t i = 0; i < 2; ++i)
        if (!parts[i])
            return bad(
                "the folder " + folder.string() + " contains " + names[1 - i] + " but not " + names[i]
            );
    return std::optional(cloud_keys{*parts[0], *parts[1], parts[2].value_or(std::string()), {}});
}

/// Reads a variable that must be set and not empty. If the variable is not set, the error names `since` as
/// the reason why it must be set.
result<std::string> required(identity_sources const& sources, std::string const& name, std::string_view since)
{
    auto const text = sources.variable(name);
    if (!text)
        return bad(name + " is not set, but " + std::string(since));
    return usable_part(name, *text);
}

}  // namespace

result<std::optional<cloud_keys>> keys_in_folder(fs::path const& folder)
{
    if (folder.empty())
        return std::optional<cloud_keys>();
    // kubelet replaces all files of a Secret at once, possibly between two of our reads. The cloud would
    // refuse an old id with a new key as a wrong key. So read again if the files changed meanwhile.
    auto before = stamp_of(folder / "secretId");
    for (int i = 0;; ++i)
    {
        auto keys = read_folder(folder);
        auto const after = stamp_of(folder / "secretId");
        if (after == before || i == 2)
            return keys;
        before = after;
    }
}

result<std::optional<cloud_keys>> keys_in_variables(identity_sources const& sources)
{
    std::string const id = "TENCENTCLOUD_SECRET_ID";
    std::string const key = "TENCENTCLOUD_SECRET_KEY";
    if (!sources.variable(id) && !sources.variable(key))
        return std::optional<cloud_keys>();
    auto found_id = required(sources, id, key + " is");
    if (!found_id)
        return found_id.error();
    auto found_key = required(sources, key, id + " is");
    if (!found_key)
        return found_key.error();
    cloud_keys keys{*found_id, *found_key, {}, {}};
    // Tools use different names for this variable. An empty value is allowed: a chart may always set the
    // variable.
    for (std::string const name : {"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"})
    {
        auto const text = sources.variable(name);
        if (!text || trim(*text).empty())
            continue;
        auto token = usable_part(name, *text);
        if (!token)
            return token.error();
        keys.token = std::move(*token);
        break;
    }
    return std::optional(std::move(keys));
}

result<std::optional<pod_identity>> pod_identity_in(identity_sources const& sources)
{
    constexpr std::array<char const*, 4> names{
        "TKE_PROVIDER_ID", "TKE_ROLE_ARN", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_REGION"};
    std::string set;
    // TKE_REGION alone does not mean that the pod has an identity.
    for (std::size_t i = 0; i < 3 && set.empty(); ++i)
        if (sources.variable(names[i]))
            set = names[i];
    if (set.empty())
        return std::optional<pod_identity>();
    std::array<std::string, 4> values;
    for (std::size_t i = 0; i < names.size(); ++i)
    {
        auto value = required(sources, names[i], set + " is");
        if (!value)
            return value.error();
        values[i] = std::move(*value);
    }
    auto const name = "the file of TKE_WEB_IDENTITY_TOKEN_FILE, " + values[2] + ",";
    auto token = read_part(values[2], name);
    if (!token)
        return token.error();
    if (!*token)
        return bad(name + " does not exist");
    return std::optional(pod_identity{values[3], values[0], values[1], **token});
}

}  // namespace tcr::registry
