// SPDX-License-Identifier: Apache-2.0

// The cluster store compared with a model of an API server. The model holds a map of objects, and the events
// and answers that the store has not received yet. Events arrive in order but may be late. Answers to writes
// may arrive before or after the event. The server sends lists, and may be restored from a backup. After
// everything has arrived, the store must have the content of the server.
#include "fuzz_target.hpp"
#include "store_text.hpp"

#include <deque>
#include <set>

namespace
{

using namespace tcr;
using runtime::kind;
using runtime::source;

struct object_name
{
    std::string ns;
    std::string name;
    auto operator<=>(object_name const&) const = default;
};

struct object
{
    std::uint64_t version = 0;
    unsigned value = 0;
};

using objects = std::map<object_name, object>;

struct event
{
    object_name name;
    object what;
    bool is_deleted = false;
};

constexpr kind kinds[] = {kind::namespaces, kind::accounts, kind::secrets};

runtime::reference_list references_of(unsigned value)
{
    std::vector<std::string> names;
    for (unsigned i = 0; i < value % 4; ++i)
        names.push_back("tcr.ips" + std::to_string(value / 4 % 4 + i));
    return names;
}

runtime::secret_state state_of(unsigned value)
{
    return {value, (value & 1) != 0, (value & 2) != 0, (value & 4) != 0, (value & 8) != 0};
}

std::string labels_of(unsigned value)
{
    return value % 3 == 0 ? std::string() : "team=" + std::to_string(value % 3) + "\n";
}

/// One kind of object on the server, and the events and answers that the store has not received yet.
class server_kind
{
public:
    server_kind(runtime::cluster_store& store, kind which) : store_(store), kind_(which) {}

    void create_or_change(object_name const& name, unsigned value, std::uint64_t version, bool is_ours)
    {
        objects_[name] = {version, value};
        events_.push_back({name, objects_[name], false});
        // The controller never writes namespaces.
        if (is_ours && kind_ != kind::namespaces)
            answers_.push_back(events_.back());
    }

    void remove(object_name const& name, std::uint64_t version, bool is_ours)
    {
        if (objects_.erase(name) == 0)
            return;
        events_.push_back({name, {version, 0}, true});
        // The answer to a DELETE is delivered at once. The controller waits for this answer before its next
        // write in the namespace.
        if (is_ours && kind_ == kind::accounts)
            check(
                "account " + name.ns + "/" + name.name,
                [&] { return store_.drop_account(name.ns, name.name, version, source::answer); }
            );
        if (is_ours && kind_ == kind::secrets)
            check(
                "secret " + name.ns + "/" + name.name,
                [&] { return store_.drop_secret(name.ns, name.name, version, source::answer); }
            );
    }

    void deliver_event()
    {
        if (events_.empty())
            return;
        apply(events_.front(), source::watch);
        events_.pop_front();
    }

    void deliver_answer(std::size_t which)
    {
        if (answers_.empty())
            return;
        auto const at = answers_.begin() + static_cast<std::ptrdiff_t>(which % answers_.size());
        apply(*at, source::answer);
        answers_.erase(at);
    }

    /// Delivers a list at `version`, the newest version, and drops the pending events: the watch continues
    /// from `version`. If `answer_between`, the answer to a write arrives during the list.
    void list(std::uint64_t version, bool answer_between)
    {
        store_.begin_list(kind_);
        for (auto const& [name, what] : objects_)
        {
            apply({name, what, false}, source::list);
            if (answer_between)
                deliver_answer(0);
            answer_between = false;
        }
        std::vector<runtime::namespace_id> removed;
        store_.end_list(kind_, version, removed);
        events_.clear();
    }

    /// Replaces the server's objects by those of a backup.
    void restore(objects backup)
    {
        objects_ = std::move(backup);
        events_.clear();
        answers_.clear();
    }

    void deliver_all()
    {
        while (!answers_.empty() || !events_.empty())
        {
            deliver_event();
            deliver_answer(0);
        }
    }

    objects const& content() const { return objects_; }

    /// Adds the objects of this kind that the store should have.
    void add_expected(std::map<std::string, std::string>& content) const
    {
        for (auto const& [name, what] : objects_)
        {
            if (kind_ == kind::namespaces)
                content["namespace " + name.ns] = labels_of(what.value) + (what.value >= 128 ? "!" : "");
            if (kind_ == kind::accounts)
                content["account " + name.ns + "/" + name.name] = references_of(what.value).text();
            if (kind_ == kind::secrets)
            {
                auto& text = content["secret " + name.ns + "/" + name.name];
                auto const state = state_of(what.value);
                text = std::to_string(state.fingerprint);
                text += state.is_foreign ? " foreign" : "";
                text += state.is_immutable ? " immutable" : "";
                text += state.is_unowned ? " unowned" : "";
                text += state.has_our_label ? " labelled" : "";
            }
        }
    }

private:
    void apply(event const& each, source from)
    {
        auto const& ns = each.name.ns;
        auto const& name = each.name.name;
        auto const version = each.what.version;
        auto const value = each.what.value;
        if (kind_ == kind::namespaces)
            check(
                "namespace " + ns,
                [&]
                {
                    return each.is_deleted ? store_.drop_namespace(ns)
                                           : store_.put_namespace(ns, labels_of(value), value >= 128, from);
                }
            );
        if (kind_ == kind::accounts)
            check(
                "account " + ns + "/" + name,
                [&]
                {
                    return each.is_deleted
                               ? store_.drop_account(ns, name, version, from)
                               : store_.put_account(ns, name, version, references_of(value), from);
                }
            );
        if (kind_ == kind::secrets)
            check(
                "secret " + ns + "/" + name,
                [&]
                {
                    return each.is_deleted ? store_.drop_secret(ns, name, version, from)
                                           : store_.put_secret(ns, name, version, state_of(value), from);
                }
            );
    }

