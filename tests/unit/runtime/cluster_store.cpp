#include "runtime/print.hpp"
#include <tcr/runtime/cluster_store.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace
{

using namespace tcr::runtime;

using names = std::vector<std::string>;

struct fixture
{
    cluster_store store;

    change put_account(
        std::string_view ns, std::string_view name, std::uint64_t version, names references = {}
    )
    {
        return store.put_account(ns, name, version, references).what;
    }
    change put_secret(
        std::string_view ns, std::string_view name, std::uint64_t version, secret_state state = {}
    )
    {
        return store.put_secret(ns, name, version, state).what;
    }

    /// "name@version" of each account, in the store's order.
    names accounts(std::string_view ns) const
    {
        names found;
        if (auto const where = store.find_namespace(ns))
            store.for_each_account(
                *where,
                [&](auto const& each)
                { found.push_back(std::string(each.name) + "@" + std::to_string(each.resource_version)); }
            );
        return found;
    }

    names secrets(std::string_view ns) const
    {
        names found;
        if (auto const where = store.find_namespace(ns))
            store.for_each_secret(
                *where,
                [&](auto const& each)
                { found.push_back(std::string(each.name) + "@" + std::to_string(each.resource_version)); }
            );
        return found;
    }

    std::string references(std::string_view ns, std::string_view account) const
    {
        std::string found = "no such account";
        store.for_each_account(
            store.find_namespace(ns).value(),
            [&](auto const& each)
            {
                if (each.name == account)
                    found = each.references;
            }
        );
        return found;
    }

    names namespaces() const
    {
        names found;
        store.for_each_namespace([&](auto where) { found.emplace_back(store.view(where).name); });
        return found;
    }

    /// Ends a list. \return the names of the namespaces that lost something, where they are still known.
    std::vector<namespace_id> end_list(kind which, std::uint64_t version)
    {
        std::vector<namespace_id> removed;
        store.end_list(which, version, removed);
        return removed;
    }
};

BOOST_FIXTURE_TEST_SUITE(namespaces_of_the_store, fixture)

BOOST_AUTO_TEST_CASE(an_empty_store_knows_nothing)
{
    BOOST_TEST(!store.find_namespace("x").has_value());
    BOOST_TEST(!store.find_namespace("").has_value());
    BOOST_TEST(store.highest_namespace() == 0u);
    BOOST_TEST(namespaces().empty());
    BOOST_TEST(store.drop_namespace("x").what == change::none);
    BOOST_TEST(store.drop_account("x", "y", 9).what == change::none);
    BOOST_TEST(store.drop_secret("x", "y", 9).what == change::none);
}

BOOST_AUTO_TEST_CASE(a_namespace_is_added_modified_and_removed)
{
    auto const added = store.put_namespace("ns", "a=1\n", false);
    BOOST_TEST(added.what == change::added);
    BOOST_TEST(added.where == store.find_namespace("ns").value());
    BOOST_TEST(store.put_namespace("ns", "a=1\n", false).what == change::none);
    auto const relabelled = store.put_namespace("ns", "a=2\n", false);
    BOOST_TEST(relabelled.what == change::modified);
    BOOST_TEST(relabelled.where == added.where);
    BOOST_TEST(store.view(added.where).labels == "a=2\n");
    BOOST_TEST(store.put_namespace("ns", "a=2\n", true).what == change::modified);
    auto const view = store.view(added.where);
    BOOST_TEST(view.name == "ns");
    BOOST_TEST(view.exists);
    BOOST_TEST(view.is_terminating);
    auto const removed = store.drop_namespace("ns");
    BOOST_TEST(removed.what == change::removed);
    BOOST_TEST(removed.where == added.where);
    BOOST_TEST(!store.find_namespace("ns").has_value());
    BOOST_TEST(store.namespaces() == 0u);
}

BOOST_AUTO_TEST_CASE(an_account_may_come_before_its_namespace)
{
    auto const account = store.put_account("ns", "default", 5, {});
    BOOST_TEST(account.what == change::added);
    BOOST_TEST(!store.view(account.where).exists);
    BOOST_TEST(store.view(account.where).name == "ns");
    auto const added = store.put_namespace("ns", "", false);
    BOOST_TEST(added.what == change::added);
    BOOST_TEST(added.where == account.where);
    BOOST_TEST(store.view(account.where).exists);
}

BOOST_AUTO_TEST_CASE(a_namespace_is_known_until_its_last_object_is_gone)
{
    store.put_namespace("ns", "a=1\n", true);
    put_account("ns", "default", 5);
    put_secret("ns", "s", 6);
    auto const where = store.find_namespace("ns").value();
    BOOST_TEST(store.drop_namespace("ns").what == change::removed);
    BOOST_TEST(!store.view(where).exists);
    BOOST_TEST(store.drop_namespace("ns").what == change::none);
    store.drop_secret("ns", "s", 7);
    BOOST_TEST(store.find_namespace("ns").has_value());
    store.drop_account("ns", "default", 8);
    BOOST_TEST(!store.find_namespace("ns").has_value());
}

BOOST_AUTO_TEST_CASE(a_namespace_made_again_is_new_even_with_the_same_labels)
{
    store.put_namespace("ns", "a=1\n", false);
    put_account("ns", "default", 5);
    store.drop_namespace("ns");
    BOOST_TEST(store.put_namespace("ns", "a=1\n", false).what == change::added);
    BOOST_TEST((accounts("ns") == names{"default@5"}));
}

BOOST_AUTO_TEST_CASE(the_number_of_a_namespace_is_used_again_and_carries_nothing_over)
{
    auto const first = store.put_namespace("first", "a=1\n", true).where;
    put_account("first", "default", 5);
    store.drop_account("first", "default", 6);
    store.drop_namespace("first");
    auto const second = store.put_account("second", "builder", 7, {}).where;
    BOOST_TEST(second == first);
    BOOST_TEST(store.highest_namespace() == 1u);
    auto const view = store.view(second);
    BOOST_TEST(view.name == "second");
    BOOST_TEST(view.labels == "");
    BOOST_TEST(!view.exists);
    BOOST_TEST(!view.is_terminating);
    BOOST_TEST((accounts("second") == names{"builder@7"}));
    BOOST_TEST(!store.find_namespace("first").has_value());
}

BOOST_AUTO_TEST_CASE(names_may_be_shared_between_kinds)
{
    // One text of the pool: a namespace, an account, a secret and a reference of the same name.
    store.put_namespace("same", "same", false);
    put_account("same", "same", 1, {"same"});
    put_secret("same", "same", 2);
    put_account("other", "same", 3);
    BOOST_TEST(!store.find_namespace("absent").has_value());
    store.drop_namespace("same");
    store.drop_account("same", "same", 9);
    BOOST_TEST((secrets("same") == names{"same@2"}));
    store.drop_secret("same", "same", 9);
    BOOST_TEST(!store.find_namespace("same").has_value());
    BOOST_TEST((accounts("other") == names{"same@3"}));
}

BOOST_AUTO_TEST_CASE(every_namespace_is_visited_once)
{
    std::set<std::string> expected;
    for (int i = 0; i < 1500; ++i)  // more than one chunk of the pool
    {
        store.put_namespace("ns-" + std::to_string(i), "", false);
        expected.insert("ns-" + std::to_string(i));
    }
    for (int i = 0; i < 1500; i += 3)
    {
        store.drop_namespace("ns-" + std::to_string(i));
        expected.erase("ns-" + std::to_string(i));
    }
    auto const found = namespaces();
    BOOST_TEST(found.size() == expected.size());
    BOOST_TEST((std::set<std::string>(found.begin(), found.end()) == expected));
    BOOST_TEST(store.namespaces() == expected.size());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(objects_of_the_store, fixture)

BOOST_AUTO_TEST_CASE(a_late_answer_does_not_bring_back_what_the_watch_saw_deleted)
{
    using tcr::runtime::origin;
    // Our POST made version 10; the watch told of it and of its deletion before the answer was read.
    store.put_secret("ns", "s", 10, {.fingerprint = 1});
    store.drop_secret("ns", "s", 11);
    store.put_account("ns", "a", 20, {});
    store.drop_account("ns", "a", 21);
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, origin::answer).what == change::none);
    BOOST_TEST(store.put_account("ns", "a", 20, names{"x"}, origin::answer).what == change::none);
    BOOST_TEST(!store.find_namespace("ns").has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_ahead_of_the_watch_counts)
{
    using tcr::runtime::origin;
    store.put_secret("other", "s", 9, {.fingerprint = 1});
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, origin::answer).what == change::added);
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}).what == change::none);
    BOOST_TEST(store.drop_secret("ns", "s", 3, origin::answer).what == change::removed);
}

