#include "instance_file.hpp"

#include <tcr/controller/validation.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/instances/instance_plan.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/yaml.hpp>

#include <functional>
#include <map>
#include <set>

namespace tcr::instances
{
namespace
{

/// Reads a document and keeps the first problem. Messages show no values: one may be a password.
class reader
{
public:
    explicit reader(std::string source) : source_(std::move(source)) {}

    result<instance_list> read(std::string const& text)
    {
        auto const file = parse_yaml(text, yaml_documents::one);
        if (file.problem)
            refuse(file.problem->line, "", file.problem->message);
        else if (auto const* root = file.root(); root == nullptr)
            refuse(1, "", "is empty; write \"instances: []\" for an empty list");
        else
        {
            read_members(
                *root,
                "",
                {{"instances", [this](auto const& value, auto const& at) { read_instances(value, at); }},
                 {"global", [this](auto const& value, auto const& at) { read_values(value, at); }}}
            );
            finish();
            if (!is_list_given_ && list_.image_pull_secrets.empty())
                refuse(root->line, "", "has no entries; write \"instances: []\" for an empty list");
        }
        if (!problem_.empty())
            return error(kube::errc::bad_config, problem_);
        return std::move(list_);
    }

private:
    using members = std::map<std::string, std::function<void(yaml_value const&, std::string const& field)>>;

    /// `line` 0: the problem has no line.
    void refuse(std::size_t line, std::string const& field, std::string const& why)
    {
        if (!problem_.empty())
            return;
        problem_ = source_;
        if (line != 0)
            problem_ += ", line " + std::to_string(line);
        if (!field.empty())
            problem_ += ", " + field;
        problem_ += ": " + why;
    }

    void read_members(yaml_value const& map, std::string const& field, members const& known)
    {
        if (!map.is_map())
            return refuse(map.line, field, "must be a mapping, with lines such as \"name: value\"");
        std::set<std::string_view> seen;
        for (auto const& [name, value] : map.items)
        {
            auto const& key = name->text;
            auto const shown = printable(key.substr(0, key.find_first_of(": \t\r\n")), 40);
            auto const at = field.empty() ? shown : field + "." + shown;
            auto const found = name->is_scalar() ? known.find(key) : known.end();
            if (found == known.end())
            {
                std::string all;
                for (auto const& each : known)
                    all += (all.empty() ? "" : ", ") + each.first;
                return refuse(name->line, at, "unknown key; the keys are " + all);
            }
            if (!seen.insert(key).second)
                return refuse(name->line, at, "occurs more than once; keep one");
            // A file that was cut off after a key must neither empty a list nor widen a scope to its default.
            if (value->is_null() && !is_ignored(field, key))
                return refuse(
                    name->line, at, "has no value; write one, [] for an empty list, or remove the line"
                );
            found->second(*value, at);
        }
    }

    /// Keys of the original add-on's values that have no effect here.
    static bool is_ignored(std::string const& field, std::string_view key)
    {
        return (field == "global" && key == "hosts") || (field == "global.cluster" && key == "region");
    }

    void read_each(
        yaml_value const& list,
        std::string const& field,
        std::function<void(yaml_value const&, std::string const&)> const& read_one
    )
    {
        if (!list.is_list())
            return refuse(
                list.line, field, "must be a list, with each entry on a line that begins with \"- \""
            );
        for (std::size_t i = 0; i < list.items.size(); ++i)
            read_one(*list.items[i].value, field + "[" + std::to_string(i) + "]");
    }

    auto text(std::string& out)
    {
        return [this, &out](yaml_value const& value, std::string const& field)
        {
            if (value.is_scalar())
                out = value.text;
            else
                refuse(value.line, field, "must be a string");
        };
    }

    auto texts(std::vector<std::string>& out)
    {
        return [this, &out](yaml_value const& list, std::string const& field)
        {
            read_each(
                list,
                field,
                [&](yaml_value const& value, std::string const& at)
                {
                    out.emplace_back();
                    text(out.back())(value, at);
                }
            );
        };
    }

    static auto ignore()
    {
        return [](yaml_value const&, std::string const&) {};
    }

    // --- instances

    void read_instances(yaml_value const& list, std::string const& field)
    {
        is_list_given_ = true;
        read_each(
            list, field, [this](yaml_value const& value, std::string const& at) { read_instance(value, at); }
        );
    }

    void read_instance(yaml_value const& value, std::string const& field)
    {
        instance one;
        read_members(
            value,
            field,
            {{"registryId", text(one.id.id)},
             {"region", text(one.id.region)},
             {"domains", texts(one.domains)},
             {"namespaces", text(one.namespaces)},
             {"serviceAccounts", text(one.service_accounts)},
             {"excludedNamespaces", texts(one.excluded_namespaces)},
             {"credential",
              [&](yaml_value const& map, std::string const& at) { read_credential(map, at, one); }}}
        );
        if (one.domains.empty())
            one.domains = {"public"};
        if (one.id.id.empty())
            refuse(value.line, field + ".registryId", "is required");
        if (!ids_.insert(one.id.id).second)
            refuse(value.line, field + ".registryId", "occurs more than once; list all domains in one entry");
        places_.push_back({value.line, field});
        list_.instances.push_back(std::move(one));
    }

