#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <utility>

namespace tcr::commands
{
namespace
{

namespace json = boost::json;

struct pod_values
{
    pod_facts pod;
    std::vector<container_facts> statuses;  ///< from status; `image` is empty
};

template <std::vector<container_facts>& (*List)(pod_values&), std::string container_facts::*Member>
void set_member(pod_values& values, std::string_view, std::string_view text)
{
    List(values).back().*Member = text;
}

std::vector<container_facts>& containers(pod_values& values)
{
    return values.pod.containers;
}

std::vector<container_facts>& statuses(pod_values& values)
{
    return values.statuses;
}

constexpr auto add_container = [](pod_values& values) { values.pod.containers.emplace_back(); };
constexpr auto add_status = [](pod_values& values) { values.statuses.emplace_back(); };
constexpr auto set_name = set_member<containers, &container_facts::name>;
constexpr auto set_image = set_member<containers, &container_facts::image>;
constexpr auto set_status_name = set_member<statuses, &container_facts::name>;
constexpr auto set_reason = set_member<statuses, &container_facts::reason>;
constexpr auto set_message = set_member<statuses, &container_facts::message>;

constexpr kube::field<pod_values> pod_fields[] = {
    {"spec.serviceAccountName",
     [](auto& values, auto, auto text)
     {
         if (!text.empty())
             values.pod.account = text;
     }},
    {"spec.imagePullSecrets[].name",
     [](auto& values, auto, auto text) { values.pod.references.emplace_back(text); }},
    {.path = "spec.initContainers[]", .open = add_container},
    {"spec.initContainers[].name", set_name},
    {"spec.initContainers[].image", set_image, kube::max_object_bytes},
    {.path = "spec.containers[]", .open = add_container},
    {"spec.containers[].name", set_name},
    {"spec.containers[].image", set_image, kube::max_object_bytes},
    {.path = "spec.ephemeralContainers[]", .open = add_container},
    {"spec.ephemeralContainers[].name", set_name},
    {"spec.ephemeralContainers[].image", set_image, kube::max_object_bytes},
    {"status.phase",
     [](auto& values, auto, auto text) { values.pod.has_ended = text == "Succeeded" || text == "Failed"; }},
    {.path = "status.initContainerStatuses[]", .open = add_status},
    {"status.initContainerStatuses[].name", set_status_name},
    {"status.initContainerStatuses[].state.waiting.reason", set_reason},
    {"status.initContainerStatuses[].state.waiting.message", set_message, kube::max_object_bytes},
    {.path = "status.containerStatuses[]", .open = add_status},
    {"status.containerStatuses[].name", set_status_name},
    {"status.containerStatuses[].state.waiting.reason", set_reason},
    {"status.containerStatuses[].state.waiting.message", set_message, kube::max_object_bytes},
    {.path = "status.ephemeralContainerStatuses[]", .open = add_status},
    {"status.ephemeralContainerStatuses[].name", set_status_name},
    {"status.ephemeralContainerStatuses[].state.waiting.reason", set_reason},
    {"status.ephemeralContainerStatuses[].state.waiting.message", set_message, kube::max_object_bytes},
};

/// Adds pods to `namespace_facts`.
class pod_reader final : public kube::table_reader<pod_values>
{
public:
    explicit pod_reader(namespace_facts& into) : table_reader(pod_fields), into_(into) {}

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        auto& pod = values_.pod;
        pod.name = meta.name;
        for (auto const& status : values_.statuses)
            for (auto& container : pod.containers)
                if (container.name == status.name)
                {
                    container.has_status = true;
                    container.reason = printable(status.reason, 80);
                    container.message = printable(status.message, 500);
                }
        into_.pods.push_back(std::move(pod));
    }

    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view problem) override
    {
        into_.unreadable_pods[meta.name] = problem;
    }

private:
    namespace_facts& into_;
};

/// The owner of a Secret, classified as in the reconciler, and the registries of its logins. Does not keep
/// the logins.
result<secret_facts> secret_of(std::string const& body)
{
    controller::pull_secret_classifier secret;
    kube::single_object_decoder decoder(secret, kube::object_event::modified);
    decoder.begin();
    if (auto ec = decoder.on_body(body))
        return error(ec, "cannot parse a secret: " + ec.message());
    secret_facts facts;
    facts.owner = secret.owner;
    boost::system::error_code broken;
    auto const object = json::parse(body, broken);
    auto const* encoded = object.find_pointer("/data/.dockerconfigjson", broken);
    if (encoded == nullptr || !encoded->is_string())
        return facts;
    auto const config = json::parse(base64_decode(encoded->get_string().c_str()).value_or("{}"), broken);
    auto const* auths = config.find_pointer("/auths", broken);
    if (auths != nullptr && auths->is_object())
        for (auto const& each : auths->get_object())
            facts.servers.emplace_back(each.key());
    return facts;
}

/// Reads the JSON of an object; nullopt if the object does not exist.
task<result<std::optional<std::string>>> find(
    kube::client& client, kube::resource const& type, std::string const& ns, std::string const& name
)
{
    auto request = kube::get_request(type, ns, name);
    auto const doing = "cannot read " + type.plural + " " + ns + "/" + name;
    auto answer = co_await client.fetch(std::move(request), doing);
    if (!answer && answer.error().code == kube::errc::not_found)
        co_return std::optional<std::string>();
    if (!answer)
        co_return answer.error();
    co_return std::optional<std::string>(std::move(*answer));
}

