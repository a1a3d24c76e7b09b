// SPDX-License-Identifier: Apache-2.0
#include "look_alikes.hpp"
#include "registry_server.hpp"
#include <tcr/controller/validation.hpp>
#include <tcr/credentials/password_text.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace tcr::controller
{
namespace
{

// The limits of deploy/base/crd.yaml. Lengths count characters, and the other limits count entries.
constexpr std::size_t max_name_length = 246;
constexpr std::size_t max_list_length = 262'144;
constexpr std::size_t max_username_length = 1024;
constexpr std::size_t max_password_length = 16'384;
constexpr std::size_t max_label_key_length = 317;
constexpr std::size_t max_match_labels = 32;
constexpr std::size_t max_expressions = 32;
constexpr std::size_t max_values = 256;
constexpr std::size_t max_excluded = 1024;

/// Max problems that are reported for one list, because often all entries have the same mistake.
constexpr std::size_t max_problems_per_list = 3;

/// The number of characters in UTF-8 text. The API server also counts characters, not bytes.
std::size_t length_of(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; })
    );
}

bool has_any(std::string_view text, std::string_view characters)
{
    return text.find_first_of(characters) != std::string_view::npos;
}

/// Rules and texts for names of one kind of object.
struct name_kind
{
    bool (*is_name)(std::string_view);
    std::size_t max_length;
    char const* plural;
    char const* characters;
    char const* alternative;  ///< advice if a name is a pattern, such as "team-*": what to write instead
};

constexpr name_kind namespace_kind{
    kube::is_label_name,
    63,
    "namespaces",
    "lower-case letters, digits and \"-\" between them",
    "write the names one by one, or use namespaceSelector"};
constexpr name_kind account_kind{
    kube::is_object_name,
    253,
    "ServiceAccounts",
    "lower-case letters, digits, and \"-\" or \".\" between them",
    "write the names one by one, or \"*\" for all"};

/// Describes which rule `name` breaks: capital letters, length or other characters.
std::string spelling_problem(std::string_view name, name_kind const& kind)
{
    if (kind.is_name(ascii_lower(name)))
        return "has capital letters; write " + in_quotes(ascii_lower(name));
    if (name.size() > kind.max_length)
        return "is too long: a name has at most " + std::to_string(kind.max_length) + " characters";
    return "is not a valid name; a name has " + std::string(kind.characters);
}

/// Advice to write the names in a text as a list with commas; empty if the text has no name, or has an
/// invalid name.
std::string list_advice(std::string text, name_kind const& kind)
{
    std::replace_if(
        text.begin(),
        text.end(),
        [](char c) {
            return has_any({&c, 1}, " \t\r\n;");
        },
        ','
    );
    std::string meant;
    for (auto const name : split_names(text))
    {
        if (!kind.is_name(name))
            return {};
        meant.append(meant.empty() ? "" : ",").append(name);
    }
    return meant.empty() ? meant : "; write " + in_quotes(meant);
}

/// Advice on a list of names that contains look-alikes of ASCII characters (see `look_alike`).
std::string look_alike_advice(std::string_view list, name_kind const& kind)
{
    auto const plain = without_look_alikes(list);
    if (trim(plain) == "*")
        return "; write \"*\"";
    auto const advice = list_advice(plain, kind);
    return advice.empty() ? "; names have only ASCII characters" : advice;
}

