// SPDX-License-Identifier: Apache-2.0
#include "instance_file.hpp"

#include "instance_plan.hpp"
#include <tcr/controller/validation.hpp>
#include <tcr/credentials/instance_directory.hpp>
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

/// Reads a document and keeps the first problem. A message may quote a name or a server, but never a user
/// name or a password.
class reader
{
public:
    explicit reader(std::string source) : source_(std::move(source)) {}

    result<instance_list> read(std::string const& content)
    {
        auto const file = parse_yaml(content, yaml_documents::one);
        if (file.problem)
            refuse(file.problem->line, "", file.problem->message);
        else if (auto const* root = file.root(); root == nullptr)
            refuse(1, "", "is empty; write \"instances: []\" for an empty list");
        else
        {
            read_members(
                *root,
                "",
                {{"instances", each([this](auto const& value, auto const& at) { read_instance(value, at); })},
                 // `global` contains values of the original add-on.
                 {"global",
                  nested(
                      {{"imagePullSecretsCrs",
                        each([this](auto const& value, auto const& at) { read_image_pull_secret(value, at); }
                        )},
                       {"cluster", nested({{"region", nullptr}, {"longregion", text(region_)}})},
                       {"hosts", nullptr}}
                  )}}
            );
            finish();
            if (root->find("instances") == nullptr && list_.image_pull_secrets.empty())
                refuse(root->line, "", "has no entries; write \"instances: []\" for an empty list");
        }
        if (!problem_.empty())
            return error(kube::errc::bad_config, problem_);
        return std::move(list_);
    }

private:
    using read_value = std::function<void(yaml_value const&, std::string const& field)>;

    /// The function that reads the value of each key. A key without a function is accepted and ignored: the
    /// original add-on has that value, but it has no effect here.
    using members = std::map<std::string, read_value>;

    /// Records the first problem. `line` 0: the problem belongs to no single line.
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
                for (auto const& entry : known)
                    all += (all.empty() ? "" : ", ") + entry.first;
                return refuse(name->line, at, "unknown key; the keys are " + all);
            }
            if (!seen.insert(key).second)
                return refuse(name->line, at, "occurs more than once; keep one");
            if (!found->second)
                continue;
            // A key without a value may be the end of a truncated file. It must not count as an empty list or
            // as the default scope.
            if (value->is_null())
                return refuse(
                    name->line, at, "has no value; write one, [] for an empty list, or remove the line"
                );
            found->second(*value, at);
        }
    }

    // --- functions that read one value

    read_value nested(members known)
    {
        return [this, known = std::move(known)](auto const& map, auto const& field)
        { read_members(map, field, known); };
    }

    read_value each(read_value read_one)
    {
        return [this, read_one = std::move(read_one)](auto const& list, auto const& field)
        {
            if (!list.is_list())
                return refuse(
                    list.line, field, "must be a list, with each entry on a line that begins with \"- \""
                );
            for (std::size_t i = 0; i < list.items.size(); ++i)
                read_one(*list.items[i].value, field + "[" + std::to_string(i) + "]");
        };
    }

    read_value text(std::string& out)
    {
        return [this, &out](auto const& value, auto const& field)
        {
            if (value.is_scalar())
                out = value.text;
            else
                refuse(value.line, field, "must be a string");
        };
    }

    read_value texts(std::vector<std::string>& out)
    {
        return each([this, &out](auto const& value, auto const& at) { text(out.emplace_back())(value, at); });
    }

    // --- instances and ImagePullSecrets

    /// Sets the same defaults as the API server, so that the spec can be compared with the one in the
    /// cluster.
    static void set_defaults(controller::image_pull_secret_spec& spec)
    {
        for (auto* names : {&spec.namespaces, &spec.service_accounts})
            if (names->empty())
                *names = "*";
    }

    void read_instance(yaml_value const& value, std::string const& field)
    {
        instance one;
        one.spec.tcr.emplace().token_type = "temp";
        read_members(
            value,
            field,
            {{"registryId", text(one.id.id)},
             {"region", text(one.id.region)},
             {"domains", texts(one.domains)},
             {"namespaces", text(one.spec.namespaces)},
             {"serviceAccounts", text(one.spec.service_accounts)},
             {"excludedNamespaces", texts(one.spec.excluded_namespaces)},
             {"credential", [&](auto const& map, auto const& at) { read_credential(map, at, one.spec); }}}
        );
        set_defaults(one.spec);
        if (one.domains.empty())
            one.domains = {"public"};
        if (one.id.id.empty())
            refuse(value.line, field + ".registryId", "is required");
        if (!ids_.insert(one.id.id).second)
            refuse(value.line, field + ".registryId", "occurs more than once; list all domains in one entry");
        places_.push_back({value.line, field});
        list_.instances.push_back(std::move(one));
    }

    void read_credential(
        yaml_value const& map, std::string const& field, controller::image_pull_secret_spec& spec
    )
    {
        std::string type = "tcr";
        credentials::password_reference from;
        read_members(
            map,
            field,
            {{"type", text(type)},
             {"tokenType", text(spec.tcr->token_type)},
             {"username", text(spec.username)},
             {"password", text(spec.password)},
             {"passwordSecretRef", nested({{"name", text(from.name)}, {"key", text(from.key)}})}}
        );
        if (type == "tcr")
        {
            if (!spec.username.empty() || !spec.password.empty() || !from.name.empty())
                refuse(map.line, field, "of type tcr must have no username and no password");
            if (!registry::parse_token_type(spec.tcr->token_type))
                refuse(map.line, field + ".tokenType", "must be temp or longterm");
        }
        else if (type == "static")
        {
            spec.tcr.reset();
            if (spec.username.empty() || spec.password.empty() || !from.name.empty())
                refuse(map.line, field, "of type static must have username and password alone");
        }
        else if (type == "secretRef")
        {
            spec.tcr.reset();
            spec.password_from = from;
            if (spec.username.empty() || from.name.empty() || !spec.password.empty())
                refuse(map.line, field, "of type secretRef must have username and passwordSecretRef alone");
        }
        else
            refuse(map.line, field + ".type", "must be tcr, static or secretRef");
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
        set_defaults(spec);
        object.instance = "values";
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
        // Use example domains instead of a query to the cloud. They suffice to check the ImagePullSecrets of
        // each instance, except those of `custom` domains.
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
    std::vector<place> places_;  ///< where each instance is in the file
    std::set<std::string> ids_;
};

}  // namespace

result<instance_list> parse_instances(std::string const& source, std::string const& text)
{
    return reader(source).read(text);
}

}  // namespace tcr::instances