/// Reads a Secret; nullopt if it does not exist.
task<result<std::optional<secret_facts>>> read_secret(
    kube::client& client, std::string const& ns, std::string const& name
)
{
    kube::resource const type{"", "v1", "secrets"};
    auto const body = co_await find(client, type, ns, name);
    if (!body)
        co_return body.error();
    if (!*body)
        co_return std::optional<secret_facts>();
    auto secret = secret_of(**body);
    if (!secret)
        co_return secret.error();
    co_return std::optional<secret_facts>(std::move(*secret));
}

/// Reads the namespace and its accounts.
task<result<void>> read_itself(kube::client& client, namespace_facts& facts)
{
    runtime::cluster_store store;
    runtime::namespace_reflector reader(store, nullptr);
    runtime::account_reflector account_reader(store, nullptr, std::string(controller::secret_prefix));
    kube::resource const namespaces{"", "v1", "namespaces", true};
    kube::resource const accounts{"", "v1", "serviceaccounts"};
    kube::selection itself;
    itself.field_selector = "metadata.name=" + facts.name;
    kube::selection inside;
    inside.ns = facts.name;
    auto doing = "cannot read namespace " + facts.name;
    auto read = co_await client.list(namespaces, itself, reader, doing);
    if (!read)
        co_return read;
    auto const here = store.find_namespace(facts.name);
    if (!here)
        co_return result<void>();
    auto const view = store.view(*here);
    facts.exists = view.exists;
    facts.is_terminating = view.is_terminating;
    facts.labels = view.labels;
    facts.has_unknown_labels = view.has_unknown_labels;
    doing = "cannot list the accounts of namespace " + facts.name;
    read = co_await client.list(accounts, inside, account_reader, doing);
    if (!read)
        co_return read;
    store.for_each_account(
        *here,
        [&](auto const& each)
        { facts.accounts[std::string(each.name)].references = runtime::decode_references(each.references); }
    );
    co_return result<void>();
}

/// Reads the pod named `name`, or lists all pods if `name` is empty. If the user may not list pods, records
/// that in `pods_problem` and succeeds: the rest of the namespace can still be explained.
task<result<void>> read_pods(kube::client& client, std::string const& name, namespace_facts& facts)
{
    kube::resource const pods{"", "v1", "pods"};
    if (name.empty())
    {
        kube::selection inside;
        inside.ns = facts.name;
        pod_reader reader(facts);
        auto const doing = "cannot list pods of namespace " + facts.name;
        auto listed = co_await client.list(pods, inside, reader, doing);
        if (!listed && listed.error().code == kube::errc::forbidden)
        {
            facts.pods_problem = listed.error().message();
            co_return result<void>();
        }
        co_return listed;
    }
    auto const body = co_await find(client, pods, facts.name, name);
    if (!body)
        co_return body.error();
    if (!*body)
        co_return result<void>();
    auto pod = parse_pod(**body);
    if (!pod)
        co_return pod.error();
    facts.pod = std::move(*pod);
    co_return result<void>();
}

}  // namespace

std::string registry_of(std::string_view image)
{
    auto const slash = image.find('/');
    auto const first = image.substr(0, slash);
    bool const is_host = slash != std::string_view::npos &&
                         (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
    return std::string(is_host ? first : "docker.io");
}

bool is_for_registry(std::string_view server, std::string_view registry)
{
    for (std::string_view const scheme : {"https://", "http://"})
        if (server.starts_with(scheme))
            server.remove_prefix(scheme.size());
    auto const host = server.substr(0, server.find('/'));
    // For images of docker.io, kubelet also uses logins for index.docker.io.
    return host == registry || (registry == "docker.io" && host == "index.docker.io");
}

result<pod_facts> parse_pod(std::string const& body)
{
    namespace_facts facts;
    pod_reader reader(facts);
    kube::single_object_decoder decoder(reader, kube::object_event::listed);
    decoder.begin();
    if (auto const ec = decoder.on_body(body))
        return error(ec, "cannot parse a pod: " + ec.message());
    if (!facts.unreadable_pods.empty())
        return error(kube::errc::bad_answer, "cannot parse a pod: " + facts.unreadable_pods.begin()->second);
    if (facts.pods.empty())
        return error(kube::errc::bad_answer, "cannot parse a pod: a required value is missing");
    return std::move(facts.pods.front());
}

std::set<std::string> secrets_of_pods(namespace_facts& facts, std::set<std::string> const& known)
{
    std::set<std::string> names;
    auto const add_all = [&](pod_facts const& pod)
    {
        for (auto const& name : pod.references)
        {
            if (known.contains(name) || names.contains(name) || !kube::is_object_name(name))
                continue;
            if (names.size() < max_secrets_of_pods)
                names.insert(name);
            else
                facts.unchecked_secrets[name] =
                    "the pods reference more than " + std::to_string(max_secrets_of_pods) + " Secrets";
        }
    };
    for (auto const& each : facts.pods)
        add_all(each);
    if (facts.pod)
        add_all(*facts.pod);
    return names;
}

task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& secret_names
)
{
    namespace_facts facts;
    facts.name = ns;
    auto read = co_await read_itself(client, facts);
    if (read && facts.exists)
        read = co_await read_pods(client, pod, facts);
    if (!read)
        co_return read.error();
    if (!facts.exists)
        co_return facts;
    std::set<std::string> const names(secret_names.begin(), secret_names.end());
    for (auto const& name : names)
    {
        auto const secret = co_await read_secret(client, ns, name);
        if (!secret)
            co_return secret.error();
        if (*secret)
            facts.secrets[name] = **secret;
    }
    auto const others = secrets_of_pods(facts, names);
    for (auto const& name : others)
    {
        auto const secret = co_await read_secret(client, ns, name);
        if (!secret)
            facts.unchecked_secrets[name] = secret.error().message();
        else if (*secret)
            facts.secrets[name] = **secret;
    }
    co_return facts;
}

}  // namespace tcr::commands
