#include <tcr/hosts/config_map.hpp>
#include <tcr/kube/errc.hpp>

namespace tcr::hosts
{
namespace
{

enum field : int
{
    configuration,
    other
};

}  // namespace

std::vector<kube::skim_path> config_map_reflector::paths() const
{
    return {
        {configuration, {"data", std::string(config_map_key)}, false, kube::max_object_bytes},
        // Only that there is one; its text is nobody's business.
        {other, {"data", "*"}, true},
        {other, {"binaryData", "*"}, true},
    };
}

void config_map_reflector::begin_object()
{
    text_.reset();
    has_others_ = false;
}

void config_map_reflector::on_value(int field, std::string_view, std::string_view text)
{
    if (field == configuration)
        text_ = text;
}

void config_map_reflector::on_piece(int, std::string_view, bool)
{
    has_others_ = true;
}

void config_map_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    // A server that does not know our selection would show others too.
    if (meta.name != name_ || meta.ns != ns_)
        return;
    bool const is_taken = event == kube::object_event::listed ? freshness_.take_listed(meta.resource_version)
                                                              : freshness_.take(meta.resource_version);
    if (!is_taken)
        return;
    is_there_ = event != kube::object_event::deleted;
    on_wish_(is_there_ ? read() : result<hosts_config>(hosts_config()));
}

void config_map_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view problem
)
{
    if (meta.name != name_ || meta.ns != ns_)
        return;
    bool const is_taken = event == kube::object_event::listed ? freshness_.take_listed(meta.resource_version)
                                                              : freshness_.take(meta.resource_version);
    if (!is_taken)
        return;
    is_there_ = true;
    on_wish_(error(
        kube::errc::bad_config, "ConfigMap " + ns_ + "/" + name_ + " cannot be read: " + std::string(problem)
    ));
}

void config_map_reflector::end_list(std::uint64_t resource_version)
{
    if (!freshness_.end_list(resource_version))
        return;
    is_there_ = false;
    on_wish_(hosts_config());
}

result<hosts_config> config_map_reflector::read() const
{
    auto const name = "ConfigMap " + ns_ + "/" + name_;
    if (text_)
        return parse_hosts_config(name + ", " + std::string(config_map_key), *text_);
    if (has_others_)
        return error(
            kube::errc::bad_config,
            name + " has no key '" + std::string(config_map_key) +
                "', but others; write the hosts at that key, or leave it without data"
        );
    return hosts_config();
}

}  // namespace tcr::hosts
