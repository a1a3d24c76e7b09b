// SPDX-License-Identifier: Apache-2.0
#include "own_references.hpp"
#include "runtime/print.hpp"
#include <tcr/runtime/cluster_store.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cluster_store_test
{

using namespace tcr::runtime;

using names = std::vector<std::string>;

struct fixture
{
    cluster_store store;

    change put_account(
        std::string_view ns,
        std::string_view name,
        std::uint64_t version,
        names references = {},
        source from = source::watch
    )
    {
        return store.put_account(ns, name, version, references, from).what;
    }
    change put_secret(
        std::string_view ns,
        std::string_view name,
        std::uint64_t version,
        secret_state state = {},
        source from = source::watch
    )
    {
        return store.put_secret(ns, name, version, state, from).what;
    }
    change list_account(
        std::string_view ns, std::string_view name, std::uint64_t version, names references = {}
    )
    {
        return put_account(ns, name, version, std::move(references), source::list);
    }
    change list_secret(
        std::string_view ns, std::string_view name, std::uint64_t version, secret_state state = {}
    )
    {
        return put_secret(ns, name, version, state, source::list);
    }

    /// The accounts of a namespace as "name@version", in the store's order.
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

    /// Ends a list. \return the namespaces that lost objects and are still in the store
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
    // A namespace, an account, a Secret and a reference with the same name share one text of the pool.
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
    for (int i = 0; i < 1500; ++i)  // enough for several chunks of the pool
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
    // The controller's POST creates version 10. The watch reports the creation and the deletion before the
    // answer to the POST arrives.
    store.put_secret("ns", "s", 10, {.fingerprint = 1});
    store.drop_secret("ns", "s", 11);
    store.put_account("ns", "a", 20, {});
    store.drop_account("ns", "a", 21);
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, source::answer).what == change::none);
    BOOST_TEST(store.put_account("ns", "a", 20, names{"x"}, source::answer).what == change::none);
    BOOST_TEST(!store.find_namespace("ns").has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_ahead_of_the_watch_counts)
{
    store.put_secret("other", "s", 9, {.fingerprint = 1});
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, source::answer).what == change::added);
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}).what == change::none);
    BOOST_TEST(store.drop_secret("ns", "s", 10, source::answer).what == change::removed);
}

BOOST_AUTO_TEST_CASE(a_late_answer_to_a_deletion_does_not_remove_what_was_created_again)
{
    // The controller deletes version 10. The watch reports the deletion and the creation of another object
    // with the same name before the answer to the DELETE arrives.
    put_secret("ns", "s", 10);
    store.drop_secret("ns", "s", 11);
    put_secret("ns", "s", 12);
    BOOST_TEST(store.drop_secret("ns", "s", 10, source::answer).what == change::none);
    BOOST_TEST((secrets("ns") == names{"s@12"}));
    put_account("ns", "a", 22);
    BOOST_TEST(store.drop_account("ns", "a", 20, source::answer).what == change::none);
    BOOST_TEST(store.drop_account("ns", "a", 22, source::answer).what == change::removed);
}

