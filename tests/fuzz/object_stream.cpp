// SPDX-License-Identifier: Apache-2.0

// The decoders of lists, watches and single objects, with each `object_reader` of the product. An input that
// arrives in pieces must give the same result as the whole input.
#include "fuzz_target.hpp"
#include "store_text.hpp"
#include <tcr/admission/certificate_secret.hpp>
#include <tcr/admission/webhook_configuration.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/hosts/config_map.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/runtime/core_reflectors.hpp>

#include <memory>

namespace
{

using namespace tcr;

/// Records the calls that a decoder makes, then passes them to the reader. The pieces of one string are
/// recorded as one string.
class recording_reader final : public kube::object_reader
{
public:
    explicit recording_reader(kube::object_reader& target) : target_(target) {}

    std::vector<kube::skim_path> paths() const override { return target_.paths(); }
    void begin_object() override
    {
        note("begin");
        target_.begin_object();
    }
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        note("value", field, key, text);
        target_.on_value(field, key, text);
    }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        string_.append(piece);
        if (last)
        {
            note("string", field, {}, string_);
            string_.clear();
        }
        target_.on_piece(field, piece, last);
    }
    void on_open(int field) override
    {
        note("open", field);
        target_.on_open(field);
    }
    void on_object(kube::object_event event, kube::object_meta const& meta) override
    {
        fuzz::require(!meta.name.empty(), "an object has a name");
        fuzz::require(meta.resource_version != 0, "an object has a resource version");
        note("object", static_cast<int>(event), meta.ns, meta.name);
        note(meta.is_deleting ? "deleting" : "", 0, meta.uid, std::to_string(meta.resource_version));
        target_.on_object(event, meta);
    }

    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override
    {
        fuzz::require(!meta.name.empty(), "an object that cannot be read has a name");
        note("unreadable", static_cast<int>(event), meta.name, problem);
        target_.on_unreadable(event, meta, problem);
    }

    void note(std::string_view what, int number = 0, std::string_view one = {}, std::string_view other = {})
    {
        log.append(what).append(" ").append(std::to_string(number)).append(" ");
        log.append(one).append(" ").append(other).append("\n");
    }

    std::string log;

private:
    kube::object_reader& target_;
    std::string string_;
};

/// A reader under test, and the objects into which it writes.
struct subject
{
    runtime::cluster_store store;
    controller::catalog catalog;
    std::string changes;
    std::unique_ptr<kube::object_reader> reader;
    runtime::reflector* reflector = nullptr;  ///< the reader, if it is a reflector

    template <class Reflector, class... Arguments>
    void reflect(Arguments&&... arguments)
    {
        auto made = std::make_unique<Reflector>(std::forward<Arguments>(arguments)...);
        reflector = made.get();
        reader = std::move(made);
    }
};

constexpr std::string_view readers = "naskichtwm";

std::unique_ptr<subject> make_subject(char which)
{
    auto made = std::make_unique<subject>();
    auto& to = *made;
    auto const on_stored = [&to](runtime::stored event)
    { to.changes += "change " + std::to_string(static_cast<int>(event.what)) + "\n"; };
    auto const on_change = [&to] { to.changes += "change\n"; };
    auto const on_name = [&to](std::string const& name) { to.changes += "changed " + name + "\n"; };
    switch (which)
    {
        case 'n':
            to.reflect<runtime::namespace_reflector>(to.store, on_stored);
            break;
        case 'a':
            to.reflect<runtime::account_reflector>(to.store, on_stored, "tcr.ips");
            break;
        case 's':
            to.reflect<controller::pull_secret_reflector>(to.store, on_stored);
            break;
        case 'k':
            to.reader = std::make_unique<controller::pull_secret_classifier>();
            break;
        case 'i':
            to.reflect<controller::catalog_reflector>(
                to.catalog,
                controller::catalog_reflector::listeners{
                    [on_name](std::string const& name, auto const&) { on_name(name); }, on_change, on_change}
            );
            break;
        case 'c':
            to.reflect<credentials::credential_secrets>("tcr", credentials::token_rules{}, on_change);
            break;
        case 'h':
            to.reflect<hosts::config_map_reflector>(
                "tcr",
                "hosts",
                [&to](result<hosts::hosts_config> wanted)
                { to.changes += wanted ? std::to_string(wanted->entries.size()) : wanted.error().message(); }
            );
            break;
        case 't':
            to.reflect<admission::certificate_secret_reflector>(on_change);
            break;
        case 'w':
            to.reflect<admission::webhook_configuration_reflector>(on_change);
            break;
        default:
            to.reader = std::make_unique<kube::meta_reader>();
            break;
    }
    return made;
}

template <class Decoder>
boost::system::error_code feed(Decoder& decoder, std::vector<std::string> const& pieces)
{
    boost::system::error_code failure;
    for (auto const& piece : pieces)
        if (!failure)
            failure = decoder.on_body(piece);
    return failure;
}

/// Decodes the pieces. \return a text that describes the result
std::string decode(char how, char which, std::vector<std::string> const& pieces)
{
    auto const to = make_subject(which);
    recording_reader recorder(*to->reader);
    boost::system::error_code failure;
    if (how == 'w')
    {
        kube::watch_decoder decoder(recorder);
        decoder.begin_watch(7);
        failure = feed(decoder, pieces);
        recorder.note(
            "events", static_cast<int>(decoder.events()), std::to_string(decoder.resource_version())
        );
        recorder.note(decoder.saw_restore() ? "back" : "forth");
        if (decoder.failure())
            recorder.note(
                "failure", decoder.failure()->code, decoder.failure()->reason, decoder.failure()->message
            );
    }
    else if (how == 'o')
    {
        kube::single_object_decoder decoder(recorder, kube::object_event::modified);
        decoder.begin();
        failure = feed(decoder, pieces);
        recorder.note(decoder.complete() ? "complete" : "incomplete");
    }
    else
    {
        kube::list_decoder decoder(recorder);
        if (to->reflector)
            to->reflector->begin_list();
        decoder.begin_page();
        failure = feed(decoder, pieces);
        recorder.note(
            decoder.page_complete() ? "complete" : "incomplete",
            0,
            decoder.continue_token(),
            std::to_string(decoder.resource_version())
        );
        if (to->reflector && !failure && decoder.page_complete())
            to->reflector->end_list(decoder.resource_version());
    }
    recorder.note("failure", failure.value(), failure.category().name());
    return recorder.log + to->changes + fuzz::text_of(fuzz::content_of(to->store));
}

}  // namespace

// The first byte selects the decoder: `w` for a watch, `o` for one object, any other byte for a list. The
// second byte selects the reader.
TCR_FUZZ_TARGET(object_stream)
{
    fuzz::input_reader input(bytes);
    auto const how = static_cast<char>(input.take_byte());
    auto which = static_cast<char>(input.take_byte());
    if (readers.find(which) == std::string_view::npos)
        which = readers[static_cast<unsigned char>(which) % readers.size()];
    auto const whole = decode(how, which, {std::string(input.rest())});
    auto const pieces = decode(how, which, fuzz::pieces_of(input.rest()));
    fuzz::require_equal(pieces, whole, "bytes in pieces have the same effect as the whole");
}
