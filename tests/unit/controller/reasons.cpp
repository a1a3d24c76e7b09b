// SPDX-License-Identifier: Apache-2.0
#include "reasons.hpp"

#include <boost/test/unit_test.hpp>

namespace reasons_test
{

using namespace tcr::controller;
using tcr::runtime::secret_state;

image_pull_secret cr_with(std::string password, std::string uid = "1234")
{
    image_pull_secret cr;
    cr.name = "team";
    cr.uid = std::move(uid);
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = std::move(password);
    return cr;
}

secret_state desired_by(image_pull_secret const& cr)
{
    secret_state state;
    state.fingerprint = catalog_entry(cr).secret.fingerprint;
    return state;
}

BOOST_AUTO_TEST_SUITE(reasons)

BOOST_AUTO_TEST_CASE(the_reason_of_an_update_depends_on_the_previous_state)
{
    catalog entries;
    entries.put(cr_with("first"));
    entries.put(cr_with("second"));
    auto const& entry = *entries.find("team");
    auto before = desired_by(cr_with("first"));
    BOOST_TEST(reason::of_update(before, entry) == "CredentialUpdated");
    before.fingerprint += 1;
    BOOST_TEST(reason::of_update(before, entry) == "SecretRepaired");
    before.is_unowned = true;
    BOOST_TEST(reason::of_update(before, entry) == "SecretAdopted");
    BOOST_TEST(reason::of_update(secret_state(), entry) == "SecretRepaired");
}

BOOST_AUTO_TEST_CASE(the_last_few_credentials_are_remembered)
{
    catalog entries;
    for (int i = 0; i < 20; ++i)
        entries.put(cr_with("password-" + std::to_string(i)));
    auto const& entry = *entries.find("team");
    BOOST_TEST(entry.former_fingerprints.size() == catalog_entry::max_former_fingerprints);
    BOOST_TEST(reason::of_update(desired_by(cr_with("password-18")), entry) == "CredentialUpdated");
    BOOST_TEST(reason::of_update(desired_by(cr_with("password-11")), entry) == "CredentialUpdated");
    BOOST_TEST(reason::of_update(desired_by(cr_with("password-10")), entry) == "SecretRepaired");
}

BOOST_AUTO_TEST_CASE(a_new_credential_and_a_missing_write_are_no_repairs)
{
    for (auto const* why : {"SecretCreated", "SecretAdopted", "SecretRepaired"})
        BOOST_TEST(reason::is_repair(why));
    for (auto const* why : {"CredentialUpdated", ""})
        BOOST_TEST(!reason::is_repair(why));
}

BOOST_AUTO_TEST_CASE(other_edits_leave_no_former_credential)
{
    catalog entries;
    entries.put(cr_with("first"));
    auto edited = cr_with("first");
    edited.spec.namespaces = "a,b";
    entries.put(edited);
    BOOST_TEST(entries.find("team")->former_fingerprints.empty());
    edited.spec.password = "second";
    entries.put(edited);
    edited.spec.namespaces = "c";
    entries.put(edited);
    BOOST_TEST(entries.find("team")->former_fingerprints.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reasons_test
