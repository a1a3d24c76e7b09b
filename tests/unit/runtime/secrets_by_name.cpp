// SPDX-License-Identifier: Apache-2.0
#include "runtime/print.hpp"
#include <tcr/runtime/cluster_store.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace secrets_by_name_test
{

using namespace tcr::runtime;

using names = std::vector<std::string>;

/// A store whose Secrets "x" and "y" are listed by name.
struct fixture
{
    cluster_store store;

    change put(std::string const& ns, std::string const& name, std::uint64_t version, source from)
    {
        secret_state state;
        state.fingerprint = version;
        return store.put_secret(ns, name, version, state, from).what;
    }

    /// Lists the Secrets with this name: one in each of `where`.
    names list(std::string const& name, std::uint64_t version, names const& where)
    {
        store.begin_list_of_secret(name);
        for (auto const& ns : where)
            put(ns, name, version, source::list);
        return end_list(name, version);
    }

    names end_list(std::string const& name, std::uint64_t version)
    {
        std::vector<namespace_id> removed;
        store.end_list_of_secret(name, version, removed);
        names lost;
        for (auto const where : removed)
            lost.emplace_back(store.view(where).name);
        return lost;
    }

    /// The Secrets of a namespace as "name@version".
    names secrets(std::string const& ns) const
    {
        names found;
        if (auto const where = store.find_namespace(ns))
            store.for_each_secret(
                *where,
                [&](auto const& each)
                { found.push_back(std::string(each.name) + "@" + std::to_string(each.resource_version)); }
            );
        std::sort(found.begin(), found.end());
        return found;
    }

    fixture()
    {
        for (auto const* ns : {"a", "b"})
            store.put_namespace(ns, "", false, source::list);
    }
};

BOOST_FIXTURE_TEST_SUITE(secrets_by_name, fixture)

BOOST_AUTO_TEST_CASE(a_list_of_one_name_drops_only_secrets_with_this_name)
{
    list("x", 10, {"a", "b"});
    list("y", 11, {"a", "b"});
    BOOST_TEST(list("x", 20, {"b"}) == names{"a"}, boost::test_tools::per_element());
    BOOST_TEST(secrets("a") == names{"y@11"}, boost::test_tools::per_element());
    BOOST_TEST(secrets("b") == (names{"x@20", "y@11"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(secrets_stay_until_the_list_is_complete)
{
    list("x", 10, {"a"});
    store.begin_list_of_secret("x");
    BOOST_TEST(secrets("a") == names{"x@10"}, boost::test_tools::per_element());
    // The list restarts.
    store.begin_list_of_secret("x");
    BOOST_TEST(end_list("x", 12) == names{"a"}, boost::test_tools::per_element());
    BOOST_TEST(secrets("a").empty());
}

BOOST_AUTO_TEST_CASE(an_answer_is_compared_with_the_watch_of_its_own_name)
{
    list("x", 10, {});
    list("y", 10, {});
    // The watch of "y" is ahead of the watch of "x".
    put("a", "y", 30, source::watch);
    BOOST_TEST(put("a", "x", 20, source::answer) == change::added);
    // The watch of "x" reports the Secret and then its deletion; the answer comes late.
    store.drop_secret("a", "x", 25);
    BOOST_TEST(put("a", "x", 20, source::answer) == change::none);
    BOOST_TEST(secrets("a") == names{"y@30"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_get_is_as_old_as_an_answer_because_the_watch_reports_all_labels)
{
    list("x", 10, {});
    put("a", "x", 20, source::watch);
    store.drop_secret("a", "x", 25);
    BOOST_TEST(put("a", "x", 20, source::get) == change::none);
    BOOST_TEST(put("a", "x", 26, source::get) == change::added);
    // The next list of "x" does not contain the Secret, so it is removed.
    BOOST_TEST(list("x", 30, {}) == names{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(during_a_list_an_older_answer_replaces_only_a_secret_with_its_name)
{
    list("x", 10, {"a"});
    list("y", 10, {"a"});
    store.begin_list_of_secret("x");
    // Etcd may have been restored, so versions may be lower.
    BOOST_TEST(put("a", "x", 5, source::answer) == change::modified);
    BOOST_TEST(put("a", "y", 5, source::answer) == change::none);
    BOOST_TEST(end_list("x", 4).empty());
    BOOST_TEST(secrets("a") == (names{"x@5", "y@10"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_of_all_secrets_ends_the_lists_by_name)
{
    list("x", 10, {"a"});
    list("y", 10, {"b"});
    std::vector<namespace_id> removed;
    store.begin_list(kind::secrets);
    put("a", "x", 20, source::list);
    // The list of "y" completes after the list of all Secrets has begun, so it has no effect.
    BOOST_TEST(end_list("y", 15).empty());
    store.end_list(kind::secrets, 20, removed);
    BOOST_TEST(removed.size() == 1u);
    BOOST_TEST(secrets("a") == names{"x@20"}, boost::test_tools::per_element());
    BOOST_TEST(secrets("b").empty());
    // Now no name is listed by itself: an object from a GET counts as listed again.
    put("a", "y", 21, source::get);
    store.begin_list(kind::secrets);
    put("a", "x", 20, source::list);
    put("a", "y", 21, source::get);
    store.end_list(kind::secrets, 30, removed);
    BOOST_TEST(secrets("a") == (names{"x@20", "y@21"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_that_are_listed_keep_their_ids)
{
    list("x", 10, {"a"});
    store.drop_secret("a", "x", 12);
    // The id of "x" must not be reused for another name, because that name would get the list progress of
    // "x".
    list("z", 10, {"a"});
    BOOST_TEST(put("b", "z", 11, source::answer) == change::added);
    BOOST_TEST(put("b", "x", 12, source::answer) == change::none);
}

BOOST_AUTO_TEST_CASE(a_namespace_that_only_had_secrets_of_the_name_is_forgotten)
{
    list("x", 10, {"gone"});
    BOOST_TEST(store.find_namespace("gone").has_value());
    list("x", 11, {});
    BOOST_TEST(!store.find_namespace("gone").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace secrets_by_name_test