BOOST_AUTO_TEST_CASE(an_object_that_no_watch_shows_may_be_older_than_the_watch)
{
    using tcr::runtime::origin;
    store.put_secret("other", "s", 90, {.fingerprint = 1});
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, origin::glance).what == change::added);
}

BOOST_AUTO_TEST_CASE(the_newer_version_wins_whatever_the_order)
{
    BOOST_TEST(put_account("ns", "default", 5, {"a"}) == change::added);
    BOOST_TEST(put_account("ns", "default", 4, {"old"}) == change::none);
    BOOST_TEST(put_account("ns", "default", 5, {"same version"}) == change::none);
    BOOST_TEST(references("ns", "default") == "a\n");
    BOOST_TEST(put_account("ns", "default", 6, {"b"}) == change::modified);
    BOOST_TEST(references("ns", "default") == "b\n");

    BOOST_TEST(put_secret("ns", "s", 5, {.fingerprint = 1}) == change::added);
    BOOST_TEST(put_secret("ns", "s", 4, {.fingerprint = 2}) == change::none);
    BOOST_TEST(put_secret("ns", "s", 5, {.fingerprint = 3}) == change::none);
    BOOST_TEST(put_secret("ns", "s", 6, {.fingerprint = 4}) == change::modified);
    BOOST_TEST((secrets("ns") == names{"s@6"}));
}

