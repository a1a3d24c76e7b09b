// SPDX-License-Identifier: Apache-2.0
#include "hostile_objects.hpp"

#include "objects.hpp"
#include <tcr/util/strings.hpp>

#include <cstdlib>
#include <ostream>

namespace tcr::test
{
namespace
{

using texts = std::vector<std::string>;

/// The API server accepts requests of up to 3 MiB; etcd accepts 1.5 MiB of protobuf.
constexpr std::size_t largest_object = 1'300'000;

/// The data of a Secret are limited to 1 MiB in total.
constexpr std::size_t largest_secret = 1'000'000;

/// The annotations of an object are limited to 256 KiB in total.
constexpr std::size_t largest_annotations = 250'000;

/// Returns the first count in a quick run, the second in an exhaustive run.
std::size_t either(std::size_t quick, std::size_t exhaustive)
{
    return std::getenv("TCR_EXHAUSTIVE") == nullptr ? quick : exhaustive;
}

std::string numbered(std::string const& prefix, std::size_t number)
{
    return prefix + std::to_string(number);
}

/// Returns `text` as a JSON string. `text` must contain no character that JSON escapes.
std::string quoted(std::string const& text)
{
    return '"' + text + '"';
}

/// An account as JSON. `metadata` is empty or begins with a comma; `references` contains the elements of
/// imagePullSecrets.
std::string account_text(std::string const& name, std::string const& references, std::string const& metadata)
{
    return R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":")" + name + '"' + metadata +
           R"(},"imagePullSecrets":[)" + references + "]}";
}

/// An entry of imagePullSecrets as JSON. `name` is the JSON text between the quotes.
std::string reference_text(std::string const& name)
{
    return R"({"name":")" + name + "\"}";
}

std::string references_text(texts const& names)
{
    std::string text;
    for (auto const& name : names)
        text += (text.empty() ? "" : ",") + reference_text(name);
    return text;
}

std::string managed_fields(std::string const& fields)
{
    return R"(,"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1",)"
           R"("time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":)" +
           fields + "}]";
}

std::string nested_fields(std::size_t depth)
{
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
        text += R"({"f:a":)";
    return text + "{}" + std::string(depth, '}');
}

std::string fields_not_utf8()
{
    return managed_fields("{\"f:\xff\":{}}");
}

std::string annotations_of(std::size_t size)
{
    return R"(,"annotations":{"note":")" + std::string(size, 'n') + "\"}";
}

constexpr char our_label[] = R"(,"labels":{"app.kubernetes.io/managed-by":"tcr-assistant"})";

/// A Secret as JSON. `data` is the JSON text between the braces of its data.
std::string secret_text(
    std::string const& name, std::string const& type, std::string const& metadata, std::string const& data
)
{
    return R"({"apiVersion":"v1","kind":"Secret","type":")" + type + R"(","metadata":{"name":")" + name +
           '"' + our_label + metadata + R"(},"data":{)" + data + "}}";
}

std::string entry_text(std::string const& key, std::string const& value)
{
    return quoted(key) + ':' + quoted(tcr::base64_encode(value));
}

/// A docker login that fills a Secret.
std::string large_docker_config()
{
    return R"({"auths":{"registry.example.com":{"username":")" + std::string(largest_secret * 7 / 10, 'u') +
           R"(","password":"p","auth":"dTpw"}}})";
}

/// One Secret of each type that a tenant can create, of the maximum size, with our label.
texts large_secrets()
{
    auto const large = std::string(largest_secret * 7 / 10, 'x');
    return {
        secret_text("opaque", "Opaque", {}, entry_text("value", large)),
        secret_text("own-type", "example.com/of-a-tenant", {}, entry_text("value", large)),
        secret_text(
            "docker",
            "kubernetes.io/dockerconfigjson",
            {},
            entry_text(".dockerconfigjson", large_docker_config())
        ),
        secret_text(
            "old-docker", "kubernetes.io/dockercfg", {}, entry_text(".dockercfg", large_docker_config())
        ),
        secret_text("basic", "kubernetes.io/basic-auth", {}, entry_text("password", large)),
        secret_text("ssh", "kubernetes.io/ssh-auth", {}, entry_text("ssh-privatekey", large)),
        secret_text(
            "tls", "kubernetes.io/tls", {}, entry_text("tls.crt", large) + "," + entry_text("tls.key", "")
        ),
        secret_text("bootstrap", "bootstrap.kubernetes.io/token", {}, entry_text("token-id", large)),
        secret_text(
            "account-token",
            "kubernetes.io/service-account-token",
            R"(,"annotations":{"kubernetes.io/service-account.name":"default"})",
            entry_text("extra", large)
        ),
    };
}

/// Secrets with the names of ImagePullSecrets that do not exist.
texts secrets_named_like_ours()
{
    auto const config = entry_text(".dockerconfigjson", large_docker_config());
    std::string const type = "kubernetes.io/dockerconfigjson";
    return {
        secret_text("tcr.ipsnobody", type, fields_not_utf8(), config),
        secret_text("tcr.ipsnested", type, managed_fields(nested_fields(200)), config),
        secret_text("tcr.ipsannotated", type, ",\"annotations\":{\"raw\":\"\xff\xfe\"}", config),
        secret_text("tcr.ipsnoted", type, annotations_of(largest_annotations), config),
        secret_text("tcr.ipsopaque", "Opaque", fields_not_utf8(), config),
    };
}