    void read_credential(yaml_value const& map, std::string const& field, instance& one)
    {
        std::string type = "tcr";
        credentials::password_reference from;
        read_members(
            map,
            field,
            {{"type", text(type)},
             {"tokenType", text(one.token_type)},
             {"username", text(one.username)},
             {"password", text(one.password)},
             {"passwordSecretRef",
              [&](yaml_value const& value, std::string const& at) {
                  read_members(value, at, {{"name", text(from.name)}, {"key", text(from.key)}});
              }}}
        );
        bool const has_literal = !one.username.empty() || !one.password.empty();
        if (type == "tcr")
        {
            one.credential = credential_kind::tcr;
            if (has_literal || !from.name.empty())
                refuse(
                    map.line,
                    field,
                    "of type tcr must have no username and no password: the controller creates a token"
                );
            if (!registry::parse_token_type(one.token_type))
                refuse(map.line, field + ".tokenType", "must be temp or longterm");
        }
        else if (type == "static")
        {
            one.credential = credential_kind::literal;
            if (one.username.empty() || one.password.empty() || !from.name.empty())
                refuse(map.line, field, "of type static must have username and password, and nothing else");
        }
        else if (type == "secretRef")
        {
            one.credential = credential_kind::secret_ref;
            one.password_from = from;
            if (one.username.empty() || from.name.empty() || !one.password.empty())
                refuse(
                    map.line,
                    field,
                    "of type secretRef must have username and passwordSecretRef, and nothing else"
                );
        }
        else
            refuse(map.line, field + ".type", "must be tcr, static or secretRef");
    }

    // --- values of the original add-on

    void read_values(yaml_value const& map, std::string const& field)
    {
        read_members(
            map,
            field,
            {{"imagePullSecretsCrs",
              [this](yaml_value const& list, std::string const& at)
              {
                  read_each(
                      list,
                      at,
                      [this](yaml_value const& value, std::string const& entry)
                      { read_image_pull_secret(value, entry); }
                  );
              }},
             {"cluster",
              [this](yaml_value const& value, std::string const& at) {
                  read_members(value, at, {{"region", ignore()}, {"longregion", text(region_)}});
              }},
             {"hosts", ignore()}}
        );
    }

    void read_image_pull_secret(yaml_value const& value, std::string const& field)
    {
        controller::image_pull_secret object;
        std::string type = "docker";
        auto& spec = object.spec;
        read_members(
            value,
            field,
            {{"name", text(object.name)},
             {"namespaces", text(spec.namespaces)},
             {"serviceAccounts", text(spec.service_accounts)},
             {"type", text(type)},
             {"dockerUsername", text(spec.username)},
             {"dockerPassword", text(spec.password)},
             {"dockerServer", text(spec.server)}}
        );
        if (type != "docker")
            refuse(value.line, field + ".type", "must be docker");
        // Set the defaults that the ImagePullSecret in the cluster has, so that both can be compared.
        for (auto* names : {&spec.namespaces, &spec.service_accounts})
            if (names->empty())
                *names = "*";
        object.instance = values_instance;
        check(object, value.line, field);
        list_.image_pull_secrets.push_back(std::move(object));
    }

    // --- checks after the whole file was read

    void check(controller::image_pull_secret const& object, std::size_t line, std::string const& field)
    {
        for (auto const& problem : controller::validate(object))
            refuse(line, field, problem.field + " " + problem.message);
    }

    void finish()
    {
        // Example domains, without a query to the cloud: they show whether every ImagePullSecret that an
        // instance yields will be valid.
        credentials::instance_names example;
        example.public_domain = "name.tencentcloudcr.com";
        example.vpc_domain = credentials::vpc_domain_of(example.public_domain);
        std::set<std::string> names;
        for (auto const& object : list_.image_pull_secrets)
            if (!names.insert(object.name).second)
                refuse(
                    0, "global.imagePullSecretsCrs", "two entries have the name " + printable(object.name, 80)
                );
        for (std::size_t i = 0; i < list_.instances.size(); ++i)
        {
            auto& one = list_.instances[i];
            auto const& where = places_[i];
            if (one.id.region.empty())
                one.id.region = region_;
            if (one.id.region.empty())
                refuse(where.line, where.field + ".region", "is required, for example \"ap-guangzhou\"");
            for (auto const& object : image_pull_secrets_of(one, example))
            {
                check(object, where.line, where.field);
                if (!names.insert(object.name).second)
                    refuse(
                        where.line,
                        where.field,
                        "would create a second ImagePullSecret " + printable(object.name, 80)
                    );
            }
        }
    }

    struct place
    {
        std::size_t line;
        std::string field;
    };

    std::string source_;
    std::string problem_;
    std::string region_;
    instance_list list_;
    bool is_list_given_ = false;  ///< the file has the key "instances"
    std::vector<place> places_;   ///< of the instances
    std::set<std::string> ids_;
};

}  // namespace

result<instance_list> parse_instances(std::string const& source, std::string const& text)
{
    return reader(source).read(text);
}

}  // namespace tcr::instances