BOOST_AUTO_TEST_CASE(a_newer_version_with_the_same_content_is_no_change_but_counts)
{
    put_account("ns", "default", 5, {"a", "b"});
    BOOST_TEST(put_account("ns", "default", 7, {"a", "b"}) == change::none);
    BOOST_TEST((accounts("ns") == names{"default@7"}));
    BOOST_TEST(put_account("ns", "default", 6, {"c"}) == change::none);
    BOOST_TEST(references("ns", "default") == "a\nb\n");

    put_secret("ns", "s", 5, {.fingerprint = 1});
    BOOST_TEST(put_secret("ns", "s", 7, {.fingerprint = 1}) == change::none);
    BOOST_TEST((secrets("ns") == names{"s@7"}));
}

BOOST_AUTO_TEST_CASE(every_part_of_a_secrets_state_is_kept_and_compared)
{
    secret_state state{.fingerprint = UINT64_MAX, .is_foreign = false, .is_immutable = false};
    put_secret("ns", "s", 1, state);
    std::uint64_t version = 1;
    auto const put_and_read = [&]
    {
        BOOST_TEST(put_secret("ns", "s", ++version, state) == change::modified);
        secret_state read;
        store.for_each_secret(
            store.find_namespace("ns").value(), [&](auto const& each) { read = each.state; }
        );
        BOOST_TEST((read == state));
    };
    state.is_foreign = true;
    put_and_read();
    state.is_immutable = true;
    put_and_read();
    state.is_foreign = false;
    put_and_read();
    state.is_unmarked = true;
    put_and_read();
    state.fingerprint = 0x8000000000000001;
    put_and_read();
}

