// SPDX-License-Identifier: Apache-2.0
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/docker_config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

namespace json = boost::json;

struct pod_values
{
    pod_facts pod;
    std::vector<image_facts> volumes;   ///< `image` is empty if the volume is not an image volume
    std::vector<image_facts> statuses;  ///< from status; `image` is empty
};

template <std::vector<image_facts>& (*List)(pod_values&), std::string image_facts::*Member>
void set_member(pod_values& values, std::string_view, std::string_view text)
{
    List(values).back().*Member = text;
}

std::vector<image_facts>& images(pod_values& values)
{
    return values.pod.images;
}

std::vector<image_facts>& volumes(pod_values& values)
{
    return values.volumes;
}

std::vector<image_facts>& statuses(pod_values& values)
{
    return values.statuses;
}

constexpr auto add_container = [](pod_values& values) { values.pod.images.emplace_back(); };
constexpr auto add_volume = [](pod_values& values) { values.volumes.emplace_back(); };
constexpr auto add_status = [](pod_values& values) { values.statuses.emplace_back(); };
constexpr auto set_name = set_member<images, &image_facts::user>;
constexpr auto set_image = set_member<images, &image_facts::image>;
constexpr auto set_volume_name = set_member<volumes, &image_facts::user>;
constexpr auto set_volume_image = set_member<volumes, &image_facts::image>;
constexpr auto set_status_name = set_member<statuses, &image_facts::user>;
constexpr auto set_reason = set_member<statuses, &image_facts::reason>;
constexpr auto set_message = set_member<statuses, &image_facts::message>;

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
    {.path = "spec.volumes[]", .open = add_volume},
    {"spec.volumes[].name", set_volume_name},
    {"spec.volumes[].image.reference", set_volume_image, kube::max_object_bytes},
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
            for (auto& container : pod.images)
                if (container.user == status.user)
                {
                    container.has_status = true;
                    container.reason = printable(status.reason, 80);
                    container.message = printable(status.message, 500);
                }
        add_image_volumes();
        into_.pods.push_back(std::move(pod));
    }

    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view problem) override
    {
        into_.unreadable_pods[meta.name] = problem;
    }

private:
    /// Adds the image volumes to the images of the pod, and derives their state from the containers, because
    /// the pod's status has no entries for volumes. Kubelet pulls the images of volumes before it starts a
    /// container. It reports a failed pull in the state of the containers that mount the volume
    /// (`getImageVolumes` and `toKubeContainerImageVolumes` in kubelet/kuberuntime).
    void add_image_volumes()
    {
        auto& images = values_.pod.images;
        bool const has_started = std::ranges::none_of(images, &image_facts::is_waiting);
        auto const containers = images.size();
        for (auto& volume : values_.volumes)
        {
            if (volume.image.empty())
                continue;
            volume.is_volume = true;
            volume.has_status = has_started;
            for (std::size_t i = 0; i < containers; ++i)
                if (reports(images[i], volume))
                {
                    volume.reason = std::exchange(images[i].reason, {});
                    volume.message = std::exchange(images[i].message, {});
                    images[i].has_status = false;
                }
            images.push_back(std::move(volume));
        }
    }

    /// Whether a container's message names the image of the volume, and not the image of the container.
    static bool reports(image_facts const& container, image_facts const& volume)
    {
        return container.message.find(volume.image) != std::string::npos &&
               container.message.find(container.image) == std::string::npos;
    }

    namespace_facts& into_;
};

template <std::string pull_event::*Member>
void set_event_text(pull_event& event, std::string_view, std::string_view text)
{
    event.*Member = text;
}

constexpr kube::field<pull_event> event_fields[] = {
    {"involvedObject.name", set_event_text<&pull_event::pod>},
    {"reason", set_event_text<&pull_event::reason>},
    {"message", set_event_text<&pull_event::message>, kube::max_object_bytes},
    {"lastTimestamp", set_event_text<&pull_event::time>},
    {"count", [](auto& event, auto, auto text) { event.count = parse_u64(text).value_or(1); }},
};

