// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/yaml.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace tcr::hosts
{
namespace
{

namespace asio = boost::asio;

constexpr std::size_t max_problems = 20;
constexpr std::string_view shape = "write 'hosts:' and below it entries like '- {domain: NAME, ip: ADDRESS}'";

/// Returns a text such as "config /path, line 7".
std::string place(std::string const& name, std::size_t line)
{
    return name + ", line " + std::to_string(line);
}

error refuse(std::string const& where, std::string_view why)
{
    return error(kube::errc::bad_config, where + ": " + std::string(why));
}

std::string key_of(std::string const& line, std::string_view key)
{
    return line + ", key " + in_quotes(key.substr(0, key.find(": ")), '\'');
}

// --- one value

/// Why the text cannot be a domain in a hosts file; empty if it can.
std::string_view domain_problem(std::string const& text)
{
    if (text.find('/') != std::string::npos)
        return "is a URL or has a path; write the domain alone";
    if (text.find('*') != std::string::npos)
        return "has a wildcard, which hosts files do not support; write each name";
    boost::system::error_code no_address;
    asio::ip::make_address(text, no_address);
    if (!no_address)
        return "is an address; write a domain here and the address at the key 'ip'";
    if (text.find(':') != std::string::npos)
        return "has a port, which hosts files do not support; write the domain alone";
    if (text.ends_with('.'))
        return "ends with a dot; remove it";
    auto const labels = split_names(text, '.');
    if (std::any_of(labels.begin(), labels.end(), [](auto label) { return label.size() > 63; }))
        return "has a part of more than 63 characters; no such domain can exist";
    if (!kube::is_object_name(text))
        return "is not a domain; write letters, digits, inner dashes, and dots between the parts, at most "
               "253 characters";
    // Refuse a name such as "1.2.3": resolvers would treat it as an address.
    if (labels.back().find_first_not_of("0123456789") == std::string::npos)
        return "ends with a number, as addresses do; write a domain";
    if (text == "localhost" || text.ends_with(".localhost"))
        return "is the node itself (RFC 6761 section 6.3); nothing else may have that name";
    return {};
}

std::string_view address_problem(std::string const& text, asio::ip::address& address)
{
    boost::system::error_code ec;
    address = asio::ip::make_address(text, ec);
    if (ec)
        return "is not an IP address; write one such as 10.0.0.1 or 2001:db8::1";
    if (text.find('%') != std::string::npos)
        return "names an interface, which hosts files do not support; remove the '%' and the rest";
    bool const is_broadcast = address.is_v4() && address.to_v4() == asio::ip::address_v4::broadcast();
    if (address.is_unspecified() || address.is_multicast() || is_broadcast)
        return "is not the address of one machine; write that of the registry";
    return {};
}

// --- entries

/// An entry whose keys are being read.
struct reading
{
    std::optional<std::string> domain;
    std::optional<std::string> address;
    bool is_v6 = false;
    bool is_disabled = false;
};

class reader
{
public:
    explicit reader(std::string const& name) : name_(name) {}

    void read(yaml_value const& item)
    {
        auto const line = place(name_, item.line);
        if (!item.is_map())
            return refuse_entry(
                line + ": is not a mapping; write an entry like '- {domain: NAME, ip: ADDRESS}'"
            );
        reading entry;
        std::vector<std::string> seen;
        for (auto const& part : item.items)
        {
            auto const where = place(name_, part.key->line);
            if (!part.key->is_scalar())
                return refuse_entry(where + ": a key is not a string; the keys are domain, ip and disabled");
            auto const& key = part.key->text;
            if (std::find(seen.begin(), seen.end(), key) != seen.end())
                return refuse_entry(key_of(where, key) + ": occurs more than once; keep one");
            seen.push_back(key);
            auto const why = take(entry, key, *part.value);
            if (!why.empty())
                return refuse_entry(key_of(where, key) + ": " + why);
        }
        if (!entry.domain || !entry.address)
            return refuse_entry(
                line + ": the entry has no " + (entry.domain ? "'ip'" : "'domain'") + "; write both"
            );
        keep(entry, line);
    }

    hosts_config found;

private:
    /// Sets the part of an entry that `key` names. \return the problem with the key or its value; empty if
    /// there is none.
    static std::string take(reading& entry, std::string const& key, yaml_value const& value)
    {
        if (key != "domain" && key != "ip" && key != "disabled")
            return "unknown key; the keys are domain, ip and disabled";
        if (!value.is_scalar() || value.text.empty())
            return "is not a single value; write one, or remove the line";
        std::string text(trim(value.text));
        std::string_view problem;
        if (key == "domain")
        {
            text = ascii_lower(text);
            problem = domain_problem(text);
            entry.domain = text;
        }
        else if (key == "ip")
        {
            asio::ip::address address;
            problem = address_problem(text, address);
            entry.address = address.to_string();
            entry.is_v6 = address.is_v6();
        }
        else if (auto const word = yaml_boolean(text))
            entry.is_disabled = *word;
        else
            // Refuse other words: guessing could apply an entry that the operator wants to disable.
            problem = "is neither true nor false; write one of them";
        return problem.empty() ? std::string() : in_quotes(text, '\'') + ' ' + std::string(problem);
    }

    void keep(reading const& entry, std::string const& line)
    {
        if (entry.is_disabled)
        {
            ++found.disabled;
            return;
        }
        auto const first = lines_.try_emplace({*entry.domain, entry.is_v6}, line);
        if (!first.second)
            return refuse_entry(
                line + ", key 'domain': " + in_quotes(*entry.domain, '\'') + " already has an " +
                (entry.is_v6 ? "IPv6" : "IPv4") + " address (" + first.first->second +
                "), which is used; keep one"
            );
        found.entries.push_back({*entry.domain, *entry.address});
    }

    void refuse_entry(std::string sentence)
    {
        ++found.refused;
        if (found.problems.size() < max_problems)
            found.problems.push_back(std::move(sentence));
    }

    std::string const& name_;
    std::map<std::pair<std::string, bool>, std::string> lines_;  ///< places of entries, by domain and is_v6
};

/// Limits that allow even a text of max size with the shortest entries. Such an entry takes about 40 bytes.
/// It has 5 values and, in JSON, 15 brackets, quotes, commas and colons.
constexpr yaml_budget budget{max_config_bytes, 16, 100'000, max_config_bytes, 98'304};

}  // namespace

result<hosts_config> parse_hosts_config(std::string const& name, std::string const& text)
{
    if (text.size() > max_config_bytes)
        return refuse(name, "is larger than 256 KiB; so many names belong in a DNS server");
    auto const file = parse_yaml(text, yaml_documents::one, budget);
    if (file.problem)
        return refuse(place(name, file.problem->line), file.problem->message);
    auto const* root = file.root();
    if (root == nullptr)
        return refuse(place(name, 1), "is empty; write 'hosts: []' if no names are wanted");
    if (!root->is_map())
        return refuse(place(name, root->line), "is not a mapping; " + std::string(shape));

    reader entries(name);
    bool has_hosts = false;
    std::vector<std::string> others;
    for (auto const& [key, value] : root->items)
    {
        auto const line = place(name, key->line);
        if (!key->is_scalar() || key->text != "hosts")
        {
            others.push_back(key_of(line, key->text) + ": unknown key; the only key is 'hosts'");
            continue;
        }
        if (has_hosts)
            return refuse(key_of(line, "hosts"), "occurs more than once; keep one");
        has_hosts = true;
        if (value->is_null())
            return refuse(key_of(line, "hosts"), "has no value; write 'hosts: []' if no names are wanted");
        if (!value->is_list())
            return refuse(key_of(line, "hosts"), "is not a list; " + std::string(shape));
        for (auto const& each : value->items)
            entries.read(*each.value);
    }
    // A text without the key 'hosts' is an error, not an empty list: the key may be misspelt.
    if (!has_hosts)
        return others.empty() ? refuse(place(name, root->line), "has no key 'hosts'; " + std::string(shape))
                              : error(kube::errc::bad_config, others.front());
    auto& found = entries.found;
    if (found.entries.empty() && found.disabled == 0 && found.refused > 0)
        return error(
            kube::errc::bad_config, found.problems.front() + "; no entry is valid, so nothing changes"
        );
    auto const room = max_problems - found.problems.size();
    others.resize(std::min(others.size(), room));
    found.problems.insert(found.problems.end(), others.begin(), others.end());
    return std::move(found);
}

}  // namespace tcr::hosts