BOOST_AUTO_TEST_CASE(the_greatest_version_that_fits_is_kept)
{
    std::uint64_t const most = (std::uint64_t{1} << 53) - 1;
    put_secret("ns", "s", most);
    BOOST_TEST((secrets("ns") == names{"s@" + std::to_string(most)}));
    BOOST_TEST(put_secret("ns", "s", most, {.fingerprint = 1}) == change::none);
}

BOOST_AUTO_TEST_CASE(an_older_deletion_is_ignored)
{
    put_account("ns", "default", 5);
    put_secret("ns", "s", 5);
    BOOST_TEST(store.drop_account("ns", "default", 4).what == change::none);
    BOOST_TEST(store.drop_secret("ns", "s", 4).what == change::none);
    BOOST_TEST(store.accounts() == 1u);
    BOOST_TEST(store.secrets() == 1u);
    BOOST_TEST(store.drop_account("ns", "default", 5).what == change::removed);
    BOOST_TEST(store.drop_secret("ns", "s", UINT64_MAX).what == change::removed);
    BOOST_TEST(store.accounts() == 0u);
    BOOST_TEST(store.secrets() == 0u);
}

BOOST_AUTO_TEST_CASE(dropping_what_is_not_there_changes_nothing)
{
    put_account("ns", "default", 5);
    BOOST_TEST(store.drop_account("ns", "other", 9).what == change::none);
    BOOST_TEST(store.drop_account("nowhere", "default", 9).what == change::none);
    BOOST_TEST(store.drop_secret("ns", "default", 9).what == change::none);
    BOOST_TEST((accounts("ns") == names{"default@5"}));
}

BOOST_AUTO_TEST_CASE(references_keep_their_order_and_equal_lists_share_a_number)
{
    put_account("one", "a", 1, {"z", "a", "z"});
    put_account("two", "b", 2, {"z", "a", "z"});
    put_account("two", "c", 3, {"a", "z", "z"});
    put_account("two", "d", 4);
    BOOST_TEST(references("one", "a") == "z\na\nz\n");
    std::map<std::string, string_pool::id> numbers;
    for (auto ns : {"one", "two"})
        store.for_each_account(
            store.find_namespace(ns).value(),
            [&](auto const& each) { numbers[std::string(each.name)] = each.references_id; }
        );
    BOOST_TEST(numbers["a"] == numbers["b"]);
    BOOST_TEST(numbers["a"] != numbers["c"]);
    BOOST_TEST(numbers["d"] == 0u);
}

