#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <set>
#include <utility>

namespace tcr::commands
{
namespace
{

namespace json = boost::json;

json::value const nothing;

json::value const& member(json::value const& of, char const* name)
{
    auto const* object = of.if_object();
    auto const* found = object != nullptr ? object->if_contains(name) : nullptr;
    return found != nullptr ? *found : nothing;
}

std::string text(json::value const& of, char const* name)
{
    auto const* found = member(of, name).if_string();
    return found != nullptr ? std::string(found->data(), found->size()) : std::string();
}

template <class F>
void for_each(json::value const& of, char const* name, F&& f)
{
    if (auto const* list = member(of, name).if_array())
        for (auto const& each : *list)
            f(each);
}

std::vector<std::string> names_in(json::value const& of, char const* name)
{
    std::vector<std::string> names;
    for_each(of, name, [&](auto const& each) { names.push_back(text(each, "name")); });
    return names;
}

pod_facts pod_of(std::string const& name, json::value const& object)
{
    pod_facts pod;
    pod.name = name;
    auto const& spec = member(object, "spec");
    if (auto account = text(spec, "serviceAccountName"); !account.empty())
        pod.account = std::move(account);
    pod.references = names_in(spec, "imagePullSecrets");
    for (auto const* kind : {"initContainers", "containers", "ephemeralContainers"})
        for_each(spec, kind, [&](auto const& each) { pod.images.push_back(text(each, "image")); });
    auto const& status = member(object, "status");
    for (auto const* kind : {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"})
        for_each(
            status,
            kind,
            [&](auto const& each)
            {
                auto const& waiting = member(member(each, "state"), "waiting");
                if (auto reason = text(waiting, "reason"); !reason.empty())
                    pod.waiting_reasons.push_back(reason + ": " + printable(text(waiting, "message"), 500));
            }
        );
    return pod;
}

/// The Secret's owner, classified as by the reconciler, and its registries. Its content is not kept.
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
    auto const encoded = broken ? std::string() : text(member(object, "data"), ".dockerconfigjson");
    auto const decoded = base64_decode(encoded);
    auto const config = json::parse(decoded ? *decoded : "{}", broken);
    if (broken)
        return facts;
    if (auto const* auths = member(config, "auths").if_object())
        for (auto const& each : *auths)
            facts.servers.emplace_back(each.key());
    return facts;
}

/// Reads an object's JSON; nothing if the object does not exist.
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
    // kubelet uses a login for index.docker.io for images of docker.io.
    return host == registry || (registry == "docker.io" && host == "index.docker.io");
}

task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& secret_names
)
{
    kube::resource const pods{"", "v1", "pods"};
    kube::resource const secrets{"", "v1", "secrets"};
    namespace_facts facts;
    facts.name = ns;
    auto const read = co_await read_itself(client, facts);
    if (!read)
        co_return read.error();
    if (!facts.exists)
        co_return facts;
    std::set<std::string> names(secret_names.begin(), secret_names.end());
    if (!pod.empty())
    {
        auto const body = co_await find(client, pods, ns, pod);
        if (!body)
            co_return body.error();
        if (*body)
        {
            boost::system::error_code broken;
            auto const object = json::parse(**body, broken);
            if (broken)
                co_return error(broken, "cannot parse pod " + ns + "/" + pod + ": " + broken.message());
            facts.pod = pod_of(pod, object);
            names.insert(facts.pod->references.begin(), facts.pod->references.end());
        }
    }
    for (auto const& name : names)
    {
        auto const body = co_await find(client, secrets, ns, name);
        if (!body)
            co_return body.error();
        if (!*body)
            continue;
        auto const secret = secret_of(**body);
        if (!secret)
            co_return secret.error();
        facts.secrets[name] = *secret;
    }
    co_return facts;
}

}  // namespace tcr::commands