    /// Makes one change to the store, and checks that the reported change is the only difference in the
    /// content.
    template <class Change>
    void check(std::string const& name, Change change)
    {
        auto before = fuzz::content_of(store_);
        runtime::stored const reported = change();
        auto after = fuzz::content_of(store_);
        bool const was_there = before.contains(name);
        bool const is_there = after.contains(name);
        auto expected = runtime::change::none;
        if (is_there && !was_there)
            expected = runtime::change::added;
        else if (was_there && !is_there)
            expected = runtime::change::removed;
        else if (was_there && before[name] != after[name])
            expected = runtime::change::modified;
        fuzz::require(reported.what == expected, "the store reports what is different");
        before.erase(name);
        after.erase(name);
        fuzz::require_equal(fuzz::text_of(after), fuzz::text_of(before), "other objects stay as they are");
    }

    runtime::cluster_store& store_;
    kind kind_;
    objects objects_;
    std::deque<event> events_;
    std::deque<event> answers_;
};

class model
{
public:
    void step(fuzz::input_reader& input)
    {
        auto const action = input.take_byte();
        auto& of = all_[action % 3];
        auto const choice = input.take_byte();
        bool const is_ours = (choice & 1) != 0;
        object_name name;
        name.ns = "ns" + std::to_string(choice >> 1 & 3);
        name.name = action % 3 == 0 ? std::string() : "object" + std::to_string(choice >> 3 & 3);
        switch (action / 3 % 8)
        {
            case 0:
            case 1:
                of.create_or_change(name, input.take_byte(), ++version_, is_ours);
                break;
            case 2:
                of.remove(name, ++version_, is_ours);
                break;
            case 3:
                for (unsigned i = 0; i < 1 + choice % 4; ++i)
                    of.deliver_event();
                break;
            case 4:
                of.deliver_answer(choice);
                break;
            case 5:
                of.list(version_, is_ours);
                break;
            case 6:
                settle();
                break;
            default:
                back_up_or_restore(is_ours);
                break;
        }
    }

    /// Delivers all pending events and answers, then compares the store with the server.
    void settle()
    {
        std::map<std::string, std::string> expected;
        for (auto& each : all_)
        {
            each.deliver_all();
            each.add_expected(expected);
        }
        fuzz::require_equal(
            fuzz::text_of(fuzz::content_of(store_)),
            fuzz::text_of(expected),
            "the store holds what the server holds"
        );
        std::set<std::string> names;
        for (auto const& each : all_)
            for (auto const& [name, what] : each.content())
                names.insert(name.ns);
        fuzz::require(
            store_.namespaces() == names.size(), "namespaces without anything in them are forgotten"
        );
        fuzz::require(store_.accounts() == all_[1].content().size(), "accounts are counted");
        fuzz::require(store_.secrets() == all_[2].content().size(), "Secrets are counted");
        for (auto const& ns : names)
        {
            auto const found = store_.find_namespace(ns);
            fuzz::require(found && store_.view(*found).name == ns, "a namespace is found by its name");
        }
    }

private:
    void back_up_or_restore(bool does_restore)
    {
        if (!does_restore)
        {
            backup_.clear();
            for (auto const& each : all_)
                backup_.push_back(each.content());
            backup_version_ = version_;
            return;
        }
        if (backup_.empty())
            return;
        // After a restore, versions continue from the backup's version, or far ahead (etcdutl's
        // --bump-revision). Each watcher detects the restore separately and then lists.
        version_ = version_ % 2 == 0 ? backup_version_ + 1 : version_ + 1'000'000'000;
        for (std::size_t i = 0; i < backup_.size(); ++i)
        {
            all_[i].restore(backup_[i]);
            all_[i].list(version_, false);
        }
    }

    runtime::cluster_store store_;
    server_kind all_[3] = {{store_, kinds[0]}, {store_, kinds[1]}, {store_, kinds[2]}};
    std::uint64_t version_ = 1;
    std::vector<objects> backup_;
    std::uint64_t backup_version_ = 1;
};

}  // namespace

TCR_FUZZ_TARGET(store_model)
{
    model all;
    // Each step compares the whole store, so the number of steps is limited.
    constexpr int max_steps = 200;
    fuzz::input_reader input(bytes);
    for (int i = 0; i < max_steps && !input.empty(); ++i)
        all.step(input);
    all.settle();
}
