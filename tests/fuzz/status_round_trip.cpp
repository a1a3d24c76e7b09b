// SPDX-License-Identifier: Apache-2.0

// The status of an ImagePullSecret must be unchanged after it is written as a patch and read back. An input
// that begins with '{' is an object with a status; any other input contains the values of a status.
#include "fuzz_target.hpp"
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/kube/field_table.hpp>

#include <boost/json.hpp>

#include <optional>

namespace
{

using namespace tcr;
namespace json = boost::json;

class status_reader final : public kube::table_reader<controller::image_pull_secret_values>
{
public:
    status_reader() : table_reader(controller::image_pull_secret_fields()) {}

    void on_object(kube::object_event, kube::object_meta const& meta) override
    {
        object = values_.take(meta);
    }

    std::optional<controller::image_pull_secret> object;
};

std::optional<controller::image_pull_secret> read(std::string_view text)
{
    status_reader reader;
    kube::single_object_decoder decoder(reader, kube::object_event::modified);
    decoder.begin();
    if (decoder.on_body(text) || !decoder.complete())
        return std::nullopt;
    return reader.object;
}

/// Writes the status as a patch, applies the patch to an object without status as the API server would, and
/// reads the object.
controller::image_pull_secret_status written_and_read(controller::image_pull_secret_status const& status)
{
    auto body = json::parse(controller::status_patch(status)).as_object();
    json::object metadata;
    metadata["name"] = "name";
    metadata["resourceVersion"] = "7";
    body["metadata"] = std::move(metadata);
    auto const object = read(json::serialize(body));
    fuzz::require(object.has_value() && object->has_status, "a status that is written can be read");
    return object->status;
}

/// Converts the bytes from Latin-1 to UTF-8, so that any input is valid. Cuts the text to the maximum length
/// that the CRD allows for a text of a status, because the API server and the reader refuse longer texts.
std::string utf8_of(std::string_view bytes)
{
    constexpr std::size_t max_characters = 512;
    std::string text;
    for (char const each : bytes.substr(0, max_characters))
    {
        auto const code = static_cast<unsigned char>(each);
        if (code >= 0x80)
            text += static_cast<char>(0xc0 | code >> 6);
        text += static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x3f));
    }
    return text;
}

std::vector<controller::status_entry> take_entries(fuzz::input_reader& input, bool are_failures)
{
    std::vector<controller::status_entry> entries(input.take_below(4));
    for (auto& each : entries)
    {
        each.namespaced_name = utf8_of(input.take_text());
        each.time = utf8_of(input.take_text());
        if (!are_failures)
            continue;
        each.reason = utf8_of(input.take_text());
        each.message = utf8_of(input.take_text());
    }
    return entries;
}

std::int64_t take_count(fuzz::input_reader& input)
{
    return static_cast<std::int64_t>(input.take_number() >> 1);
}

controller::image_pull_secret_status take_status(fuzz::input_reader& input)
{
    controller::image_pull_secret_status status;
    status.secrets_desired = take_count(input);
    status.secrets_success = take_count(input);
    status.accounts_desired = take_count(input);
    status.accounts_success = take_count(input);
    status.observed_generation = take_count(input);
    status.secrets_updated = take_entries(input, false);
    status.secrets_failed = take_entries(input, true);
    status.accounts_updated = take_entries(input, false);
    status.accounts_failed = take_entries(input, true);
    status.conditions.resize(input.take_below(4));
    for (auto& each : status.conditions)
    {
        for (auto* text : {&each.type, &each.status, &each.reason, &each.message, &each.last_transition_time})
            *text = utf8_of(input.take_text());
        each.observed_generation = take_count(input);
    }
    status.credential_expires_at = utf8_of(input.take_text());
    if (!status.credential_expires_at.empty())
        status.credential_refreshed_at = utf8_of(input.take_text());
    return status;
}

}  // namespace

TCR_FUZZ_TARGET(status_round_trip)
{
    if (!bytes.starts_with('{'))
    {
        fuzz::input_reader input(bytes);
        auto const status = take_status(input);
        fuzz::require(written_and_read(status) == status, "a status that is written is read as the same");
        return;
    }
    auto const object = read(bytes);
    if (!object)
        return;
    // Fields that the patch omits, such as the reason of a success, are lost after the first round.
    auto const once = written_and_read(object->status);
    fuzz::require(written_and_read(once) == once, "a status that is written is read as the same");
}
