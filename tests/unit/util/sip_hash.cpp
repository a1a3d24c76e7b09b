// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/sip_hash.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace sip_hash_test
{

BOOST_AUTO_TEST_SUITE(sip_hashes)

BOOST_AUTO_TEST_CASE(the_vector_of_the_paper_is_reproduced)
{
    // In appendix A of the SipHash paper, the key is 00 01 … 0f and the text is 00 01 … 0e.
    tcr::sip_key const key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::string text;
    for (char c = 0; c < 15; ++c)
        text += c;
    BOOST_TEST(tcr::sip_hash_2_4(key, text) == 0xa129ca6149be45e5);
}

BOOST_AUTO_TEST_CASE(length_key_and_every_byte_count)
{
    std::set<std::uint64_t> seen;
    std::string text;
    for (int length = 0; length < 40; ++length)
    {
        BOOST_TEST(seen.insert(tcr::sip_hash({1, 2}, text)).second);
        BOOST_TEST(seen.insert(tcr::sip_hash({1, 3}, text)).second);
        BOOST_TEST(seen.insert(tcr::sip_hash({2, 2}, text)).second);
        text += '\0';
    }
    for (char& c : text)
    {
        c = '\1';
        BOOST_TEST(seen.insert(tcr::sip_hash({1, 2}, text)).second);
    }
    BOOST_TEST(tcr::sip_hash({1, 2}, text) == tcr::sip_hash({1, 2}, text));
}

BOOST_AUTO_TEST_CASE(a_process_has_one_key)
{
    BOOST_TEST(&tcr::process_sip_key() == &tcr::process_sip_key());
    BOOST_TEST((tcr::process_sip_key().low != 0 || tcr::process_sip_key().high != 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sip_hash_test