BOOST_AUTO_TEST_CASE(an_object_that_no_watch_shows_may_be_older_than_the_watch)
{
    store.put_secret("other", "s", 90, {.fingerprint = 1});
    BOOST_TEST(store.put_secret("ns", "s", 10, {.fingerprint = 1}, source::get).what == change::added);
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
    state.is_unowned = true;
    put_and_read();
    state.has_our_label = true;
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

/// A store with many accounts whose lists of references are all different.
struct list_budget : fixture
{
    static std::string distinct(std::string_view stem, int which, std::size_t bytes)
    {
        auto name = std::string(stem) + std::to_string(which) + "-";
        return name + std::string(bytes - name.size() - 1, 'x');
    }
    cluster_store::account_view put(int which, std::uint64_t version, reference_list const& list)
    {
        what = store.put_account("ns", "a" + std::to_string(which), version, list).what;
        return store.find_account(store.find_namespace("ns").value(), "a" + std::to_string(which)).value();
    }
    cluster_store::account_view put_whole(int which, std::uint64_t version, std::string const& other)
    {
        reference_list list("tcr.ips");
        for (auto const& name : {std::string("tcr.ipsa"), other})
        {
            list.add_entry();
            list.name_piece(name, true);
        }
        list.finish();
        return put(which, version, list);
    }
    /// Adds 511 complete lists of 4096 bytes. Then the budget has room for one more list of this size.
    void fill()
    {
        for (int i = 0; i < 511; ++i)
            BOOST_TEST_REQUIRE((put_whole(i, 1, distinct("b", i, 4096 - 9)).extent == list_extent::whole));
    }

    change what = change::none;
};

BOOST_FIXTURE_TEST_CASE(all_lists_together_are_bounded, list_budget)
{
    fill();
    BOOST_TEST((put_whole(511, 1, distinct("b", 511, 4096 - 9)).extent == list_extent::whole));
    // The store keeps a further list completely only if another account has the same list, or if the list
    // replaces another list of the same account.
    auto const over = put_whole(512, 1, "one more");
    BOOST_TEST((over.extent == list_extent::own_only));
    BOOST_TEST(over.references == "tcr.ipsa\n");
    BOOST_TEST((put_whole(513, 1, distinct("b", 7, 4096 - 9)).extent == list_extent::whole));
    BOOST_TEST((put_whole(0, 2, distinct("c", 0, 4096 - 30)).extent == list_extent::whole));
    // Account 513 has the same list as account 7. So replacing the list of account 7 frees no memory.
    BOOST_TEST((put_whole(7, 2, distinct("c", 7, 4096 - 9)).extent == list_extent::own_only));
    // After the deletion of an account the budget has room again.
    store.drop_account("ns", "a3", 9);
    BOOST_TEST((put_whole(512, 2, "one more").extent == list_extent::whole));
    BOOST_TEST((what == change::modified));
}

BOOST_FIXTURE_TEST_CASE(a_change_by_another_client_in_a_list_not_kept_is_no_change, list_budget)
{
    fill();
    put_whole(511, 1, distinct("b", 511, 4096 - 9));
    put_whole(512, 1, "others");
    BOOST_TEST((what == change::added));
    put_whole(512, 2, "other");
    BOOST_TEST((what == change::none));
    BOOST_TEST(store.find_account(1, "a512").value().resource_version == 2u);
}

BOOST_FIXTURE_TEST_CASE(past_the_reserve_lists_are_not_read, list_budget)
{
    auto const ours = [](int which, std::size_t bytes)
    {
        names made;
        for (; bytes > 0; bytes -= 128)
            made.push_back(distinct("tcr.ips" + std::to_string(bytes), which, 128));
        return tcr::test::own_references(made);
    };
    // Long lists cannot use the reserve, so list 64 is unread. Shorter lists use the reserve until it is
    // full.
    for (int i = 0; i < 64; ++i)
        BOOST_TEST_REQUIRE((put(i, 1, ours(i, 32 * 1024)).extent == list_extent::own_only));
    BOOST_TEST((put(64, 1, ours(64, 32 * 1024)).extent == list_extent::unread));
    BOOST_TEST((put(65, 1, ours(65, 4096)).extent == list_extent::own_only));
    for (int i = 66; i < 66 + 255; ++i)
        BOOST_TEST_REQUIRE((put(i, 1, ours(i, 4096)).extent == list_extent::own_only));
    auto const unread = put(999, 1, ours(999, 128));
    BOOST_TEST((unread.extent == list_extent::unread));
    BOOST_TEST(unread.references == "");
    // The store does not know the content of an unread list, so it reports each new version as a change.
    put(999, 2, ours(999, 128));
    BOOST_TEST((what == change::modified));
    // The same version again is not a change.
    store.begin_list(kind::accounts);
    BOOST_TEST((store.put_account("ns", "a999", 2, ours(999, 128), source::list).what == change::none));
    // The store already has this list for account 0, so it keeps the list for account 1000, too.
    BOOST_TEST((put(1000, 1, ours(0, 32 * 1024)).extent == list_extent::own_only));
}

BOOST_FIXTURE_TEST_CASE(labels_that_are_too_many_are_unknown, fixture)
{
    std::string const longest(cluster_store::max_label_bytes, 'x');
    auto const where = store.put_namespace("ns", longest, false).where;
    BOOST_TEST(!store.view(where).has_unknown_labels);
    BOOST_TEST((store.put_namespace("ns", longest + "x", false).what == change::modified));
    BOOST_TEST(store.view(where).has_unknown_labels);
    BOOST_TEST(store.view(where).labels == "");
    BOOST_TEST((store.put_namespace("ns", std::nullopt, false).what == change::none));
    BOOST_TEST((store.put_namespace("ns", "", false).what == change::modified));
    BOOST_TEST(!store.view(where).has_unknown_labels);
}

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
    BOOST_TEST(store.accounts() == 5u);  // the store removes accounts only at the end of the list
    BOOST_TEST(list_account("one", "b", 2) == change::none);
    BOOST_TEST(list_account("two", "a", 4) == change::none);
    auto const removed = end_list(kind::accounts, 10);
    BOOST_TEST((removed == std::vector{one, three}));
    BOOST_TEST((accounts("one") == names{"b@2"}));
    BOOST_TEST((accounts("two") == names{"a@4"}));
    BOOST_TEST(!store.find_namespace("three").has_value());
    BOOST_TEST(store.accounts() == 2u);
}