BOOST_AUTO_TEST_CASE(objects_stand_newest_first_and_any_can_be_taken_out)
{
    for (int taken = 0; taken < 4; ++taken)
    {
        fixture fresh;
        names expected;
        for (int i = 0; i < 4; ++i)
        {
            fresh.put_account("ns", "a" + std::to_string(i), 5);
            fresh.put_secret("ns", "a" + std::to_string(i), 5);
            expected.insert(expected.begin(), "a" + std::to_string(i) + "@5");
        }
        BOOST_TEST((fresh.accounts("ns") == expected));
        fresh.store.drop_account("ns", "a" + std::to_string(taken), 9);
        fresh.store.drop_secret("ns", "a" + std::to_string(taken), 9);
        std::erase(expected, "a" + std::to_string(taken) + "@5");
        BOOST_TEST((fresh.accounts("ns") == expected));
        BOOST_TEST((fresh.secrets("ns") == expected));
        fresh.put_account("ns", "new", 6);
        expected.insert(expected.begin(), "new@6");
        BOOST_TEST((fresh.accounts("ns") == expected));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(lists_of_the_store, fixture)

BOOST_AUTO_TEST_CASE(a_list_drops_what_it_does_not_mention)
{
    put_account("one", "a", 1);
    put_account("one", "b", 2);
    put_account("one", "c", 3);
    put_account("two", "a", 4);
    put_account("three", "a", 5);
    auto const one = store.find_namespace("one").value();
    auto const three = store.find_namespace("three").value();
    store.begin_list(kind::accounts);
    BOOST_TEST(store.accounts() == 5u);  // nothing goes before the list is whole
    put_account("one", "b", 2);
    put_account("two", "a", 4);
    auto const removed = end_list(kind::accounts, 10);
    BOOST_TEST((removed == std::vector{one, three}));
    BOOST_TEST((accounts("one") == names{"b@2"}));
    BOOST_TEST((accounts("two") == names{"a@4"}));
    BOOST_TEST(!store.find_namespace("three").has_value());
    BOOST_TEST(store.accounts() == 2u);
}

BOOST_AUTO_TEST_CASE(a_list_keeps_what_is_newer_than_itself)
{
    put_account("ns", "old", 9);
    put_account("ns", "as-old", 10);
    put_account("ns", "newer", 11);
    put_secret("ns", "old", 9);
    put_secret("ns", "as-old", 10);
    put_secret("ns", "newer", 11);
    store.begin_list(kind::accounts);
    store.begin_list(kind::secrets);
    end_list(kind::accounts, 10);
    end_list(kind::secrets, 10);
    BOOST_TEST((accounts("ns") == names{"newer@11"}));
    BOOST_TEST((secrets("ns") == names{"newer@11"}));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_during_the_list_counts_as_mentioned)
{
    put_secret("ns", "s", 5);
    store.begin_list(kind::secrets);
    put_secret("ns", "s", 8);
    end_list(kind::secrets, 10);
    BOOST_TEST((secrets("ns") == names{"s@8"}));
}

BOOST_AUTO_TEST_CASE(a_list_of_one_kind_touches_no_other)
{
    store.put_namespace("ns", "", false);
    put_account("ns", "a", 1);
    put_secret("ns", "s", 1);
    store.begin_list(kind::accounts);
    BOOST_TEST(end_list(kind::accounts, 10).size() == 1u);
    BOOST_TEST(store.view(store.find_namespace("ns").value()).exists);
    BOOST_TEST((secrets("ns") == names{"s@1"}));
    store.begin_list(kind::namespaces);
    BOOST_TEST(end_list(kind::namespaces, 10).size() == 1u);
    BOOST_TEST(!store.view(store.find_namespace("ns").value()).exists);
    store.begin_list(kind::secrets);
    BOOST_TEST(end_list(kind::secrets, 10).size() == 1u);
    BOOST_TEST(!store.find_namespace("ns").has_value());
}

BOOST_AUTO_TEST_CASE(a_list_that_mentions_everything_removes_nothing)
{
    store.put_namespace("ns", "", false);
    put_account("ns", "a", 1);
    for (int times = 0; times < 600; ++times)
    {
        store.begin_list(kind::accounts);
        put_account("ns", "a", 1);
        BOOST_TEST_REQUIRE(end_list(kind::accounts, 10).empty());
        store.begin_list(kind::namespaces);
        store.put_namespace("ns", "", false);
        BOOST_TEST_REQUIRE(end_list(kind::namespaces, 10).empty());
    }
    BOOST_TEST((accounts("ns") == names{"a@1"}));
}

BOOST_AUTO_TEST_CASE(what_an_interrupted_list_mentioned_does_not_count_when_it_begins_again)
{
    put_account("ns", "a", 1);
    put_account("ns", "b", 2);
    store.begin_list(kind::accounts);
    put_account("ns", "a", 1);
    store.begin_list(kind::accounts);
    put_account("ns", "b", 2);
    end_list(kind::accounts, 10);
    BOOST_TEST((accounts("ns") == names{"b@2"}));
}

BOOST_AUTO_TEST_CASE(any_number_of_interrupted_lists_changes_nothing)
{
    // Each begin marks the objects with a number of a few bits: none of them may come round to an old mark.
    for (int begun = 1; begun <= 600; ++begun)
    {
        fixture fresh;
        fresh.store.put_namespace("gone", "", false);
        fresh.store.put_namespace("kept", "", false);
        for (auto ns : {"gone", "kept"})
        {
            fresh.put_account(ns, "a", 1);
            fresh.put_secret(ns, "s", 1);
        }
        for (auto which : {kind::namespaces, kind::accounts, kind::secrets})
        {
            for (int i = 0; i < begun; ++i)
                fresh.store.begin_list(which);
            fresh.store.put_namespace("kept", "", false);
            fresh.put_account("kept", "a", 1);
            fresh.put_secret("kept", "s", 1);
            fresh.end_list(which, 10);
        }
        BOOST_TEST(!fresh.store.find_namespace("gone").has_value(), "after " << begun << " begins");
        BOOST_TEST((fresh.accounts("kept") == names{"a@1"}));
        BOOST_TEST((fresh.secrets("kept") == names{"s@1"}));
    }
}

BOOST_AUTO_TEST_CASE(after_a_rewind_the_list_is_taken_as_it_is)
{
    put_account("ns", "changed", 50, {"new"});
    put_account("ns", "gone", 60);
    put_secret("ns", "s", 70, {.fingerprint = 1});
    store.rewind(kind::accounts);
    store.begin_list(kind::accounts);
    BOOST_TEST(put_account("ns", "changed", 20, {"old"}) == change::modified);
    end_list(kind::accounts, 30);
    BOOST_TEST((accounts("ns") == names{"changed@20"}));
    BOOST_TEST(references("ns", "changed") == "old\n");
    // The other kind is of its own history.
    BOOST_TEST(put_secret("ns", "s", 20, {.fingerprint = 2}) == change::none);
    store.rewind(kind::secrets);
    BOOST_TEST(put_secret("ns", "s", 20, {.fingerprint = 2}) == change::modified);
    store.rewind(kind::namespaces);
    BOOST_TEST((secrets("ns") == names{"s@20"}));
}

BOOST_AUTO_TEST_CASE(a_rewind_with_free_records_leaves_them_free)
{
    put_account("ns", "a", 1);
    put_account("ns", "b", 2);
    store.drop_account("ns", "a", 9);
    store.rewind(kind::accounts);
    BOOST_TEST((accounts("ns") == names{"b@0"}));
    BOOST_TEST(put_account("ns", "a", 1) == change::added);
    BOOST_TEST((accounts("ns") == names{"a@1", "b@0"}));
}

BOOST_AUTO_TEST_SUITE_END()

/// The same by simple means: lists of objects, and for each kind the names that its list has mentioned.
class model
{
public:
    template <class State>
    struct object
    {
        std::string name;
        std::uint64_t version = 0;
        State state{};
        bool mentioned = false;
    };
    struct one_namespace
    {
        bool exists = false;
        bool mentioned = false;
        std::string labels;
        bool is_terminating = false;
        std::vector<object<std::string>> accounts;  ///< newest first
        std::vector<object<secret_state>> secrets;
    };

    change put_namespace(std::string const& name, std::string const& labels, bool is_terminating)
    {
        auto& it = all[name];
        auto const what = !it.exists                                                   ? change::added
                          : it.labels != labels || it.is_terminating != is_terminating ? change::modified
                                                                                       : change::none;
        it.exists = true;
        it.mentioned = true;
        it.labels = labels;
        it.is_terminating = is_terminating;
        return what;
    }

    change drop_namespace(std::string const& name)
    {
        auto const found = all.find(name);
        if (found == all.end() || !found->second.exists)
            return change::none;
        found->second.exists = false;
        forget(name);
        return change::removed;
    }

    template <class State>
    static change put(
        std::vector<object<State>>& list, std::string const& name, std::uint64_t version, State const& state
    )
    {
        auto found = std::find_if(list.begin(), list.end(), [&](auto const& o) { return o.name == name; });
        bool const is_new = found == list.end();
        if (is_new)
            found = list.insert(list.begin(), object<State>{name});
        found->mentioned = true;
        if (version <= found->version)
            return change::none;
        auto const what = is_new ? change::added : found->state == state ? change::none : change::modified;
        found->version = version;
        found->state = state;
        return what;
    }

    template <class State>
    change drop(
        std::vector<object<State>> one_namespace::*list,
        std::string const& ns,
        std::string const& name,
        std::uint64_t version
    )
    {
        auto const place = all.find(ns);
        if (place == all.end())
            return change::none;
        auto& objects = place->second.*list;
        auto const gone =
            std::erase_if(objects, [&](auto const& o) { return o.name == name && o.version <= version; });
        forget(ns);
        return gone > 0 ? change::removed : change::none;
    }

    void begin_list(kind which)
    {
        for (auto& [name, it] : all)
        {
            if (which == kind::namespaces)
                it.mentioned = false;
            if (which == kind::accounts)
                for (auto& each : it.accounts)
                    each.mentioned = false;
            if (which == kind::secrets)
                for (auto& each : it.secrets)
                    each.mentioned = false;
        }
    }

    std::set<std::string> end_list(kind which, std::uint64_t version)
    {
        std::set<std::string> lost;
        auto const is_gone = [&](auto const& each) { return !each.mentioned && each.version <= version; };
        for (auto& [name, it] : all)
        {
            if (which == kind::namespaces && it.exists && !it.mentioned)
            {
                it.exists = false;
                lost.insert(name);
            }
            if (which == kind::accounts && std::erase_if(it.accounts, is_gone) > 0)
                lost.insert(name);
            if (which == kind::secrets && std::erase_if(it.secrets, is_gone) > 0)
                lost.insert(name);
        }
        for (auto const& name : lost)
            forget(name);
        return lost;
    }

    void rewind(kind which)
    {
        for (auto& [name, it] : all)
        {
            if (which == kind::accounts)
                for (auto& each : it.accounts)
                    each.version = 0;
            if (which == kind::secrets)
                for (auto& each : it.secrets)
                    each.version = 0;
        }
    }

    std::map<std::string, one_namespace> all;

private:
    void forget(std::string const& name)
    {
        auto const& it = all.at(name);
        if (!it.exists && it.accounts.empty() && it.secrets.empty())
            all.erase(name);
    }
};

std::string joined(names const& list)
{
    std::string text;
    for (auto const& name : list)
        text += name + "\n";
    return text;
}

/// The store holds what the model holds, in the same order.
void compare(cluster_store const& store, model const& expected)
{
    std::size_t accounts = 0;
    std::size_t secrets = 0;
    std::set<namespace_id> numbers;
    for (auto const& [name, it] : expected.all)
    {
        auto const where = store.find_namespace(name);
        BOOST_TEST_REQUIRE(where.has_value(), name);
        BOOST_TEST_REQUIRE(numbers.insert(*where).second);
        BOOST_TEST_REQUIRE(*where <= store.highest_namespace());
        auto const view = store.view(*where);
        BOOST_TEST_REQUIRE(view.name == name);
        BOOST_TEST_REQUIRE(view.exists == it.exists);
        if (it.exists)
        {
            BOOST_TEST_REQUIRE(view.labels == it.labels);
            BOOST_TEST_REQUIRE(view.is_terminating == it.is_terminating);
        }
        std::vector<std::tuple<std::string, std::uint64_t, std::string>> wanted_accounts;
        std::vector<std::tuple<std::string, std::uint64_t, std::string>> found_accounts;
        for (auto const& each : it.accounts)
            wanted_accounts.emplace_back(each.name, each.version, each.state);
        store.for_each_account(
            *where,
            [&](auto const& each)
            { found_accounts.emplace_back(each.name, each.resource_version, each.references); }
        );
        BOOST_TEST_REQUIRE((wanted_accounts == found_accounts));
        std::size_t index = 0;
        bool same = true;
        store.for_each_secret(
            *where,
            [&](auto const& each)
            {
                same = same && index < it.secrets.size() && it.secrets[index].name == each.name &&
                       it.secrets[index].version == each.resource_version &&
                       it.secrets[index].state == each.state;
                ++index;
            }
        );
        BOOST_TEST_REQUIRE(same);
        BOOST_TEST_REQUIRE(index == it.secrets.size());
        accounts += it.accounts.size();
        secrets += it.secrets.size();
    }
    BOOST_TEST_REQUIRE(store.namespaces() == expected.all.size());
    BOOST_TEST_REQUIRE(store.accounts() == accounts);
    BOOST_TEST_REQUIRE(store.secrets() == secrets);
    std::size_t visited = 0;
    store.for_each_namespace([&](auto where) { visited += numbers.count(where); });
    BOOST_TEST_REQUIRE(visited == expected.all.size());
}

BOOST_AUTO_TEST_CASE(any_history_leaves_the_store_as_the_simple_model)
{
    for (unsigned seed = 1; seed <= 8; ++seed)
    {
        std::minstd_rand random(seed);
        auto const pick = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
        auto const name = [&](char const* stem, unsigned most) { return stem + std::to_string(pick(most)); };
        cluster_store store;
        model expected;
        for (int step = 1; step <= 4000; ++step)
        {
            auto const ns = name("n", 8);
            auto const object = name("o", 6);
            // Around the present, so that about half of the events are older than what is known.
            auto const version = static_cast<std::uint64_t>(step + 30) - pick(30);
            stored did;
            change wanted = change::none;
            auto const which = static_cast<kind>(pick(3));
            switch (pick(20))
            {
                case 0:
                case 1:
                case 2:
                {
                    auto const labels = pick(3) == 0 ? std::string() : name("l", 3) + "=x\n";
                    bool const leaves = pick(4) == 0;
                    did = store.put_namespace(ns, labels, leaves);
                    wanted = expected.put_namespace(ns, labels, leaves);
                    break;
                }
                case 3:
                    did = store.drop_namespace(ns);
                    wanted = expected.drop_namespace(ns);
                    break;
                case 4:
                case 5:
                    did = store.drop_account(ns, object, version);
                    wanted = expected.drop(&model::one_namespace::accounts, ns, object, version);
                    break;
                case 6:
                case 7:
                    did = store.drop_secret(ns, object, version);
                    wanted = expected.drop(&model::one_namespace::secrets, ns, object, version);
                    break;
                case 8:
                    store.begin_list(which);
                    expected.begin_list(which);
                    break;
                case 9:
                {
                    std::vector<namespace_id> removed;
                    std::map<namespace_id, std::string> names_before;
                    store.for_each_namespace([&](auto where) { names_before[where] = store.view(where).name; }
                    );
                    store.end_list(which, version, removed);
                    std::set<std::string> lost;
                    for (auto where : removed)
                        BOOST_TEST_REQUIRE(lost.insert(names_before.at(where)).second);
                    BOOST_TEST_REQUIRE((lost == expected.end_list(which, version)));
                    break;
                }
                case 10:
                    if (pick(5) == 0)
                    {
                        store.rewind(which);
                        expected.rewind(which);
                    }
                    break;
                case 11:
                case 12:
                case 13:
                case 14:
                case 15:
                {
                    names references(pick(3));
                    for (auto& each : references)
                        each = name("o", 6);
                    did = store.put_account(ns, object, version, references);
                    wanted = model::put(expected.all[ns].accounts, object, version, joined(references));
                    break;
                }
                default:
                {
                    secret_state const state{pick(3), pick(4) == 0, pick(4) == 0, pick(4) == 0};
                    did = store.put_secret(ns, object, version, state);
                    wanted = model::put(expected.all[ns].secrets, object, version, state);
                }
            }
            BOOST_TEST_REQUIRE(did.what == wanted, "step " << step << " of " << seed);
            if (wanted == change::added || wanted == change::modified)
                BOOST_TEST_REQUIRE(store.view(did.where).name == ns);
            if (step % 10 == 0)
                compare(store, expected);
        }
        // Lists of nothing empty it.
        for (auto which : {kind::accounts, kind::secrets, kind::namespaces})
        {
            std::vector<namespace_id> removed;
            store.begin_list(which);
            store.end_list(which, 1'000'000, removed);
        }
        compare(store, model());
    }
}

}  // namespace