/// Adds the Events of kubelet about pulls to `namespace_facts`.
class event_reader final : public kube::table_reader<pull_event>
{
public:
    explicit event_reader(namespace_facts& into) : table_reader(event_fields), into_(into) {}

    void on_object(kube::object_event, kube::object_meta const&) override
    {
        if (!is_about_pull())
            return;
        values_.message = printable(values_.message, 500);
        auto& last = into_.pull_events[{values_.pod, values_.reason}];
        if (last.time <= values_.time)
            last = std::move(values_);
    }

private:
    /// Whether the Event is about a pull. Kubelet uses the reasons Failed and BackOff for other Events, too
    /// (k8s.io/kubernetes/pkg/kubelet/events/event.go). With these reasons, the message decides.
    bool is_about_pull() const
    {
        auto const& [pod, reason, message, time, count] = values_;
        return reason == "InspectFailed" || reason == "ErrImageNeverPull" ||
               reason == "FailedToRetrieveImagePullSecret" ||
               (reason == "Failed" && message.starts_with("Failed to pull image")) ||
               (reason == "BackOff" && message.starts_with("Back-off pulling image"));
    }

    namespace_facts& into_;
};

/// Reads the logins of a dockerconfigjson or dockercfg Secret into `facts`. Kubelet ignores Secrets of other
/// types and Secrets with empty content (`secretsToTrackedDockerConfigs` in
/// k8s.io/kubernetes/pkg/credentialprovider/secrets).
void read_logins(json::value const& secret, secret_facts& facts)
{
    boost::system::error_code missing;
    auto const text_at = [&](std::string_view path)
    {
        auto const* found = secret.find_pointer(path, missing);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    auto const type = text_at("/type");
    bool const is_legacy = type == kube::legacy_docker_config_type;
    if (!is_legacy && type != kube::docker_config_type)
    {
        facts.ignored_type = type;
        return;
    }
    auto const key = is_legacy ? kube::legacy_docker_config_key : kube::docker_config_key;
    auto const content = base64_decode(text_at("/data/" + std::string(key))).value_or("");
    if (content.empty())
        return;
    using format = kube::docker_config_format;
    auto const logins = kube::read_docker_config(content, is_legacy ? format::legacy : format::json);
    if (!logins)
    {
        facts.problem = logins.error().message();
        return;
    }
    for (auto const& each : *logins)
        facts.logins.push_back({each.registry, each.username.empty() && each.password.empty()});
}

/// Whether the API server refused a request because a right is missing. If so, adds `needed` to `facts`.
bool was_refused(error const& failure, right needed, namespace_facts& facts)
{
    if (failure.code != kube::errc::forbidden)
        return false;
    facts.missing_rights.insert(needed);
    return true;
}

/// Reads the JSON of an object; nullopt if the object does not exist.
task<result<std::optional<std::string>>> find(
    kube::client& client, kube::resource const& type, std::string const& ns, std::string const& name
)
{
    auto request = kube::get_request(type, ns, name);
    auto const doing = "cannot read " + type.plural + " " + (ns.empty() ? "" : ns + "/") + name;
    auto answer = co_await client.fetch(std::move(request), doing);
    if (!answer && answer.error().code == kube::errc::not_found)
        co_return std::optional<std::string>();
    if (!answer)
        co_return answer.error();
    co_return std::optional<std::string>(std::move(*answer));
}

/// Reads the namespace by a GET, for which a Role in the namespace suffices; a list needs a ClusterRole. If
/// the user may not GET the namespace, assumes that it exists and that its labels are unknown.
task<result<void>> read_itself(kube::client& client, namespace_facts& facts, runtime::cluster_store& store)
{
    kube::resource const namespaces{"", "v1", "namespaces"};
    std::string const no_namespace;
    auto const body = co_await find(client, namespaces, no_namespace, facts.name);
    if (!body)
    {
        if (!was_refused(body.error(), right::get_namespace, facts))
            co_return body.error();
        facts.exists = true;
        facts.has_unknown_labels = true;
        co_return result<void>();
    }
    if (!*body)
        co_return result<void>();
    runtime::namespace_reflector reader(store, nullptr);
    kube::single_object_decoder decoder(reader, kube::object_event::modified);
    decoder.begin();
    auto const broken = decoder.on_body(**body);
    auto const here = store.find_namespace(facts.name);
    if (broken || !here)
        co_return error(kube::errc::bad_answer, "cannot parse namespace " + facts.name);
    auto const view = store.view(*here);
    facts.exists = view.exists;
    facts.is_terminating = view.is_terminating;
    facts.labels = view.labels;
    facts.has_unknown_labels = view.has_unknown_labels;
    co_return result<void>();
}

task<result<void>> read_accounts(kube::client& client, namespace_facts& facts, runtime::cluster_store& store)
{
    // With a prefix, the reader would keep only some references of a long list.
    runtime::account_reflector reader(store, nullptr, {});
    kube::resource const accounts{"", "v1", "serviceaccounts"};
    kube::selection inside;
    inside.ns = facts.name;
    auto const doing = "cannot list the accounts of namespace " + facts.name;
    auto listed = co_await client.list(accounts, inside, reader, doing);
    if (!listed && was_refused(listed.error(), right::list_accounts, facts))
        co_return result<void>();
    auto const here = store.find_namespace(facts.name);
    if (!listed || !here)
        co_return listed;
    store.for_each_account(
        *here,
        [&](auto const& each)
        { facts.accounts[std::string(each.name)].references = runtime::decode_references(each.references); }
    );
    co_return result<void>();
}

task<result<void>> list_pods(kube::client& client, namespace_facts& facts)
{
    kube::resource const pods{"", "v1", "pods"};
    kube::selection inside;
    inside.ns = facts.name;
    pod_reader reader(facts);
    auto const doing = "cannot list pods of namespace " + facts.name;
    auto listed = co_await client.list(pods, inside, reader, doing);
    if (!listed && was_refused(listed.error(), right::list_pods, facts))
        co_return result<void>();
    co_return listed;
}

task<result<void>> read_pod(kube::client& client, std::string const& name, namespace_facts& facts)
{
    kube::resource const pods{"", "v1", "pods"};
    auto const body = co_await find(client, pods, facts.name, name);
    if (!body && was_refused(body.error(), right::get_pod, facts))
        co_return result<void>();
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

/// Reads the Events of the pod named `pod`, or of all pods if `pod` is empty.
task<result<void>> read_events(kube::client& client, std::string const& pod, namespace_facts& facts)
{
    kube::resource const events{"", "v1", "events"};
    kube::selection of_pods;
    of_pods.ns = facts.name;
    of_pods.field_selector = "involvedObject.kind=Pod";
    if (!pod.empty())
        of_pods.field_selector += ",involvedObject.name=" + pod;
    event_reader reader(facts);
    auto const doing = "cannot list Events of namespace " + facts.name;
    auto listed = co_await client.list(events, of_pods, reader, doing);
    if (!listed && was_refused(listed.error(), right::list_events, facts))
        co_return result<void>();
    co_return listed;
}

/// Reads the names of the Secrets that have our type and prefix.
task<result<void>> list_pull_secrets(kube::client& client, namespace_facts& facts)
{
    kube::resource const type{"", "v1", "secrets", true};
    kube::selection of_our_type;
    of_our_type.ns = facts.name;
    of_our_type.field_selector = "type=" + std::string(kube::docker_config_type);
    auto const doing = "cannot list Secrets of namespace " + facts.name;
    auto const listed = co_await list_names(client, type, of_our_type, doing);
    if (!listed && was_refused(listed.error(), right::list_secrets, facts))
        co_return result<void>();
    if (!listed)
        co_return listed.error();
    for (auto const& each : *listed)
        if (each.name.starts_with(controller::secret_prefix))
            facts.pull_secrets.insert(each.name);
    co_return result<void>();
}

/// Reads a Secret into `secrets`. Skips a Secret that does not exist. If the user may not read the Secret,
/// adds it to `unchecked_secrets`. If reading fails for another reason, returns the error if `is_required`;
/// if not, adds the Secret to `unchecked_secrets`.
task<result<void>> read_secret(
    kube::client& client, std::string const& name, bool is_required, namespace_facts& facts
)
{
    kube::resource const type{"", "v1", "secrets"};
    auto const body = co_await find(client, type, facts.name, name);
    if (body && !*body)
        co_return result<void>();
    auto secret = body ? parse_secret(**body) : result<secret_facts>(body.error());
    if (secret)
        facts.secrets[name] = std::move(*secret);
    else if (was_refused(secret.error(), right::get_secrets, facts))
        facts.unchecked_secrets[name].clear();
    else if (is_required)
        co_return secret.error();
    else
        facts.unchecked_secrets[name] = secret.error().message();
    co_return result<void>();
}

/// The names of the pull Secrets of the ImagePullSecrets that select or may select the namespace.
std::set<std::string> desired_secrets(controller::catalog const& catalog, namespace_facts const& facts)
{
    std::set<std::string> names;
    for (auto const& [name, entry] : catalog)
        if (entry.scope->match(facts.view()) <= controller::coverage::labels_unknown)
            names.insert(entry.secret.name);
    return names;
}

}  // namespace

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

result<secret_facts> parse_secret(std::string const& body)
{
    controller::pull_secret_classifier classifier;
    kube::single_object_decoder decoder(classifier, kube::object_event::modified);
    decoder.begin();
    if (auto const ec = decoder.on_body(body))
        return error(ec, "cannot parse a Secret: " + ec.message());
    if (!decoder.complete())
        return error(kube::errc::bad_answer, "cannot parse a Secret: a required value is missing");
    secret_facts facts;
    facts.owner = classifier.owner;
    boost::system::error_code broken;
    read_logins(json::parse(body, broken), facts);
    return facts;
}

std::set<std::string> referenced_secrets(
    namespace_facts& facts, std::string const& account, std::set<std::string> const& known
)
{
    std::set<std::string> names;
    auto const add_all = [&](std::vector<std::string> const& references)
    {
        for (auto const& name : references)
        {
            if (known.contains(name) || names.contains(name) || !kube::is_object_name(name))
                continue;
            if (names.size() < max_referenced_secrets)
                names.insert(name);
            else
                facts.unchecked_secrets[name] = "the account and the pods reference more than " +
                                                std::to_string(max_referenced_secrets) + " Secrets";
        }
    };
    if (facts.pod)
        add_all(facts.pod->references);
    if (auto const found = facts.accounts.find(account); found != facts.accounts.end())
        add_all(found->second.references);
    for (auto const& each : facts.pods)
        add_all(each.references);
    return names;
}

task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    explained_objects const& what,
    controller::catalog const* catalog
)
{
    namespace_facts facts;
    facts.name = ns;
    runtime::cluster_store store;
    auto read = co_await read_itself(client, facts, store);
    if (!read)
        co_return read.error();
    if (!facts.exists)
        co_return facts;
    read = co_await read_accounts(client, facts, store);
    if (read && what.pod.empty())
        read = co_await list_pods(client, facts);
    else if (read)
        read = co_await read_pod(client, what.pod, facts);
    // The request has the pod's name in a field selector, so the name must be valid.
    bool const needs_events = facts.pod || facts.lacks(right::list_pods) ||
                              (facts.lacks(right::get_pod) && kube::is_object_name(what.pod));
    if (read && needs_events)
        read = co_await read_events(client, what.pod, facts);
    if (!catalog)
        facts.missing_rights.insert(right::list_image_pull_secrets);
    if (read && !catalog)
        read = co_await list_pull_secrets(client, facts);
    if (!read)
        co_return read.error();
    auto const desired = catalog ? desired_secrets(*catalog, facts) : std::set<std::string>();
    for (auto const& name : desired)
        if (read)
            read = co_await read_secret(client, name, true, facts);
    auto const account = facts.pod ? facts.pod->account : what.account;
    auto const others = referenced_secrets(facts, account, desired);
    for (auto const& name : others)
        if (read)
            read = co_await read_secret(client, name, false, facts);
    if (!read)
        co_return read.error();
    co_return facts;
}

}  // namespace tcr::commands
