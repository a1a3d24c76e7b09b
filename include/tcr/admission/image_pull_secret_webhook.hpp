#pragma once

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <functional>
#include <optional>

namespace tcr::admission
{

/// Reads the spec of an ImagePullSecret of a review, as far as it is one: the schema bounds each list in it,
/// and whoever calls the webhook without an API server in between is not given more.
class image_pull_secret_reader final : public kube::table_reader<controller::image_pull_secret_values>
{
public:
    image_pull_secret_reader() : table_reader(controller::image_pull_secret_spec_fields()) {}

    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_open(int field) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    std::optional<controller::image_pull_secret> object;  ///< of the review read last; none where it had none
    bool is_deleting = false;
    bool has_too_much = false;

    /// Values and entries; the schema's bounds come to less.
    static constexpr std::size_t most_parts = 10'000;

private:
    bool take_one();

    std::size_t parts_ = 0;
};

/// Validates ImagePullSecrets: refuses what breaks a rule, with the field and what to write instead, and
/// warns of what is probably not meant. An UPDATE is not refused for what was wrong before: a label of such
/// an object can be edited, as the API server's own ratcheting has it.
class image_pull_secret_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/validate-tcr-tencentcloudcr-com-v1-imagepullsecret";

    /// Before `is_synced` says yes nothing is warned of. `crs` and `known` must outlive it.
    image_pull_secret_webhook(
        controller::catalog const& crs, runtime::cluster_store const& known, std::function<bool()> is_synced
    );

    net::server_response answer(net::server_request const& request);

private:
    review_answer decide(review_request const& review) const;

    controller::catalog const& catalog_;
    runtime::cluster_store const& known_;
    std::function<bool()> is_synced_;
    image_pull_secret_reader object_;
    image_pull_secret_reader former_;
    review_reader reader_{object_, &former_};
};

}  // namespace tcr::admission
