// SPDX-License-Identifier: Apache-2.0
#include "config_checks.hpp"
#include <tcr/kube/config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/yaml.hpp>

#include <deque>
#include <initializer_list>

namespace tcr::kube
{

namespace fs = std::filesystem;

namespace
{

/// What all files of one configuration share while they are read.
struct reading
{
    std::vector<config_file> files;  ///< all files of the configuration, also missing ones
    std::optional<error> failure;    ///< the first problem; after a problem, the values are not used
};

/// One kubeconfig file.
struct document
{
    reading& all;
    std::string name;  ///< "kubeconfig /path"
    fs::path folder;   ///< base of relative paths
    yaml_file content;

    /// Records the problem "kubeconfig /path, line 7<rest>", unless there is an earlier problem. If `line` is
    /// 0, the text has no line number.
    void fail(std::size_t line, std::string const& rest)
    {
        auto const where = line == 0 ? std::string() : ", line " + std::to_string(line);
        if (!all.failure)
            all.failure.emplace(errc::bad_config, name + where + rest);
    }
};

/// A name as shown in messages, cut at ": ". If the name's closing quote is missing in the file, the name
/// contains later lines too, and one of them may contain a token.
std::string shown_name(std::string_view name)
{
    return in_quotes(name.substr(0, name.find(": ")), '\'');
}

/// Stands for the value of a missing field.
yaml_value const no_value;

bool is_blank(yaml_value const& value)
{
    return value.is_scalar() ? value.text.empty() : value.items.empty();
}

/// One mapping of a file, with the name that messages use for the mapping. A section made from another value
/// has no fields.
class section
{
public:
    section(document& file, std::string entry, yaml_value const& value)
        : file_(file), entry_(std::move(entry)), map_(value.is_map() ? value : no_value)
    {
    }

    document& file() const { return file_; }

    /// The mapping in a field, as a section named after the field. If there is no mapping, the section has no
    /// fields. If the field has another value, records a problem.
    section below(std::string const& field) const
    {
        auto const& value = find(field);
        if (!is_blank(value) && !value.is_map())
            problem(field, "is not a mapping; write its fields below it");
        return section(file_, entry_ + ", " + field, value);
    }

    /// The list in a field; empty if there is none. If the field has another value, records a problem that
    /// ends with `hint`.
    yaml_value const& list(std::string_view field, std::string hint = "; write one entry per line") const
    {
        auto const& value = find(field);
        if (value.is_list())
            return value;
        if (!is_blank(value))
            problem(field, "is not a list" + hint);
        return no_value;
    }

    bool has(std::string_view field) const { return !is_blank(find(field)); }

    /// Records "kubeconfig /path, line 7, user 'x', field 'token': <what>". Does nothing if `what` is empty.
    void problem(std::string_view field, std::string_view what) const
    {
        if (what.empty())
            return;
        auto line = map_.line;
        for (auto const& [key, value] : map_.items)
            if (key->is_scalar() && key->text == field)
                line = key->line;
        file_.fail(line, entry_ + ", field '" + std::string(field) + "': " + std::string(what));
    }

    /// The value of a field; a null value if the field is missing.
    yaml_value const& find(std::string_view field) const
    {
        auto const* found = &no_value;
        unsigned count = 0;
        for (auto const& [key, value] : map_.items)
        {
            if (!key->is_scalar() || key->text != field)
                continue;
            if (++count > 1)
                problem(field, "occurs more than once; keep one");
            found = value;
        }
        return *found;
    }

    /// The value of a field as written, even if it is a number. Empty if the field is missing. If the value
    /// is a list or a mapping, returns an empty text and records a problem.
    std::string text(std::string_view field) const
    {
        auto const& value = find(field);
        if (value.is_scalar())
            return value.text;
        if (!is_blank(value))
            problem(field, "is not a text; write one value");
        return {};
    }

    bool flag(std::string_view field) const
    {
        auto const value = text(field);
        auto const is_set = yaml_boolean(value);
        if (!value.empty() && !is_set)
            problem(field, "is neither true nor false; write one of them");
        return is_set.value_or(false);
    }