/// Names that may break a parser of strings.
texts odd_names()
{
    return {
        "",
        "line\\nbreak",
        "carriage\\rreturn",
        "quote\\\"quote",
        "back\\\\slash",
        "nul\\u0000nul",
        "lone-high\\ud800surrogate",
        "lone-low\\udc00surrogate",
        "pair\\ud83d\\ude00",
        "raw\xff\xfe",
        "cut\xe2\x82",
        "overlong\xc0\x80",
        "del\x7f",
        "../../etc/passwd",
        "{{.Name}}%s%n",
        "tcr.ips",
        "tcr.ips\\u0000",
    };
}

template <class Text>
texts repeated(std::size_t count, Text text)
{
    texts all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(text(i));
    return all;
}

/// A kind of hostile objects: accounts with these JSON texts.
hostile_kind of_accounts(std::string name, std::function<texts()> make)
{
    auto const create = [make = std::move(make)](hostile_place const& place)
    { return place.tenant.create_texts(accounts, place.ns, make()); };
    return {std::move(name), create};
}

hostile_kind of_secrets(std::string name, std::function<texts()> make)
{
    auto const create = [make = std::move(make)](hostile_place const& place)
    { return place.tenant.create_texts(secrets, place.ns, make()); };
    return {std::move(name), create};
}

texts accounts_of_1_3_mb(std::string const& prefix, std::size_t count)
{
    return repeated(
        count,
        [&](std::size_t i)
        {
            auto const name = numbered("x", i) + std::string(largest_object, 'y');
            return account_text(numbered(prefix, i), reference_text(name), {});
        }
    );
}

texts names_like_ours(std::size_t count)
{
    return repeated(count, [](std::size_t i) { return numbered("tcr.ips", i); });
}

/// Labels of 1 MB in total. Each label has the maximum length.
std::string large_labels()
{
    constexpr std::size_t label_size = 370;
    std::string text = ",\"labels\":{";
    for (std::size_t i = 0; i < 1'000'000 / label_size; ++i)
    {
        auto const prefix = std::string(60, 'p') + '.' + std::string(60, 'q') + '.' + std::string(60, 'r');
        auto const key = prefix + '.' + std::string(50, 's') + '/' + numbered("k", i) + std::string(50, 'k');
        text += (i == 0 ? "" : ",") + quoted(key) + ':' + quoted(std::string(63, 'v'));
    }
    return text + '}';
}

hostile_kind of_namespaces(
    std::string kind, std::string const& prefix, std::size_t count, std::function<std::string()> metadata
)
{
    auto const names = repeated(count, [&](std::size_t i) { return numbered(prefix, i); });
    auto const create = [names, metadata = std::move(metadata)](hostile_place const& place)
    {
        texts bodies;
        auto const more = metadata();
        for (auto const& name : names)
            bodies.push_back(
                R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":")" + name + '"' + more + "}}"
            );
        return place.administrator.create_texts(namespaces, {}, bodies);
    };
    return {std::move(kind), create, {}, names};
}

/// Fills the tenant's default account almost up to the size limit.
texts fill_default_account(hostile_place const& place)
{
    auto const other = std::string(largest_object, 'o');
    return place.tenant.patch_texts(
        accounts, place.ns, {{"default", "{\"imagePullSecrets\":[" + reference_text(other) + "]}"}}
    );
}

/// Fills the Secret that the controller maintains in the tenant's namespace up to the size limits.
texts fill_our_secret(hostile_place const& place)
{
    auto const metadata = std::string("{\"name\":") + quoted(place.secret) +
                          annotations_of(largest_annotations) + fields_not_utf8() + "}";
    auto const data = "{" + entry_text(".dockerconfigjson", large_docker_config()) + "}";
    return place.tenant.patch_texts(
        secrets, place.ns, {{place.secret, "{\"metadata\":" + metadata + ",\"data\":" + data + "}"}}
    );
}