/// What is wrong with a list entry that is not a valid name, and how to correct it.
std::string name_problem(std::string_view name, name_kind const& kind)
{
    constexpr std::string_view quotes = "\"'`";
    auto write_if_good = [&kind](std::string const& meant)
    {
        bool const is_good = kind.is_name(meant) || meant == "*";
        return is_good ? "; write \"" + printable(meant, 60) + '"' : std::string();
    };

    if (name == "*")
        return "must stand alone: \"*\" means all";
    if (has_any(name, quotes))
    {
        std::string bare(name);
        std::erase_if(bare, [&](char c) { return quotes.find(c) != quotes.npos; });
        return "has quotes in it" + write_if_good(bare);
    }
    if (has_any(name, "*?[](){}^$|+\\"))
        return "is an expression; only names are allowed; " + std::string(kind.alternative);
    if (name.starts_with('!'))
        return "is an expression; only names are allowed; list the namespaces to exclude in "
               "excludedNamespaces";
    if (auto const slash = name.rfind('/'); slash != name.npos)
        return (&kind == &account_kind ? "must be without its namespace" : "must be a namespace alone") +
               write_if_good(std::string(
                   &kind == &account_kind ? name.substr(slash + 1) : name.substr(0, name.find('/'))
               ));
    if (has_any(name, " \t\r\n;"))
        return "is more than one name; separate names by commas" + list_advice(std::string(name), kind);
    return spelling_problem(name, kind);
}

/// Collects the problems of one object.
class validator
{
public:
    explicit validator(image_pull_secret const& cr) : cr_(cr) {}

    std::vector<field_problem> run()
    {
        auto const& spec = cr_.spec;
        check_own_name();
        check_name_list("spec.namespaces", spec.namespaces, namespace_kind);
        check_name_list("spec.serviceAccounts", spec.service_accounts, account_kind);
        if (!spec.manages_references() && spec.references != "secretsOnly")
            add("spec.references", "must be managed or secretsOnly");
        check_selector();
        check_excluded();
        check_docker();
        return std::move(problems_);
    }

private:
    void add(std::string field, std::string message)
    {
        problems_.push_back({std::move(field), std::move(message)});
    }

    /// Adds the first few problems in a list.
    /// \param entries number of entries in the list.
    /// \param problem_of returns the problem of the entry with a given index. An empty message means that the
    /// entry has no problem.
    template <class Problem>
    void add_first(std::size_t entries, Problem problem_of)
    {
        std::size_t reported = 0;
        for (std::size_t i = 0; i < entries && reported < max_problems_per_list; ++i)
            if (field_problem found = problem_of(i); !found.message.empty())
            {
                problems_.push_back(std::move(found));
                ++reported;
            }
    }

    void check_own_name()
    {
        if (cr_.name.empty())
            add("metadata.name", "must be given");
        else if (cr_.name.size() > max_name_length)
            add("metadata.name",
                "must be at most 246 characters: the Secret made from it is called \"tcr.ips<name>\", and a "
                "Secret's name has at most 253");
        else if (!kube::is_object_name(cr_.name))
            add("metadata.name", in_quotes(cr_.name) + ' ' + spelling_problem(cr_.name, account_kind));
    }

    void check_name_list(std::string const& field, std::string_view list, name_kind const& kind)
    {
        if (list.empty())
            return;
        if (length_of(list) > max_list_length)
            return add(
                field,
                "must be at most 262144 characters" +
                    std::string(&kind == &namespace_kind ? "; use namespaceSelector" : "")
            );
        if (auto const* found = find_look_alike(list))
            return add(field, "contains " + found->shown() + look_alike_advice(list, kind));
        if (trim(list) == "*")
            return;
        auto const names = split_names(list);
        if (names.empty())
            return add(
                field, "contains no name; write \"*\" or leave it out for all " + std::string(kind.plural)
            );
        add_first(
            names.size(),
            [&](std::size_t i) -> field_problem
            {
                if (kind.is_name(names[i]))
                    return {};
                return {
                    field,
                    "name " + std::to_string(i + 1) + ", " + in_quotes(names[i]) + ", " +
                        name_problem(names[i], kind)};
            }
        );
    }

    void check_selector()
    {
        std::size_t labels = 0;
        std::size_t expressions = 0;
        auto const before = problems_.size();
        for (auto const& each : cr_.spec.namespace_selector.requirements)
        {
            auto const index = each.is_match_label ? labels++ : expressions++;
            if (problems_.size() - before >= max_problems_per_list)
                continue;
            if (each.is_match_label)
                check_match_label(each);
            else
                check_expression(
                    "spec.namespaceSelector.matchExpressions[" + std::to_string(index) + "]", each
                );
        }
        if (labels > max_match_labels)
            add("spec.namespaceSelector.matchLabels", "must have at most 32 labels");
        if (expressions > max_expressions)
            add("spec.namespaceSelector.matchExpressions", "must have at most 32 entries");
    }