BOOST_AUTO_TEST_CASE(a_list_replaces_what_was_known_before_it_began_whatever_its_version)
{
    // etcd is restored to an older state. Objects that the watch or an answer reported before belong to
    // another history.
    put_account("ns", "changed", 50, {"new"});
    put_account("ns", "gone", 60);
    put_account("ns", "answered", 65, {"ours"}, source::answer);
    put_secret("ns", "changed", 50, {.fingerprint = 1});
    put_secret("ns", "gone", 60, {}, source::answer);
    store.begin_list(kind::accounts);
    store.begin_list(kind::secrets);
    BOOST_TEST(list_account("ns", "changed", 20, {"old"}) == change::modified);
    BOOST_TEST(list_account("ns", "answered", 21, {"ours"}) == change::none);
    BOOST_TEST(list_secret("ns", "changed", 20, {.fingerprint = 2}) == change::modified);
    end_list(kind::accounts, 30);
    end_list(kind::secrets, 30);
    BOOST_TEST((accounts("ns") == names{"answered@21", "changed@20"}));
    BOOST_TEST(references("ns", "changed") == "old\n");
    BOOST_TEST((secrets("ns") == names{"changed@20"}));
    // The watch continues from the list's version.
    BOOST_TEST(put_account("ns", "changed", 31, {"newer"}) == change::modified);
    BOOST_TEST(put_secret("ns", "changed", 32, {.fingerprint = 3}) == change::modified);
}

BOOST_AUTO_TEST_CASE(a_list_of_the_same_version_but_another_history_replaces_too)
{
    put_account("ns", "a", 20, {"of the lost history"});
    put_secret("ns", "s", 20, {.fingerprint = 1});
    store.begin_list(kind::accounts);
    store.begin_list(kind::secrets);
    BOOST_TEST(list_account("ns", "a", 20, {"of this one"}) == change::modified);
    BOOST_TEST(list_secret("ns", "s", 20, {.fingerprint = 2}) == change::modified);
}

BOOST_AUTO_TEST_CASE(an_answer_newer_than_the_list_at_hand_stays)
{
    put_secret("ns", "overtaken", 5, {.fingerprint = 5});
    store.begin_list(kind::secrets);
    put_secret("ns", "overtaken", 12, {.fingerprint = 12}, source::answer);
    put_secret("ns", "made", 13, {}, source::answer);
    put_secret("ns", "made and deleted", 8, {}, source::answer);
    put_secret("ns", "as old as the list", 10, {}, source::answer);
    put_secret("ns", "listed later", 7, {.fingerprint = 7}, source::answer);
    BOOST_TEST(list_secret("ns", "overtaken", 6, {.fingerprint = 6}) == change::none);
    BOOST_TEST(list_secret("ns", "listed later", 9, {.fingerprint = 9}) == change::modified);
    end_list(kind::secrets, 10);
    BOOST_TEST((secrets("ns") == names{"listed later@9", "made@13", "overtaken@12"}));
}