    /// Records the problem `what` for each of the fields that is present.
    void refuse(std::initializer_list<char const*> fields, std::string_view what) const
    {
        for (auto const* field : fields)
            if (has(field))
                problem(field, what);
    }

private:
    document& file_;
    std::string entry_;  ///< ", user 'x'"; empty at the file's top level
    yaml_value const& map_;
};

/// The top levels of all files, in the order of their precedence.
using root_sections = std::vector<section>;

/// Finds the list `clusters`, `users` or `contexts`. `kind` is the name of the list without its final s.
yaml_value const& find_list(section const& root, std::string const& kind)
{
    auto const hint = "; write entries with 'name' and '" + kind + "'";
    auto const& list = root.list(kind + 's', hint);
    for (auto const& item : list.items)
        if (!item.value->is_map())
            root.file().fail(item.value->line, ", field '" + kind + "s': an entry is not a mapping" + hint);
    return list;
}

section entry_of(section const& root, std::string const& kind, yaml_value const& value)
{
    return section(root.file(), ", an entry of " + kind + 's', value);
}

/// The names in the lists of all files, as a clause for a message about an unknown or missing name.
std::string names_in(root_sections const& roots, std::string const& kind)
{
    constexpr unsigned max_shown = 20;
    std::string names;
    unsigned count = 0;
    for (auto const& root : roots)
        for (auto const& item : find_list(root, kind).items)
            if (++count <= max_shown)
                names += (count > 1 ? ", " : "") + shown_name(entry_of(root, kind, *item.value).text("name"));
    if (count > max_shown)
        names += " and " + std::to_string(count - max_shown) + " more";
    return count > 0 ? "there are: " + names : "there are none";
}

/// The entry `name` of the list for `kind` in one file; a null value if there is none.
yaml_value const& find_entry_in(section const& root, std::string const& kind, std::string const& name)
{
    auto const* found = &no_value;
    for (auto const& item : find_list(root, kind).items)
    {
        if (entry_of(root, kind, *item.value).text("name") != name)
            continue;
        if (!found->is_null())
            root.problem(kind + 's', "two entries are named " + shown_name(name) + "; rename or remove one");
        found = item.value;
    }
    return *found;
}

/// The mapping in the entry `name` of the list for `kind`, from the first file that has such an entry. If no
/// file has one, records a problem of the reference, which is `field` of the section `referrer`.
section find_entry(
    root_sections const& roots,
    std::string const& kind,
    std::string const& name,
    section const& referrer,
    std::string_view field
)
{
    auto const title = ", " + kind + ' ' + shown_name(name);
    for (auto const& root : roots)
    {
        auto const& found = find_entry_in(root, kind, name);
        if (found.is_null())
            continue;
        section const entry(root.file(), title, found);
        auto const& body = entry.find(kind);
        if (!body.is_map())
            entry.problem(kind, "is missing or not a mapping; write its fields below it");
        return section(root.file(), title, body);
    }
    referrer.problem(
        field,
        "there is no " + kind + ' ' + shown_name(name) + " in " + kind + "s (" + names_in(roots, kind) +
            "); correct the name or add the entry"
    );
    return section(referrer.file(), title, no_value);
}

/// Reads the file that a field names. Messages omit `path`, because an operator may have written a credential
/// into the field by mistake.
std::string read_file(section const& where, std::string const& field, std::string const& path)
{
    auto const& folder = where.file().folder;
    auto const base =
        fs::path(path).is_absolute() ? std::string() : " (from the folder " + folder.string() + ")";
    auto const text = read_config_file(folder / path, "the named file" + base, where.file().all.files);
    if (text)
        return *text;
    where.problem(field, text.error().detail);
    return {};
}

std::string decode_field(section const& where, std::string const& field, std::string const& data)
{
    auto const decoded = base64_decode(data);
    if (decoded)
        return *decoded;
    where.problem(field, "is not base64; write the output of 'base64 -w0 PEM-FILE'");
    return {};
}

/// PEM text from `field`-data, else from the file that `field` names; empty if both fields are empty.
std::string read_pem(section const& where, std::string const& field, std::string (*problem)(std::string_view))
{
    auto const data = where.text(field + "-data");
    auto const path = where.text(field);
    if (data.empty() && path.empty())
        return {};
    auto const source = data.empty() ? field : field + "-data";
    auto const pem = data.empty() ? read_file(where, field, path) : decode_field(where, source, data);
    where.problem(source, problem(pem));
    return pem;
}

std::optional<net::http_proxy> read_proxy(section const& cluster)
{
    auto const url = cluster.text("proxy-url");
    if (url.empty())
        return std::nullopt;
    auto const parsed = net::parse_proxy(url);
    if (parsed)
        return *parsed;
    cluster.problem("proxy-url", parsed.error().detail);
    return std::nullopt;
}

net::endpoint read_server(section const& cluster)
{
    auto const text = cluster.text("server");
    if (text.empty())
        cluster.problem("server", "is missing; write https://HOST:PORT");
    auto const parsed = parse_server(text);
    if (!parsed)
        cluster.problem("server", parsed.error().detail);
    auto server = parsed ? *parsed : net::endpoint();
    server.tls_server_name = cluster.text("tls-server-name");
    server.proxy = read_proxy(cluster);
    return server;
}

void read_cluster(section const& cluster, cluster_config& config)
{
    config.server = read_server(cluster);
    config.tls.ca_pem = read_pem(cluster, "certificate-authority", certificate_problem);
    bool const is_insecure = cluster.flag("insecure-skip-tls-verify");
    if (is_insecure && !config.tls.ca_pem.empty())
        cluster.problem(
            "insecure-skip-tls-verify", "cannot be true if a certificate authority is given; keep one of them"
        );
    config.server.verify_server = config.tls.verify_server = !is_insecure;
}

void refuse_other_logins(section const& user)
{
    user.refuse(
        {"auth-provider", "username", "password"},
        "is not supported; use a client certificate, token, tokenFile or exec, or run in the cluster"
    );
    user.refuse(
        {"as", "as-uid", "as-groups", "as-user-extra"},
        "impersonation is not supported; give the credentials of the account itself"
    );
}

/// Reads `token` or `tokenFile`. As in client-go, `tokenFile` takes precedence.
void read_token(section const& user, cluster_config& config)
{
    auto const token = user.text("token");
    auto const path = user.text("tokenFile");
    if (token.empty() && path.empty())
        return;
    auto const field = path.empty() ? "token" : "tokenFile";
    auto const content = path.empty() ? token : read_file(user, field, path);
    user.problem(field, token_problem(content));
    config.bearer_token = trim(content);
}

std::string read_exec_version(section const& exec)
{
    auto const version = exec.text("apiVersion");
    // Avoids temporary strings, because GCC 12 warns about them without cause.
    std::string problem;
    if (version.empty())
        problem = "is missing";
    else if (!is_exec_version(version))
        problem.append("is ").append(shown_name(version)).append(", which is not supported");
    if (problem.empty())
        return version;
    problem += "; write the one that your plugin supports, client.authentication.k8s.io/v1 or v1beta1";
    exec.problem("apiVersion", problem);
    return version;
}

/// A relative path starts at the folder of the kubeconfig. A name without "/" is looked up in PATH later.
std::string read_exec_command(section const& exec)
{
    auto const command = exec.text("command");
    if (command.empty())
        exec.problem("command", "is missing; name the plugin's program");
    return command.find('/') == std::string::npos ? command : (exec.file().folder / command).string();
}

void check_interactive_mode(section const& exec)
{
    auto const mode = exec.text("interactiveMode");
    if (mode == "Always")
        exec.problem(
            "interactiveMode", "is 'Always', but there is no terminal; use a plugin that works without one"
        );
    else if (!mode.empty() && mode != "Never" && mode != "IfAvailable")
        exec.problem("interactiveMode", "is neither Never nor IfAvailable; write one of them");
}

std::vector<std::string> read_exec_arguments(section const& exec)
{
    std::vector<std::string> arguments;
    for (auto const& item : exec.list("args").items)
    {
        if (!item.value->is_scalar())
            exec.problem("args", "an entry is not a text; write one value per line");
        arguments.push_back(item.value->text);
    }
    return arguments;
}

std::vector<std::string> read_exec_environment(section const& exec)
{
    std::vector<std::string> environment;
    for (auto const& item : exec.list("env").items)
    {
        section const variable(exec.file(), "", *item.value);
        auto const name = variable.text("name");
        if (name.empty() || name.find('=') != std::string::npos)
            exec.problem("env", "an entry has no usable name; write entries with 'name' and 'value'");
        environment.push_back(name + '=' + variable.text("value"));
    }
    return environment;
}

/// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig
void read_exec(section const& user, section const& cluster, cluster_config& config)
{
    auto const exec = user.below("exec");
    if (!user.has("exec"))
        return;
    for (auto const* other : {"token", "tokenFile", "client-certificate", "client-certificate-data"})
        if (user.has(other))
            user.problem("exec", "cannot be combined with " + std::string(other) + "; keep one of them");
    exec_plugin plugin;
    plugin.api_version = read_exec_version(exec);
    plugin.command = read_exec_command(exec);
    check_interactive_mode(exec);
    plugin.arguments = read_exec_arguments(exec);
    plugin.environment = read_exec_environment(exec);
    plugin.install_hint = exec.text("installHint");
    plugin.provide_cluster_info = exec.flag("provideClusterInfo");
    if (plugin.provide_cluster_info && cluster.has("extensions"))
        cluster.problem(
            "extensions", "cannot be passed to the user's exec plugin; remove them, or its provideClusterInfo"
        );
    if (plugin.provide_cluster_info)
        plugin.proxy_url = cluster.text("proxy-url");
    config.exec = std::move(plugin);
}

void read_user(section const& user, section const& cluster, cluster_config& config)
{
    refuse_other_logins(user);
    auto& tls = config.tls;
    tls.certificate_pem = read_pem(user, "client-certificate", certificate_problem);
    tls.key_pem = read_pem(user, "client-key", key_problem);
    if (tls.key_pem.empty() && !tls.certificate_pem.empty())
        user.problem("client-key", "is missing, but there is a client certificate; add its key");
    if (tls.certificate_pem.empty() && !tls.key_pem.empty())
        user.problem("client-certificate", "is missing, but there is a client key; add its certificate");
    read_token(user, config);
    read_exec(user, cluster, config);
}

/// Finds the context `name`. Before that, sets an empty `name` to the first current-context in the files.
section find_context(root_sections const& roots, std::string& name)
{
    auto const& first = roots.front();
    if (!name.empty())
        return find_entry(roots, "context", name, first, "contexts");
    for (auto const& root : roots)
        if (name = root.text("current-context"); !name.empty())
            return find_entry(roots, "context", name, root, "current-context");
    first.problem(
        "current-context",
        "is missing (of contexts, " + names_in(roots, "context") +
            "); set it with 'kubectl config use-context NAME', or give --context"
    );
    return section(first.file(), {}, no_value);
}

/// The cluster or user that a context names.
section follow(root_sections const& roots, section const& context, std::string const& kind)
{
    auto const name = context.text(kind);
    if (name.empty())
        context.problem(
            kind, "is missing (of " + kind + "s, " + names_in(roots, kind) + "); name one of them"
        );
    return find_entry(roots, kind, name, context, kind);
}

void check_header(section const& root)
{
    auto const kind = root.text("kind");
    if (!kind.empty() && kind != "Config")
        root.problem("kind", "is " + shown_name(kind) + ", not 'Config'; give a kubeconfig file");
    auto const version = root.text("apiVersion");
    if (!version.empty() && version != "v1")
        root.problem("apiVersion", "is " + shown_name(version) + ", not 'v1'; give a kubeconfig file");
}

/// Parses `text` into `file.content`. \return the root, owned by `file`; a null value if there is none.
yaml_value const& parse(document& file, std::string const& text)
{
    file.content = parse_yaml(text, yaml_documents::one);
    if (auto const& problem = file.content.problem)
    {
        file.fail(problem->line, ": " + problem->message);
        return no_value;
    }
    auto const* root = file.content.root();
    if (root == nullptr)
        return no_value;
    if (!root->is_map())
        file.fail(root->line, ": is not a mapping of fields; give a kubeconfig file");
    return *root;
}

bool is_missing(fs::path const& path)
{
    std::error_code ec;
    return fs::status(path, ec).type() == fs::file_type::not_found;
}

/// Reads one file, adds it to `files` and returns its top level. The first problem is recorded in `all`.
section read_document(fs::path const& path, reading& all, std::deque<document>& files)
{
    std::error_code ec;
    auto const whole = fs::absolute(path, ec);
    auto& file = files.emplace_back(document{
        all, "kubeconfig " + path.string(), (ec ? path : whole).parent_path(), {}});
    auto const text = read_config_file(path, file.name, all.files);
    if (!text && !all.failure)
        all.failure = text.error();
    section root(file, {}, text ? parse(file, *text) : no_value);
    check_header(root);
    return root;
}

/// The names of the files, separated by colons as in $KUBECONFIG.
std::string joined(std::vector<fs::path> const& paths)
{
    std::string text;
    for (auto const& path : paths)
        text.append(text.empty() ? "" : ":").append(path.string());
    return text;
}

}  // namespace

result<cluster_config> load_kubeconfig(std::vector<fs::path> const& paths, std::string const& context)
{
    reading all;
    std::deque<document> files;
    root_sections roots;
    for (auto const& path : paths)
        if (paths.size() > 1 && is_missing(path))
            all.files.push_back({path, file_stamp()});  // the stamp of a missing file
        else
            roots.push_back(read_document(path, all, files));
    auto const source = "kubeconfig " + joined(paths);
    if (roots.empty())
        return error(
            errc::bad_config, source + ": none of these files exists; create one or correct the paths"
        );
    if (files.size() == 1 && files.front().content.root() == nullptr)
        files.front().fail(0, ": is empty; give a file with clusters, users and contexts");

    auto name = context;
    auto const chosen = find_context(roots, name);
    cluster_config config;
    auto const cluster = follow(roots, chosen, "cluster");
    read_cluster(cluster, config);
    read_user(follow(roots, chosen, "user"), cluster, config);
    config.default_namespace = chosen.text("namespace");
    config.source = source + ", context " + printable(name, 80);
    if (all.failure)
        return *all.failure;
    config.files = std::move(all.files);
    return config;
}

}  // namespace tcr::kube
