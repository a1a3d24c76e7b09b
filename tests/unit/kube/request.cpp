// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/request.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace request_test
{

using namespace tcr;

kube::resource const namespaces{"", "v1", "namespaces", true};
kube::resource const secrets{"", "v1", "secrets"};
kube::resource const image_pull_secrets{"tcr.tencentcloudcr.com", "v1", "imagepullsecrets"};

void check_get(net::http_request const& request, std::string const& target, std::string const& accept)
{
    BOOST_TEST(request.method == "GET");
    BOOST_TEST(request.target == target);
    BOOST_TEST(request.headers == "Accept: " + accept + "\r\n");
    BOOST_TEST(request.content_type.empty());
    BOOST_TEST(request.body.empty());
}

BOOST_AUTO_TEST_SUITE(request)

BOOST_AUTO_TEST_CASE(a_list_requests_a_page_of_the_current_state)
{
    check_get(kube::list_request(secrets, {}, 500, {}), "/api/v1/secrets?limit=500", "application/json");
    check_get(
        kube::list_request(image_pull_secrets, {}, 1, {}),
        "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets?limit=1",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(one_object_is_selected_by_its_namespace_and_name)
{
    auto const which = kube::select_object("one", "ns");
    BOOST_TEST(which.is_one_object);
    check_get(
        kube::list_request(secrets, which, 500, {}),
        "/api/v1/namespaces/ns/secrets?limit=500&fieldSelector=metadata.name%3Done",
        "application/json"
    );
    check_get(
        kube::watch_request(secrets, which, "7", std::chrono::seconds(60)),
        "/api/v1/namespaces/ns/secrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=60&resourceVersion=7"
        "&fieldSelector=metadata.name%3Done",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(objects_are_selected_by_their_name_in_all_namespaces)
{
    auto const which = kube::select_name("tcr.ipsx");
    BOOST_TEST(which.field_selector == "metadata.name=tcr.ipsx");
    BOOST_TEST(which.label_selector.empty());
    BOOST_TEST(which.ns.empty());
    BOOST_TEST(!which.is_one_object);
}

BOOST_AUTO_TEST_CASE(a_metadata_list_accepts_the_list_form)
{
    check_get(
        kube::list_request(namespaces, {}, 500, {}),
        "/api/v1/namespaces?limit=500",
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    );
}

BOOST_AUTO_TEST_CASE(a_list_encodes_selectors_and_the_continue_token)
{
    check_get(
        kube::list_request(
            secrets,
            {"app.kubernetes.io/managed-by=tcr-assistant,a in (b,c),!d",
             "type=kubernetes.io/dockerconfigjson,metadata.name!=x y",
             {}},
            500,
            "eyJ2Ij/+=&limit=9#"
        ),
        "/api/v1/secrets?limit=500"
        "&labelSelector=app.kubernetes.io%2Fmanaged-by%3Dtcr-assistant%2Ca%20in%20%28b%2Cc%29%2C%21d"
        "&fieldSelector=type%3Dkubernetes.io%2Fdockerconfigjson%2Cmetadata.name%21%3Dx%20y"
        "&continue=eyJ2Ij%2F%2B%3D%26limit%3D9%23",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(a_watch_has_a_start_version_bookmarks_and_a_timeout)
{
    check_get(
        kube::watch_request(image_pull_secrets, {}, "12345", std::chrono::seconds(290)),
        "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=290"
        "&resourceVersion=12345",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(a_metadata_watch_accepts_the_single_form)
{
    // With `as=PartialObjectMetadataList`, the API server answers a watch with 200 and then sends no events.
    check_get(
        kube::watch_request(namespaces, {}, "1", std::chrono::minutes(5)),
        "/api/v1/namespaces?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=1",
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    );
}

BOOST_AUTO_TEST_CASE(a_watch_encodes_selectors_and_the_version)
{
    check_get(
        kube::watch_request(
            secrets, {"a=b", "metadata.name=tcr.ipsx", {}}, "1&watch=0", std::chrono::seconds(1)
        ),
        "/api/v1/secrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=1%26watch%3D0"
        "&labelSelector=a%3Db&fieldSelector=metadata.name%3Dtcr.ipsx",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(the_path_selects_one_namespace)
{
    kube::selection own;
    own.ns = "a";
    check_get(
        kube::list_request(secrets, own, 1, {}), "/api/v1/namespaces/a/secrets?limit=1", "application/json"
    );
    check_get(
        kube::watch_request(secrets, own, "7", std::chrono::seconds(1)),
        "/api/v1/namespaces/a/secrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=7",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(a_get_names_namespace_and_object)
{
    check_get(
        kube::get_request(secrets, "team-a", "tcr.ipssample"),
        "/api/v1/namespaces/team-a/secrets/tcr.ipssample",
        "application/json"
    );
    check_get(
        kube::get_request(image_pull_secrets, "", "sample"),
        "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets/sample",
        "application/json"
    );
}

BOOST_AUTO_TEST_CASE(a_create_posts_to_the_collection)
{
    auto const request = kube::create_request(secrets, "team-a", R"({"kind":"Secret"})");
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/api/v1/namespaces/team-a/secrets");
    BOOST_TEST(request.headers == "Accept: application/json\r\n");
    BOOST_TEST(request.content_type == "application/json");
    BOOST_TEST(request.body == R"({"kind":"Secret"})");
}

BOOST_AUTO_TEST_CASE(a_merge_patch_names_the_object_and_its_subresource)
{
    auto const plain = kube::merge_patch_request({"", "v1", "serviceaccounts"}, "ns", "default", "{}");
    BOOST_TEST(plain.method == "PATCH");
    BOOST_TEST(plain.target == "/api/v1/namespaces/ns/serviceaccounts/default");
    BOOST_TEST(plain.headers == "Accept: application/json\r\n");
    BOOST_TEST(plain.content_type == "application/merge-patch+json");
    BOOST_TEST(plain.body == "{}");
    auto const status =
        kube::merge_patch_request(image_pull_secrets, "", "sample", R"({"status":{}})", "status");
    BOOST_TEST(status.method == "PATCH");
    BOOST_TEST(status.target == "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets/sample/status");
    BOOST_TEST(status.content_type == "application/merge-patch+json");
    BOOST_TEST(status.body == R"({"status":{}})");
}

BOOST_AUTO_TEST_CASE(a_delete_has_a_version_as_its_precondition)
{
    auto const request = kube::delete_request(secrets, "ns", "tcr.ipssample", "77");
    BOOST_TEST(request.method == "DELETE");
    BOOST_TEST(request.target == "/api/v1/namespaces/ns/secrets/tcr.ipssample");
    BOOST_TEST(request.headers == "Accept: application/json\r\n");
    BOOST_TEST(request.content_type == "application/json");
    BOOST_TEST(
        request.body ==
        R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"77"}})"
    );
}

BOOST_AUTO_TEST_CASE(a_name_is_encoded_in_the_target)
{
    // The API server does not check the names in imagePullSecrets, so a name can be any text.
    std::string const name = "tcr.ips x/../?watch=1#%2e HTTP/1.1\r\nX: y";
    std::string const encoded = "tcr.ips%20x%2F..%2F%3Fwatch%3D1%23%252e%20HTTP%2F1.1%0D%0AX%3A%20y";
    BOOST_TEST(
        kube::get_request(secrets, "n/s", name).target == "/api/v1/namespaces/n%2Fs/secrets/" + encoded
    );
    BOOST_TEST(
        kube::delete_request(secrets, "ns", name, "1").target == "/api/v1/namespaces/ns/secrets/" + encoded
    );
    BOOST_TEST(
        kube::merge_patch_request(secrets, "ns", name, "{}").target ==
        "/api/v1/namespaces/ns/secrets/" + encoded
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace request_test