BOOST_AUTO_TEST_CASE(an_answer_from_before_the_list_does_not_stay)
{
    put_secret("ns", "s", 11, {}, source::answer);
    put_account("ns", "a", 11, {}, source::answer);
    store.begin_list(kind::secrets);
    store.begin_list(kind::accounts);
    end_list(kind::secrets, 10);
    end_list(kind::accounts, 10);
    BOOST_TEST(!store.find_namespace("ns").has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_during_a_list_is_compared_only_with_what_came_since_it_began)
{
    put_account("ns", "a", 1000, {"of the lost history"});
    put_account("ns", "b", 1000, {"of the lost history"});
    put_account("ns", "c", 1000, {"of the lost history"});
    store.begin_list(kind::accounts);
    BOOST_TEST(put_account("ns", "a", 21, {"answer"}, source::answer) == change::modified);
    BOOST_TEST(put_account("ns", "a", 20, {"earlier answer"}, source::answer) == change::none);
    BOOST_TEST(put_account("ns", "a", 22, {"later answer"}, source::answer) == change::modified);
    list_account("ns", "b", 15, {"list"});
    BOOST_TEST(put_account("ns", "b", 14, {"earlier answer"}, source::answer) == change::none);
    BOOST_TEST(put_account("ns", "b", 23, {"later answer"}, source::answer) == change::modified);
    end_list(kind::accounts, 18);
    BOOST_TEST((accounts("ns") == names{"b@23", "a@22"}));
}

BOOST_AUTO_TEST_CASE(after_a_list_the_watch_has_come_to_the_version_of_the_list)
{
    put_secret("ns", "s", 1000);
    store.begin_list(kind::secrets);
    list_secret("ns", "s", 10);
    end_list(kind::secrets, 20);
    // Version 1000 belongs to an old history. The store compares an answer only with version 20 of the list.
    BOOST_TEST(put_secret("ns", "late", 20, {}, source::answer) == change::none);
    BOOST_TEST(put_secret("ns", "new", 21, {}, source::answer) == change::added);
    BOOST_TEST((secrets("ns") == names{"new@21", "s@10"}));
}

BOOST_AUTO_TEST_CASE(a_get_during_a_list_counts_as_listed)
{
    // A list with the controller's label selector does not contain this Secret.
    store.begin_list(kind::secrets);
    put_secret("ns", "without label", 5, {.is_unowned = true}, source::get);
    end_list(kind::secrets, 10);
    BOOST_TEST((secrets("ns") == names{"without label@5"}));
    store.begin_list(kind::secrets);
    end_list(kind::secrets, 10);
    BOOST_TEST(store.secrets() == 0u);
}

BOOST_AUTO_TEST_CASE(an_object_that_cannot_be_read_stays_and_gives_way_to_any_event)
{
    put_account("ns", "a", 1000, {"known"});
    put_secret("ns", "s", 1000, {.fingerprint = 1});
    store.put_namespace("ns", "a=1\n", false);
    for (auto which : {kind::accounts, kind::secrets, kind::namespaces})
        store.begin_list(which);
    store.keep_listed(kind::accounts, "ns", "a");
    store.keep_listed(kind::secrets, "ns", "s");
    store.keep_listed(kind::namespaces, "", "ns");
    store.keep_listed(kind::accounts, "ns", "unknown");
    store.keep_listed(kind::secrets, "unknown", "s");
    for (auto which : {kind::accounts, kind::secrets, kind::namespaces})
        BOOST_TEST(end_list(which, 20).empty());
    BOOST_TEST(store.view(store.find_namespace("ns").value()).labels == "a=1\n");
    BOOST_TEST(references("ns", "a") == "known\n");
    BOOST_TEST(store.accounts() == 1u);
    BOOST_TEST(store.secrets() == 1u);
    BOOST_TEST(put_account("ns", "a", 21, {"readable again"}) == change::modified);
    BOOST_TEST(put_secret("ns", "s", 22, {.fingerprint = 2}) == change::modified);
}

BOOST_AUTO_TEST_CASE(an_answer_stays_where_the_list_cannot_be_read)
{
    store.begin_list(kind::accounts);
    put_account("ns", "a", 30, {"answer"}, source::answer);
    store.keep_listed(kind::accounts, "ns", "a");
    end_list(kind::accounts, 20);
    BOOST_TEST((accounts("ns") == names{"a@30"}));
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

BOOST_AUTO_TEST_CASE(items_of_an_interrupted_list_do_not_count_when_it_restarts)
{
    put_account("ns", "a", 1);
    put_account("ns", "b", 2);
    store.put_namespace("gone", "", false);
    store.begin_list(kind::accounts);
    list_account("ns", "a", 1);
    store.begin_list(kind::accounts);
    list_account("ns", "b", 2);
    end_list(kind::accounts, 10);
    BOOST_TEST((accounts("ns") == names{"b@2"}));
    store.begin_list(kind::namespaces);
    store.put_namespace("gone", "", false, source::list);
    store.begin_list(kind::namespaces);
    BOOST_TEST(end_list(kind::namespaces, 10).size() == 1u);
    BOOST_TEST(!store.find_namespace("gone").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

using contents = std::map<std::string, int>;

/// A simulated API server with the objects of one kind. A test can restore the server to an older state,
/// which begins another history.
class server
{
public:
    struct event
    {
        std::uint64_t version = 0;
        std::string name;
        std::optional<int> content;  ///< nullopt: the object was deleted
    };
    struct object
    {
        std::uint64_t version = 0;
        int content = 0;
    };

    std::uint64_t write(std::string const& name, std::optional<int> content)
    {
        ++revision_;
        if (content)
            objects_[name] = {revision_, *content};
        else
            objects_.erase(name);
        events_.push_back({revision_, name, content});
        return revision_;
    }

    void back_up() { saved_ = {revision_, objects_}; }

    /// Restores the backup. `bump` is the argument of `etcdutl snapshot restore --bump-revision`.
    void restore(std::uint64_t bump)
    {
        revision_ = saved_.first + bump;
        objects_ = saved_.second;
        events_.clear();
    }

    std::map<std::string, object> const& objects() const { return objects_; }
    std::uint64_t revision() const { return revision_; }

    event const* next_after(std::uint64_t version) const
    {
        auto const next = std::find_if(
            events_.begin(), events_.end(), [&](auto const& each) { return each.version > version; }
        );
        return next == events_.end() ? nullptr : &*next;
    }

private:
    std::map<std::string, object> objects_;
    std::uint64_t revision_ = 100;
    std::vector<event> events_;  ///< the events of the current history
    std::pair<std::uint64_t, std::map<std::string, object>> saved_{100, {}};
};

/// A store that receives the server's objects. It is called as a watcher and a reconciler would call it.
class follower
{
public:
    follower(kind which, unsigned seed) : kind_(which), random_(seed) {}

    void step()
    {
        switch (pick(14))
        {
            case 0:
            case 1:
            case 2:
                write(false);
                break;
            case 3:
            case 4:
            case 5:
                write(true);
                break;
            case 6:
            case 7:
                deliver_answer();
                break;
            case 8:
                if (pick(30) == 0)
                    server_.back_up();
                else if (pick(100) == 0)
                    restore();
                break;
            default:
                if (pick(60) == 0)
                    is_watching_ = false;  // the watch ends with HTTP 410
                follow();
        }
    }

    /// Completes the current list, and delivers all pending events and answers.
    void settle()
    {
        do
            follow();
        while (!is_watching_ || server_.next_after(watched_) != nullptr);
        while (!answers_.empty())
            deliver_answer();
    }

    contents known() const
    {
        contents found;
        if (auto const where = store_.find_namespace("ns"))
        {
            store_.for_each_account(
                *where,
                [&](auto const& each)
                { found[std::string(each.name)] = std::stoi(std::string(each.references)); }
            );
            store_.for_each_secret(
                *where,
                [&](auto const& each)
                { found[std::string(each.name)] = static_cast<int>(each.state.fingerprint); }
            );
        }
        return found;
    }

    contents wanted() const
    {
        contents objects;
        for (auto const& [name, each] : server_.objects())
            objects[name] = each.content;
        return objects;
    }

private:
    struct answer
    {
        std::string name;
        std::uint64_t version = 0;
        std::optional<int> content;  ///< nullopt: the object of this version was deleted
    };

    unsigned pick(unsigned most) { return static_cast<unsigned>(random_() % most); }

    void write(bool is_ours)
    {
        // There are up to 60 objects, so that the store changes their group from a chain into a table.
        auto const name = "o" + std::to_string(pick(60));
        auto const known = server_.objects().find(name);
        bool const exists = known != server_.objects().end();
        auto const before = exists ? known->second.version : 0;
        bool const deletes = exists && pick(3) == 0;
        std::optional<int> content;
        if (!deletes)
            content = static_cast<int>(pick(5));
        auto const version = server_.write(name, content);
        if (is_ours)
            answers_.push_back({name, deletes ? before : version, content});
    }

    void deliver_answer()
    {
        if (answers_.empty())
            return;
        auto const next = answers_.begin() + pick(static_cast<unsigned>(answers_.size()));
        report(next->name, next->version, next->content, source::answer);
        answers_.erase(next);
    }

    void restore()
    {
        server_.restore(pick(2) == 0 ? 1'000'000'000 : pick(20));
        // Answers from before the restore are lost, or arrive before the store lists again.
        while (!answers_.empty())
        {
            if (pick(2) == 0)
                answers_.pop_back();
            else
                deliver_answer();
        }
        is_watching_ = false;
        is_listing_ = false;
    }

    void follow()
    {
        if (is_watching_)
        {
            if (auto const* event = server_.next_after(watched_))
            {
                watched_ = event->version;
                report(event->name, event->version, event->content, source::watch);
            }
            return;
        }
        if (!is_listing_ || pick(100) == 0)
        {
            store_.begin_list(kind_);
            is_listing_ = true;
            items_.assign(server_.objects().begin(), server_.objects().end());
            list_version_ = server_.revision();
        }
        if (!items_.empty())
        {
            auto const& [name, object] = items_.back();
            report(name, object.version, object.content, source::list);
            items_.pop_back();
            return;
        }
        std::vector<namespace_id> removed;
        store_.end_list(kind_, list_version_, removed);
        watched_ = list_version_;
        is_listing_ = false;
        is_watching_ = true;
    }

    void report(std::string const& name, std::uint64_t version, std::optional<int> content, source from)
    {
        if (kind_ == kind::accounts && content)
            store_.put_account("ns", name, version, names{std::to_string(*content)}, from);
        else if (kind_ == kind::accounts)
            store_.drop_account("ns", name, version, from);
        else if (content)
            store_.put_secret(
                "ns", name, version, {.fingerprint = static_cast<std::uint64_t>(*content)}, from
            );
        else
            store_.drop_secret("ns", name, version, from);
    }

    kind kind_;
    std::minstd_rand random_;
    server server_;
    cluster_store store_;
    std::vector<answer> answers_;                                ///< answers to writes, not delivered yet
    std::vector<std::pair<std::string, server::object>> items_;  ///< items of the list, not delivered yet
    std::uint64_t list_version_ = 0;
    std::uint64_t watched_ = 0;
    bool is_listing_ = false;
    bool is_watching_ = false;
};

BOOST_AUTO_TEST_CASE(whatever_happened_the_store_comes_to_what_the_server_has)
{
    for (auto which : {kind::accounts, kind::secrets})
        for (unsigned seed = 1; seed <= 40; ++seed)
        {
            follower one(which, seed);
            for (int step = 1; step <= 5000; ++step)
            {
                one.step();
                if (step % 100 != 0)
                    continue;
                one.settle();
                BOOST_TEST_REQUIRE((one.known() == one.wanted()), "step " << step << " of " << seed);
            }
        }
}

}  // namespace cluster_store_test