    /// What is wrong with a label's key; empty if it is valid.
    static std::string key_problem(std::string_view key)
    {
        if (key.empty())
            return "must be the name of a label, such as \"team\" or \"example.com/team\"";
        if (key.size() > max_label_key_length || !kube::is_qualified_name(key))
            return in_quotes(key) +
                   " is not a valid label key; write one such as \"team\" or \"example.com/team\"";
        return {};
    }

    /// What is wrong with a label's value; empty if it is valid.
    static std::string value_problem(std::string_view value)
    {
        if (kube::is_label_value(value))
            return {};
        return in_quotes(value) +
               " is not a valid label value: at most 63 letters, digits, and \"-\", \"_\" or \".\" between "
               "them";
    }

    void check_match_label(label_selector::requirement const& label)
    {
        std::string const field = "spec.namespaceSelector.matchLabels";
        if (auto why = key_problem(label.key); !why.empty())
            return add(field, "key " + why);
        for (auto const& value : label.values)
            if (auto why = value_problem(value); !why.empty())
                add(field + "." + label.key, std::move(why));
    }

    void check_expression(std::string const& field, label_selector::requirement const& expression)
    {
        using op = label_selector::op;
        bool const takes_values = expression.how == op::in || expression.how == op::not_in;
        auto const& values = expression.values;
        if (auto why = key_problem(expression.key); !why.empty())
            add(field + ".key", std::move(why));
        if (expression.how == op::unknown)
            return add(field + ".operator", "must be In, NotIn, Exists or DoesNotExist");
        if (takes_values && values.empty())
            return add(field + ".values", "must have at least one value, as the operator is In or NotIn");
        if (!takes_values && !values.empty())
            return add(field + ".values", "must be absent, as the operator is Exists or DoesNotExist");
        if (values.size() > max_values)
            return add(field + ".values", "must have at most 256 values");
        add_first(
            values.size(),
            [&](std::size_t i) -> field_problem {
                return {field + ".values[" + std::to_string(i) + "]", value_problem(values[i])};
            }
        );
    }

    void check_excluded()
    {
        std::string const field = "spec.excludedNamespaces";
        auto const& excluded = cr_.spec.excluded_namespaces;
        if (excluded.size() > max_excluded)
            return add(field, "must have at most 1024 names; use namespaceSelector");
        std::set<std::string_view> seen;
        add_first(
            excluded.size(),
            [&](std::size_t i) -> field_problem {
                return {field + "[" + std::to_string(i) + "]", excluded_problem(excluded[i], seen)};
            }
        );
    }

    static std::string excluded_problem(std::string_view name, std::set<std::string_view>& seen)
    {
        if (name.empty())
            return "must be the name of a namespace";
        if (!seen.insert(name).second)
            return in_quotes(name) + " is listed more than once; keep one";
        if (kube::is_label_name(name))
            return {};
        auto const plain = without_look_alikes(name);
        auto const bare = trim(plain);
        bool const is_list = has_any(bare, ", \t\r\n;");
        auto const advice = is_list                     ? "; write each name as an entry of its own"
                            : kube::is_label_name(bare) ? "; write " + in_quotes(bare)
                                                        : std::string();
        if (auto const* found = find_look_alike(name))
            return in_quotes(name) + " contains " + found->shown() + advice;
        if (is_list)
            return in_quotes(name) + " is more than one name" + advice;
        if (!advice.empty())
            return in_quotes(name) + " has blanks around it" + advice;
        return in_quotes(name) + ' ' + name_problem(name, namespace_kind);
    }

