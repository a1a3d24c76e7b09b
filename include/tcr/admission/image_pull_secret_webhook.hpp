// SPDX-License-Identifier: Apache-2.0
#pragma once

// The validating webhook for ImagePullSecrets.

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <functional>
#include <optional>

namespace tcr::admission
{

/// Reads the spec of the ImagePullSecret in a review. `max_values` limits the memory, because a client may
/// call the webhook directly. Only the API server enforces the schema's limits.
class image_pull_secret_reader final : public kube::table_reader<controller::image_pull_secret_values>
{
public:
    image_pull_secret_reader() : table_reader(controller::image_pull_secret_spec_fields()) {}

    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_open(int field) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    std::optional<controller::image_pull_secret> object;  ///< object of the last review; nullopt if absent
    bool is_deleting = false;
    bool is_too_large = false;

    /// Max number of values and entries in an object; the schema allows fewer.
    static constexpr std::size_t max_values = 10'000;

private:
    bool has_room();

    std::size_t values_read_ = 0;
};

/// Validates ImagePullSecrets. Refuses an object that breaks a rule; the message names the field and the
/// correction. Warns of probable mistakes. Does not refuse an UPDATE for problems that the old object already
/// had, so that the labels of an invalid object, for example, stay editable. The API server's ratcheting
/// validation works the same way.
class image_pull_secret_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/validate-tcr-tencentcloudcr-com-v1-imagepullsecret";

    /// The webhook gives no warnings while `is_synced` returns false. `catalog` and `store` must outlive the
    /// webhook.
    image_pull_secret_webhook(
        controller::catalog const& catalog,
        runtime::cluster_store const& store,
        std::function<bool()> is_synced
    );

    net::server_response answer(net::server_request const& request);

private:
    review_answer decide(review_request const& review) const;

    controller::catalog const& catalog_;
    runtime::cluster_store const& store_;
    std::function<bool()> is_synced_;
    image_pull_secret_reader object_;
    image_pull_secret_reader old_object_;
    review_reader reader_{object_, &old_object_};
};

}  // namespace tcr::admission
