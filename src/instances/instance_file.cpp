#include <tcr/controller/validation.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/instances/instance_file.hpp>
#include <tcr/instances/instance_plan.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace tcr::instances
{
namespace
{

/// Reads a document and remembers the first thing that is wrong. Values are never shown: one may be a password.
class reader
{
public:
    explicit reader(std::string called) : called_(std::move(called)) {}

    result<instance_list> read(std::string const& text)
    {
        try
        {
            auto const root = YAML::Load(text);
            if (!root.IsNull())
                read_members(
                    root,
                    "",
                    {{"instances", [this](auto const& node, auto const& at) { read_instances(node, at); }},
                     {"global", [this](auto const& node, auto const& at) { read_values(node, at); }}}
                );
            finish();
        }
        catch (YAML::Exception const& failure)
        {
            // What follows a colon in its messages is text of the file.
            refuse(failure.mark, "", "is not YAML: " + failure.msg.substr(0, failure.msg.find(':')));
        }
        if (!problem_.empty())
            return error(kube::errc::bad_config, problem_);
        return std::move(list_);
    }

private:
    using members = std::map<std::string, std::function<void(YAML::Node const&, std::string const& field)>>;

    void refuse(YAML::Mark const& mark, std::string const& field, std::string const& why)
    {
        if (!problem_.empty())
            return;
        problem_ = called_;
        if (!mark.is_null())
            problem_ += ", line " + std::to_string(mark.line + 1);
        if (!field.empty())
            problem_ += ", " + field;
        problem_ += ": " + why;
    }

    void read_members(YAML::Node const& map, std::string const& field, members const& known)
    {
        if (!map.IsMap())
            return refuse(map.Mark(), field, "must be a mapping, with lines such as \"name: value\"");
        std::set<std::string> seen;
        for (auto const& item : map)
        {
            auto const key = item.first.IsScalar() ? item.first.Scalar() : std::string();
            auto const shown = printable(key.substr(0, key.find_first_of(": \t\r\n")), 40);
            auto const at = field.empty() ? shown : field + "." + shown;
            auto const found = known.find(key);
            if (found == known.end())
            {
                std::string all;
                for (auto const& [name, read] : known)
                    all += (all.empty() ? "" : ", ") + name;
                return refuse(item.first.Mark(), at, "there is no such key; there are " + all);
            }
            if (!seen.insert(key).second)
                return refuse(item.first.Mark(), at, "stands there more than once; keep one");
            if (!item.second.IsNull())
                found->second(item.second, at);
        }
    }

    void read_each(
        YAML::Node const& list,
        std::string const& field,
        std::function<void(YAML::Node const&, std::string const&)> const& read_one
    )
    {
        if (!list.IsSequence())
            return refuse(list.Mark(), field, "must be a list, each entry in a line that begins with \"- \"");
        for (std::size_t i = 0; i < list.size(); ++i)
            read_one(list[i], field + "[" + std::to_string(i) + "]");
    }

    auto text(std::string& out)
    {
        return [this, &out](YAML::Node const& node, std::string const& field)
        {
            if (node.IsScalar())
                out = node.Scalar();
            else
                refuse(node.Mark(), field, "must be a text");
        };
    }

    auto texts(std::vector<std::string>& out)
    {
        return [this, &out](YAML::Node const& list, std::string const& field)
        {
            read_each(
                list,
                field,
                [&](YAML::Node const& node, std::string const& at)
                {
                    out.emplace_back();
                    text(out.back())(node, at);
                }
            );
        };
    }

    static auto ignore()
    {
        return [](YAML::Node const&, std::string const&) {};
    }

    // --- instances

    void read_instances(YAML::Node const& list, std::string const& field)
    {
        read_each(
            list, field, [this](YAML::Node const& node, std::string const& at) { read_instance(node, at); }
        );
    }

    void read_instance(YAML::Node const& node, std::string const& field)
    {
        instance one;
        read_members(
            node,
            field,
            {{"registryId", text(one.id.id)},
             {"region", text(one.id.region)},
             {"domains", texts(one.domains)},
             {"namespaces", text(one.namespaces)},
             {"serviceAccounts", text(one.service_accounts)},
             {"excludedNamespaces", texts(one.excluded_namespaces)},
             {"credential",
              [&](YAML::Node const& map, std::string const& at) { read_credential(map, at, one); }}}
        );
        if (one.domains.empty())
            one.domains = {"public"};
        auto const is_told = std::any_of(
            list_.instances.begin(),
            list_.instances.end(),
            [&](auto const& other) { return other.id.id == one.id.id; }
        );
        if (one.id.id.empty())
            refuse(node.Mark(), field + ".registryId", "must be given");
        if (is_told)
            refuse(
                node.Mark(), field + ".registryId", "stands there more than once; give one entry all domains"
            );
        places_.push_back({node.Mark(), field});
        list_.instances.push_back(std::move(one));
    }

    void read_credential(YAML::Node const& map, std::string const& field, instance& one)
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
              [&](YAML::Node const& node, std::string const& at) {
                  read_members(node, at, {{"name", text(from.name)}, {"key", text(from.key)}});
              }}}
        );
        bool const has_literal = !one.username.empty() || !one.password.empty();
        if (type == "tcr")
        {
            one.credential = credential_kind::tcr;
            if (has_literal || !from.name.empty())
                refuse(map.Mark(), field, "of type tcr takes no username and no password: a token is made");
            if (!registry::parse_token_type(one.token_type))
                refuse(map.Mark(), field + ".tokenType", "must be temp or longterm");
        }
        else if (type == "static")
        {
            one.credential = credential_kind::literal;
            if (one.username.empty() || one.password.empty() || !from.name.empty())
                refuse(map.Mark(), field, "of type static takes username and password, and nothing else");
        }
        else if (type == "secretRef")
        {
            one.credential = credential_kind::secret_ref;
            one.password_from = from;
            if (one.username.empty() || from.name.empty() || !one.password.empty())
                refuse(
                    map.Mark(),
                    field,
                    "of type secretRef takes username and passwordSecretRef, and nothing else"
                );
        }
        else
            refuse(map.Mark(), field + ".type", "must be tcr, static or secretRef");
    }

    // --- the original add-on's values

    void read_values(YAML::Node const& map, std::string const& field)
    {
        read_members(
            map,
            field,
            {{"imagePullSecretsCrs",
              [this](YAML::Node const& list, std::string const& at)
              {
                  read_each(
                      list,
                      at,
                      [this](YAML::Node const& node, std::string const& entry)
                      { read_written_out(node, entry); }
                  );
              }},
             {"cluster",
              [this](YAML::Node const& node, std::string const& at) {
                  read_members(node, at, {{"region", ignore()}, {"longregion", text(region_)}});
              }},
             {"hosts", ignore()}}
        );
    }

    void read_written_out(YAML::Node const& node, std::string const& field)
    {
        controller::image_pull_secret cr;
        std::string type = "docker";
        auto& spec = cr.spec;
        read_members(
            node,
            field,
            {{"name", text(cr.name)},
             {"namespaces", text(spec.namespaces)},
             {"serviceAccounts", text(spec.service_accounts)},
             {"type", text(type)},
             {"dockerUsername", text(spec.username)},
             {"dockerPassword", text(spec.password)},
             {"dockerServer", text(spec.server)}}
        );
        if (type != "docker")
            refuse(node.Mark(), field + ".type", "must be docker");
        // As the CR that is made of it has it, so that the two can be compared.
        for (auto* names : {&spec.namespaces, &spec.service_accounts})
            if (names->empty())
                *names = "*";
        cr.instance = written_out_instance;
        check(cr, node.Mark(), field);
        list_.written_out.push_back(std::move(cr));
    }

    // --- what can only be told at the end

    void check(controller::image_pull_secret const& cr, YAML::Mark const& mark, std::string const& field)
    {
        for (auto const& problem : controller::validate(cr))
            refuse(mark, field, problem.field + " " + problem.message);
    }

    void finish()
    {
        // Names of a registry that need no asking, to see that each CR that comes of an instance will be a good one.
        credentials::instance_names example;
        example.public_domain = "name.tencentcloudcr.com";
        example.vpc_domain = credentials::vpc_domain_of(example.public_domain);
        std::set<std::string> names;
        for (auto const& cr : list_.written_out)
            if (!names.insert(cr.name).second)
                refuse(
                    YAML::Mark::null_mark(),
                    "global.imagePullSecretsCrs",
                    "two have the name " + printable(cr.name, 80)
                );
        for (std::size_t i = 0; i < list_.instances.size(); ++i)
        {
            auto& one = list_.instances[i];
            auto const& where = places_[i];
            if (one.id.region.empty())
                one.id.region = region_;
            if (one.id.region.empty())
                refuse(where.mark, where.field + ".region", "must be given, such as \"ap-guangzhou\"");
            for (auto const& cr : crs_of(one, example))
            {
                check(cr, where.mark, where.field);
                if (!names.insert(cr.name).second)
                    refuse(
                        where.mark,
                        where.field,
                        "would make a second ImagePullSecret " + printable(cr.name, 80)
                    );
            }
        }
    }

    struct place
    {
        YAML::Mark mark;
        std::string field;
    };

    std::string called_;
    std::string problem_;
    std::string region_;
    instance_list list_;
    std::vector<place> places_;  ///< of the instances
};

}  // namespace

result<instance_list> parse_instances(std::string const& called, std::string const& text)
{
    return reader(called).read(text);
}

}  // namespace tcr::instances