    /// Checks the server and the source of the credential. No message contains a part of the credential. The
    /// user name is not repeated either, because it may be a password in the wrong field.
    void check_docker()
    {
        auto const& spec = cr_.spec;
        if (spec.config_from)
            return check_config(*spec.config_from);
        if (auto why = server_problem(spec.server); !why.empty())
            add("spec.docker.server", std::move(why));
        if (spec.tcr)
            return check_tcr(*spec.tcr);
        if (spec.username.empty())
            add("spec.docker.username", "must be given");
        else if (length_of(spec.username) > max_username_length)
            add("spec.docker.username", "must be at most 1024 characters");
        else if (std::any_of(spec.username.begin(), spec.username.end(), is_forbidden_in_username))
            add("spec.docker.username",
                "must not contain \":\" or a control character such as a line break: kubelet takes "
                "everything after the first \":\" for the password");
        if (spec.password_from)
            check_reference(*spec.password_from);
        else if (auto const password = credentials::without_line_break(spec.password); password.empty())
            add("spec.docker.password", "must be given, or passwordSecretRef in its place");
        else if (length_of(spec.password) > max_password_length)
            add("spec.docker.password", "must be at most 16384 characters");
        else if (credentials::is_docker_config(password))
            add("spec.docker.password",
                "must be a password, and not a whole dockerconfigjson; store that in a Secret and name it in "
                "docker.configSecretRef");
    }

    /// Whether the text is a valid key of a Secret's data:
    /// https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
    static bool is_data_key(std::string_view key)
    {
        return !key.empty() && key.size() <= 253 && key != "." && !key.starts_with("..") &&
               key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                   std::string_view::npos;
    }

    void check_reference(credentials::password_reference const& from)
    {
        std::string const field = "spec.docker.passwordSecretRef";
        if (!cr_.spec.password.empty())
            add(field, "must be absent where docker.password is given: one of the two");
        check_secret_key(field, from.name, from.key);
    }

    void check_config(credentials::config_reference const& from)
    {
        std::string const field = "spec.docker.configSecretRef";
        auto const& spec = cr_.spec;
        bool const is_alone = spec.server.empty() && spec.username.empty() && spec.password.empty() &&
                              !spec.password_from && !spec.tcr;
        if (!is_alone)
            add(field,
                "must stand alone: the Secret contains registries, user names and passwords; remove server, "
                "username, password, passwordSecretRef and tcr");
        check_secret_key(field, from.name, from.key);
    }

    /// Checks a reference to a Secret. An empty key stands for the default key.
    void check_secret_key(std::string const& field, std::string const& name, std::string const& key)
    {
        if (!kube::is_object_name(name))
            add(field + ".name", "must be the name of a Secret in the controller's namespace");
        if (!key.empty() && !is_data_key(key))
            add(field + ".key", "must be a key of that Secret: letters, digits, \"-\", \"_\" and \".\"");
    }

    void check_tcr(tcr_source const& source)
    {
        auto const& spec = cr_.spec;
        if (!spec.username.empty())
            add("spec.docker.username", "must be absent where tcr is given: the token comes with its user");
        if (!spec.password.empty())
            add("spec.docker.password", "must be absent where tcr is given: a token stands in for it");
        if (spec.password_from)
            add("spec.docker.passwordSecretRef",
                "must be absent where tcr is given: a token stands in for it");
        if (spec.server.find('*') != std::string::npos)
            add("spec.docker.server",
                "must not contain \"*\" where tcr is given: a token is sent only to domains of its instance");
        // registryId and region become parts of a Secret's name.
        if (!kube::is_label_name(source.registry_id))
            add("spec.tcr.registryId", "must be the id of a TCR instance, such as \"tcr-dg284imq\"");
        if (!kube::is_label_name(source.region))
            add("spec.tcr.region", "must be the instance's region, such as \"ap-guangzhou\"");
        if (!source.token_type.empty() && !registry::parse_token_type(source.token_type))
            add("spec.tcr.tokenType", "must be temp or longterm");
    }

    static bool is_forbidden_in_username(char c)
    {
        return c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    }

    image_pull_secret const& cr_;
    std::vector<field_problem> problems_;
};

}  // namespace

std::vector<field_problem> validate(image_pull_secret const& cr)
{
    return validator(cr).run();
}

}  // namespace tcr::controller
