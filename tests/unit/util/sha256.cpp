// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/sha256.hpp>

#include <boost/test/unit_test.hpp>

#include <utility>

namespace sha256_test
{

using tcr::hex;
using tcr::sha256;
using tcr::sha256_of;

constexpr std::string_view empty_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view abc_digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

BOOST_AUTO_TEST_SUITE(sha256_digest)

// The messages and digests are NIST's examples for FIPS 180-4 ("SHA256.pdf" of the example values).
BOOST_AUTO_TEST_CASE(known_messages_have_their_known_digests)
{
    BOOST_TEST(hex(sha256_of("")) == empty_digest);
    BOOST_TEST(hex(sha256_of("abc")) == abc_digest);
    BOOST_TEST(
        hex(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
    BOOST_TEST(
        hex(sha256_of(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

BOOST_AUTO_TEST_CASE(zero_bytes_count)
{
    BOOST_TEST(hex(sha256_of(std::string_view("\0", 1))) != empty_digest);
    BOOST_TEST(
        hex(sha256_of(std::string_view("\0", 1))) ==
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
}

BOOST_AUTO_TEST_CASE(pieces_give_the_digest_of_the_whole)
{
    constexpr std::string_view whole = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    for (std::size_t cut = 0; cut <= whole.size(); ++cut)
    {
        sha256 hash;
        hash.update(whole.substr(0, cut));
        hash.update(whole.substr(cut));
        BOOST_TEST(
            hex(hash.finish()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            "cut at " << cut
        );
    }
    sha256 byte_by_byte;
    for (int i = 0; i < 1'000'000; ++i)
        byte_by_byte.update("a");
    BOOST_TEST(
        hex(byte_by_byte.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

BOOST_AUTO_TEST_CASE(an_object_hashes_one_message_after_another)
{
    sha256 hash;
    BOOST_TEST(hex(hash.finish()) == empty_digest);
    hash.update("abc");
    BOOST_TEST(hex(hash.finish()) == abc_digest);
    BOOST_TEST(hex(hash.finish()) == empty_digest);
    hash.update("a");
    hash.update("bc");
    BOOST_TEST(hex(hash.finish()) == abc_digest);
}

BOOST_AUTO_TEST_CASE(two_objects_do_not_disturb_each_other_and_one_can_be_moved)
{
    sha256 one;
    sha256 other;
    one.update("a");
    other.update("xyz");
    sha256 moved = std::move(one);
    moved.update("bc");
    BOOST_TEST(hex(moved.finish()) == abc_digest);
}

BOOST_AUTO_TEST_CASE(the_prefix_is_the_first_eight_bytes_in_their_order)
{
    BOOST_TEST(tcr::prefix64(sha256_of("abc")) == 0xba7816bf8f01cfeau);
    BOOST_TEST(tcr::prefix64(sha256_of("")) == 0xe3b0c44298fc1c14u);
}

BOOST_AUTO_TEST_CASE(hex_gives_as_many_bytes_as_asked)
{
    auto const digest = sha256_of("abc");
    BOOST_TEST(hex(digest, 0) == "");
    BOOST_TEST(hex(digest, 1) == "ba");
    BOOST_TEST(hex(digest, 5) == "ba7816bf8f");
    BOOST_TEST(hex(digest, 33) == abc_digest);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sha256_test
