// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/hosts_block.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hosts_block_test
{

using namespace tcr::hosts;

using entries = std::vector<host_entry>;

entries const one{{"demo.tencentcloudcr.com", "172.16.1.95"}};
entries const two{{"demo.tencentcloudcr.com", "2001:db8::1"}, {"other.example.com", "10.0.0.2"}};

std::string const block =
    "# BEGIN tcr-assistant hosts-updater\n"
    "# Written by tcr-assistant hosts-updater: what is changed in here is undone.\n"
    "172.16.1.95 demo.tencentcloudcr.com # tcr-assistant\n"
    "# END tcr-assistant hosts-updater\n";

std::string with_crlf(std::string text)
{
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
        text.insert(at, "\r");
    return text;
}

std::string large_file()
{
    std::string text = "127.0.0.1 localhost\n";
    for (int i = 0; text.size() < (1 << 20); ++i)
        text += "0.0.0.0 ads" + std::to_string(i) + ".example.com\t# blocked\n";
    return text;
}

/// Contents of usual hosts files and of malformed hosts files.
std::vector<std::string> const& originals()
{
    static std::vector<std::string> const all{
        "",
        "\n",
        "\r\n",
        "127.0.0.1 localhost\n",
        "127.0.0.1 localhost",
        "127.0.0.1 localhost\r\n::1 localhost ip6-localhost\r\n",
        "127.0.0.1 localhost\r\n::1 localhost",
        "127.0.0.1 localhost\r",
        "# comment\n\n\n127.0.0.1\tlocalhost  # end\n::1 localhost\n\n",
        "10.0.0.1 twice\n10.0.0.2 twice\n10.0.0.1 twice\n",
        "10.0.0.5 demo.tencentcloudcr.com\n",
        "# BEGIN somebody else's block\n10.0.0.1 a\n# END somebody else's block\n",
        "# Begin tcr-assistant hosts-updater, says a comment\n",
        "\xef\xbb\xbf"
        "127.0.0.1 localhost\n",
        std::string("127.0.0.1 a\0b\n\xff\xfe\n", 16),
        "mixed\nline\r\nbreaks\n",
        std::string(100'000, 'x'),
        large_file(),
    };
    return all;
}

BOOST_AUTO_TEST_SUITE(hosts_blocks)

BOOST_AUTO_TEST_CASE(a_new_block_goes_to_the_end)
{
    BOOST_TEST(with_block("127.0.0.1 localhost\n", one) == "127.0.0.1 localhost\n" + block);
    BOOST_TEST(with_block("", one) == block);
}

BOOST_AUTO_TEST_CASE(bytes_outside_stay_and_removal_restores_them)
{
    for (auto const& original : originals())
    {
        auto const name = original.substr(0, 40);
        auto const first = with_block(original, one);
        BOOST_TEST(first.starts_with(original), name);
        BOOST_TEST(with_block(first, one) == first, name);
        auto const second = with_block(first, two);
        BOOST_TEST(second.starts_with(original), name);
        BOOST_TEST(with_block(second, two) == second, name);
        BOOST_TEST(with_block(second, one) == first, name);
        BOOST_TEST(with_block(first, {}) == original, name);
        BOOST_TEST(with_block(second, {}) == original, name);
        BOOST_TEST(with_block(original, {}) == original, name);
    }
}

BOOST_AUTO_TEST_CASE(lines_after_the_block_stay_after_it)
{
    for (auto const& before : originals())
        for (std::string const after : {"10.1.1.1 after\n", "10.1.1.1 after", "\n", "a\r\nb\r\n"})
        {
            auto const made = with_block(before, one) + after;
            auto const edited = with_block(made, two);
            BOOST_TEST(edited.starts_with(before));
            BOOST_TEST(edited.ends_with(after));
            BOOST_TEST(with_block(edited, two) == edited);
            auto const removed = with_block(edited, {});
            // If `before` ends without a line break, a line break (1 or 2 bytes) stays before `after`.
            bool const is_joined = !before.empty() && before.back() != '\n';
            BOOST_TEST(removed.starts_with(before));
            BOOST_TEST(removed.ends_with(after));
            BOOST_TEST(removed.size() <= before.size() + after.size() + (is_joined ? 2 : 0));
            BOOST_TEST(removed.size() >= before.size() + after.size() + (is_joined ? 1 : 0));
        }
}

BOOST_AUTO_TEST_CASE(line_breaks_are_those_of_the_file)
{
    auto const made = with_block("127.0.0.1 localhost\r\n", one);
    BOOST_TEST(made == "127.0.0.1 localhost\r\n" + with_crlf(block));
    // A new first line that ends with LF does not change the line breaks of a correct block.
    BOOST_TEST(with_block("10.0.0.8 new\n" + made, one) == "10.0.0.8 new\n" + made);
    // An editor changed all line breaks, also within the block. The block is still found and removed.
    auto const turned = with_crlf(with_block("127.0.0.1 localhost\n", one));
    BOOST_TEST(with_block(turned, {}) == "127.0.0.1 localhost\r\n");
}

BOOST_AUTO_TEST_CASE(line_added_above_keeps_its_line_break)
{
    auto made = with_block("127.0.0.1 localhost", one);
    made.replace(made.find("\n# BEGIN"), 1, "\n10.0.0.7 new\n");
    // A correct block is not rewritten.
    BOOST_TEST(with_block(made, one) == made);
    BOOST_TEST(with_block(made, {}) == "127.0.0.1 localhost\n10.0.0.7 new\n");
    BOOST_TEST(with_block(with_block(made, two), {}) == "127.0.0.1 localhost\n10.0.0.7 new\n");
}

BOOST_AUTO_TEST_CASE(changes_inside_are_undone)
{
    auto const right = with_block("a\n", one);
    for (auto const& changed : std::vector<std::string>{
             right.substr(0, right.find("172")) + right.substr(right.find("# END")),
             right.substr(0, right.find("# END")) + "10.6.6.6 intruder\n" + right.substr(right.find("# END")),
             "a\n# BEGIN tcr-assistant hosts-updater\n# END tcr-assistant hosts-updater\n",
             "a\n\t# BEGIN tcr-assistant hosts-updater  \r\nx\n# END tcr-assistant hosts-updater"})
        BOOST_TEST(with_block(changed, one) == right);
}

BOOST_AUTO_TEST_CASE(damaged_blocks_remove_no_foreign_lines)
{
    std::string const begin = "# BEGIN tcr-assistant hosts-updater\n";
    std::string const end = "# END tcr-assistant hosts-updater\n";
    std::string const ours = "10.0.0.1 x.example.com # tcr-assistant\n";
    struct torn
    {
        std::string text;
        std::string foreign;
    };
    for (auto const& each : std::vector<torn>{
             {"a\n" + begin, "a\n"},
             {"a\n" + begin + ours, "a\n"},
             {"a\n" + begin + ours + "b\nc\n", "a\nb\nc\n"},
             {"a\n" + begin + "b\n" + ours + "c\n", "a\nb\n" + ours + "c\n"},
             {"a\n" + end, "a\n"},
             {"a\n" + ours + end + "b\n", "a\nb\n"},
             {"a\nb\n" + end + "c\n", "a\nb\nc\n"},
             {begin + ours + "b\n" + begin + ours + end + "c\n", "b\nc\n"},
             {begin + ours + end + "b\n" + ours + end + "c\n", "b\nc\n"},
             {begin + ours + end + "b\n" + begin + ours + end, "b\n"},
             {end + "a\n" + begin, "a\n"},
             {begin + begin + begin, ""},
             {end + end, ""},
             {"a\n" + begin + "10.0.0.1 x.exam", "a\n10.0.0.1 x.exam"},
         })
    {
        BOOST_TEST(with_block(each.text, {}) == each.foreign, each.text);
        auto const repaired = with_block(each.text, one);
        BOOST_TEST(with_block(repaired, one) == repaired, each.text);
        BOOST_TEST(with_block(repaired, {}) == each.foreign, each.text);
    }
}

BOOST_AUTO_TEST_CASE(a_file_truncated_at_any_byte_keeps_its_own_lines)
{
    std::string const original = "127.0.0.1 localhost\n::1 localhost";
    auto const whole = with_block(original, two);
    for (std::size_t size = 0; size <= whole.size(); ++size)
    {
        auto const cut = whole.substr(0, size);
        auto const removed = with_block(cut, {});
        BOOST_TEST(removed.starts_with(cut.substr(0, original.size())), size);
        auto const repaired = with_block(cut, one);
        BOOST_TEST(repaired.starts_with(cut.substr(0, original.size())), size);
        BOOST_TEST(with_block(repaired, one) == repaired, size);
    }
}

BOOST_AUTO_TEST_CASE(overriding_lines_are_found)
{
    std::string const own =
        "127.0.0.1 localhost\n"
        "# 10.0.0.1 demo.tencentcloudcr.com\n"
        "10.0.0.5  x Demo.TencentCloudCR.com # by hand\r\n"
        "172.16.1.95 demo.tencentcloudcr.com\n"
        "fd00::1 demo.tencentcloudcr.com\n";
    auto const found = overriding_lines(with_block(own, one) + "10.9.9.9 demo.tencentcloudcr.com\n", one);
    std::vector<foreign_line> const wanted{{"demo.tencentcloudcr.com", "10.0.0.5", 3}};
    BOOST_TEST((found == wanted));
}

BOOST_AUTO_TEST_CASE(names_are_found_in_all_lines)
{
    auto const text = with_block("10.0.0.1\tone two # three\n", one);
    BOOST_TEST(has_name(text, "one"));
    BOOST_TEST(has_name(text, "two"));
    BOOST_TEST(!has_name(text, "three"));
    BOOST_TEST(!has_name(text, "10.0.0.1"));
    BOOST_TEST(has_name(text, "demo.tencentcloudcr.com"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hosts_block_test
