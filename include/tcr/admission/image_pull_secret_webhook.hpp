#pragma once

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <functional>
#include <optional>

namespace tcr::admission
{

/// Reads the ImagePullSecret's spec in a review. The schema bounds each list in it. `most_parts` bounds what
/// is read from a client that calls the webhook directly, without an API server.
class image_pull_secret_reader final : public kube::table_reader<controller::image_pull_secret_values>
{
public:
    image_pull_secret_reader() : table_reader(controller::image_pull_secret_spec_fields()) {}

    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_open(int field) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    std::optional<controller::image_pull_secret> object;  ///< of the last review; none if it had none
    bool is_deleting = false;
    bool has_too_much = false;

    /// Max values and entries; the schema allows fewer.
    static constexpr std::size_t most_parts = 10'000;

private:
    bool take_one();

    std::size_t parts_ = 0;
};

/// Validates ImagePullSecrets. Refuses an object that breaks a rule, naming the field and what to write
/// instead, and warns of probable mistakes. An UPDATE is not refused for problems that the former object
/// already had, so that for example its labels stay editable, like the API server's own ratcheting
/// validation.
class image_pull_secret_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/validate-tcr-tencentcloudcr-com-v1-imagepullsecret";

    /// Gives no warnings while `is_synced` returns false. `crs` and `known` must outlive it.
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