void edit_an_account(cluster& tenant, hostile_place const& place)
{
    static std::size_t turn = 0;
    ++turn;
    auto const patch = R"({"metadata":{"annotations":{"turn":")" + std::to_string(turn) +
                       R"("}},"imagePullSecrets":[{"name":")" + numbered("other-", turn % 2) + "\"}]}";
    tenant.patch(accounts, place.ns, "edited", patch);
}

void recreate_an_account(cluster& tenant, hostile_place const& place)
{
    tenant.create(accounts, place.ns, account_body("recreated"));
    tenant.remove(accounts, place.ns, "recreated");
}

/// Deletes the Secret that the controller maintains. The controller creates the Secret again, with growing
/// delays.
void delete_our_secret(cluster& tenant, hostile_place const& place)
{
    tenant.remove(secrets, place.ns, place.secret);
}

/// 5,000 ownerReferences of a type that does not exist. For an existing type, the garbage collector would
/// look up each owner.
std::string many_owners()
{
    std::string text = ",\"ownerReferences\":[";
    for (std::size_t i = 0; i < 5'000; ++i)
        text += std::string(i == 0 ? "" : ",") +
                R"({"apiVersion":"example.com/v1","kind":"Nothing","name":")" + numbered("n", i) +
                R"(","uid":")" + numbered("u", i) + "\"}";
    return text + ']';
}

/// An account with large lists that the controller does not use, 1 MB in total.
texts account_with_large_lists()
{
    std::string finalizers;
    std::string mountable;
    for (std::size_t i = 0; i < 5'000; ++i)
    {
        std::string const comma = i == 0 ? "" : ",";
        finalizers += comma + quoted("example.com/" + numbered("f", i) + std::string(50, 'f'));
        mountable += comma + reference_text(numbered("s", i) + std::string(100, 's'));
    }
    return {
        R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"lists","finalizers":[)" +
        finalizers + R"(]},"secrets":[)" + mountable + "]}"};
}

texts nothing(hostile_place const&)
{
    return {};
}

std::vector<hostile_kind> unreadable_kinds()
{
    return {
        of_accounts(
            "raw_bytes_in_managed_fields", [] { return texts{account_text("raw", {}, fields_not_utf8())}; }
        ),
        of_accounts(
            "nesting_of_200",
            [] { return texts{account_text("nested-200", {}, managed_fields(nested_fields(200)))}; }
        ),
        of_accounts(
            "nesting_of_5000",
            [] { return texts{account_text("nested-5000", {}, managed_fields(nested_fields(5000)))}; }
        ),
        of_accounts(
            "name_of_1_48_mb_that_is_escaped",
            [] { return texts{account_text("angle", reference_text(std::string(1'480'000, '<')), {})}; }
        ),
        of_accounts("odd_names", [] { return texts{account_text("odd", references_text(odd_names()), {})}; }),
        of_accounts(
            "entries_without_a_name",
            []
            {
                std::string entries = "{}";
                for (std::size_t i = 1; i < 10'000; ++i)
                    entries += ",{}";
                return texts{account_text("empty", entries, {})};
            }
        ),
    };
}

std::vector<hostile_kind> large_kinds()
{
    return {
        of_accounts("accounts_of_1_3_mb_20", [] { return accounts_of_1_3_mb("big-", 20); }),
        of_accounts("accounts_of_1_3_mb_many", [] { return accounts_of_1_3_mb("large-", either(60, 500)); }),
        of_accounts(
            "references_40000",
            [] { return texts{account_text("many", references_text(names_like_ours(40'000)), {})}; }
        ),
        of_accounts(
            "accounts_in_one_namespace",
            []
            {
                return repeated(
                    either(5'000, 20'000),
                    [](std::size_t i) { return account_text(numbered("many-", i), {}, {}); }
                );
            }
        ),
        of_accounts(
            "annotations_of_250_kb",
            []
            {
                return repeated(
                    20,
                    [](std::size_t i)
                    { return account_text(numbered("noted-", i), {}, annotations_of(largest_annotations)); }
                );
            }
        ),
        {"default_account_filled_up", fill_default_account},
        of_accounts("lists_of_1_mb", account_with_large_lists),
    };
}

std::vector<hostile_kind> secret_kinds()
{
    return {
        of_secrets("labelled_secrets_of_every_type", large_secrets),
        of_secrets("secrets_named_like_ours", secrets_named_like_ours),
        of_secrets(
            "labelled_secrets_2000",
            []
            {
                return repeated(
                    2'000,
                    [](std::size_t i)
                    { return secret_text(numbered("small-", i), "Opaque", {}, entry_text("value", "v")); }
                );
            }
        ),
        {"our_secret_filled_up", fill_our_secret},
        of_secrets(
            "owners_5000",
            [] { return texts{secret_text("owned", "Opaque", many_owners(), entry_text("value", "v"))}; }
        ),
    };
}

std::vector<hostile_kind> busy_kinds()
{
    auto const one_account = [](hostile_place const& place)
    { return place.tenant.create_texts(accounts, place.ns, {account_text("edited", {}, {})}); };
    return {
        {"account_edited_in_a_loop", one_account, edit_an_account},
        {"account_recreated_in_a_loop", nothing, recreate_an_account},
        {"our_secret_deleted_in_a_loop", nothing, delete_our_secret},
    };
}

std::vector<hostile_kind> namespace_kinds()
{
    return {
        of_namespaces("namespaces_with_1_mb_of_labels", "labelled-", 4, large_labels),
        of_namespaces(
            "namespaces_with_250_kb_of_annotations",
            "annotated-",
            10,
            [] { return annotations_of(largest_annotations); }
        ),
    };
}

}  // namespace

std::ostream& operator<<(std::ostream& out, hostile_kind const& kind)
{
    return out << kind.name;
}

std::vector<hostile_kind> hostile_kinds()
{
    std::vector<hostile_kind> all;
    for (auto const& some :
         {unreadable_kinds(), large_kinds(), secret_kinds(), busy_kinds(), namespace_kinds()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

}  // namespace tcr::test
