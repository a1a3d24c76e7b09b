// SPDX-License-Identifier: Apache-2.0

// Compares our choice of logins for an image, and how we read pull Secrets, with kubelet's own code
// (tests/cluster/node/kubelet-keyring).

#include "../support/docker_config_contents.hpp"
#include "../support/keyring_cases.hpp"
#include "../unit/run_coroutine.hpp"
#include "../unit/temporary_folder.hpp"
#include <tcr/kube/docker_config.hpp>
#include <tcr/kube/image_keyring.hpp>
#include <tcr/kube/image_name.hpp>
#include <tcr/util/run_program.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace
{

using tcr::test::keyring_case;
using cases = std::vector<keyring_case>;

/// The answer in the form of kubelet-keyring: "-", or the repository and the positions of the keys.
std::string our_answer(keyring_case const& of)
{
    auto const repository = tcr::kube::repository_of(of.image);
    if (repository.empty())
        return "-";
    tcr::kube::image_keyring keyring;
    for (std::size_t i = 0; i < of.keys.size(); ++i)
        keyring.add(of.keys[i], i);
    auto text = repository;
    for (auto const login : keyring.lookup(repository))
        text += " " + std::to_string(login);
    return text;
}

std::string text_of(keyring_case const& of)
{
    return boost::json::serialize(boost::json::value_from(of.keys)) + " " + boost::json::serialize(of.image);
}

/// Runs kubelet-keyring with `all`, one JSON object a line. \return its lines, one for each object
std::vector<std::string> kubelet_lines(std::vector<std::string> const& all)
{
    auto const* path = std::getenv("TCR_KUBELET_KEYRING");
    BOOST_REQUIRE_MESSAGE(path != nullptr, "TCR_KUBELET_KEYRING is not set; scripts/test sets it");
    tcr::test::temporary_folder folder;
    auto const file = (folder.folder / "cases").string();
    {
        std::ofstream out(file);
        for (auto const& each : all)
            out << each << "\n";
    }
    std::vector<std::string> lines;
    tcr::test::run_coroutine(
        [&]() -> tcr::task<void>
        {
            tcr::program const oracle{path, {file}, {}};
            tcr::program_limits limits;
            limits.output = all.size() * 256 + 1024;
            auto const end = co_await tcr::run_program(oracle, limits);
            BOOST_REQUIRE_MESSAGE(end.has_value(), (end.has_error() ? end.error().message() : std::string()));
            BOOST_REQUIRE_MESSAGE(end->status == 0, end->error_output);
            std::istringstream in(end->output);
            for (std::string line; std::getline(in, line);)
                lines.push_back(line);
        },
        std::chrono::seconds(60)
    );
    BOOST_REQUIRE(lines.size() == all.size());
    return lines;
}

std::vector<std::string> kubelet_answers(cases const& all)
{
    std::vector<std::string> lines;
    for (auto const& each : all)
        lines.push_back(
            R"({"keys":)" + boost::json::serialize(boost::json::value_from(each.keys)) + R"(,"image":)" +
            boost::json::serialize(each.image) + "}"
        );
    return kubelet_lines(lines);
}

/// A content of a pull Secret.
struct secret_content
{
    std::string text;
    tcr::kube::docker_config_format format;
};

std::vector<std::string> kubelet_logins(std::vector<secret_content> const& all)
{
    std::vector<std::string> lines;
    for (auto const& each : all)
        lines.push_back(boost::json::serialize(boost::json::object(
            {{"content", each.text}, {"isLegacy", each.format == tcr::kube::docker_config_format::legacy}}
        )));
    return kubelet_lines(lines);
}

/// The answer in the form of kubelet-keyring: "-", or the logins by key.
std::string our_logins(secret_content const& of)
{
    auto const logins = tcr::kube::read_docker_config(of.text, of.format);
    if (!logins)
        return "-";
    std::map<std::string, boost::json::array> sorted;
    for (auto const& [key, username, password] : *logins)
        sorted[key] = {key, tcr::base64_encode(username), tcr::base64_encode(password)};
    boost::json::array all;
    for (auto const& [key, login] : sorted)
        all.push_back(login);
    return boost::json::serialize(all);
}

/// \return position of the first case on which both differ; `all.size()` if there is none
std::size_t first_difference(cases const& all)
{
    auto const theirs = kubelet_answers(all);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (our_answer(all[i]) != theirs[i])
            return i;
    return all.size();
}

/// All cases that are shorter by a key or by a character.
cases shorter_than(keyring_case const& given)
{
    cases shorter;
    for (std::size_t i = 0; i < given.keys.size(); ++i)
    {
        auto fewer = given;
        fewer.keys.erase(fewer.keys.begin() + static_cast<std::ptrdiff_t>(i));
        shorter.push_back(std::move(fewer));
    }
    for (std::size_t i = 0; i < given.keys.size(); ++i)
        for (std::size_t at = 0; at < given.keys[i].size(); ++at)
            shorter.emplace_back(given).keys[i].erase(at, 1);
    for (std::size_t at = 0; at < given.image.size(); ++at)
        shorter.emplace_back(given).image.erase(at, 1);
    return shorter;
}

keyring_case reduced(keyring_case given)
{
    while (true)
    {
        auto const shorter = shorter_than(given);
        auto const found = first_difference(shorter);
        if (found == shorter.size())
            return given;
        given = shorter[found];
    }
}

/// Makes random keys and images from parts that the rules treat differently. Images often have the host or
/// the path of a key, so that many keys match.
class generator
{
public:
    explicit generator(unsigned seed) : random_(seed) {}

    keyring_case next()
    {
        keyring_case made;
        auto const common_host = host();
        auto const common_path = path();
        for (auto count = below(3) + 2; count > 0; --count)
            made.keys.push_back(damaged(key(common_host, common_path)));
        made.image =
            damaged((one_in(5) ? host() : common_host) + (one_in(4) ? path() : common_path) + pick(tags));
        // An image of Docker Hub often has no host.
        if (made.image.starts_with('/') && !one_in(20))
            made.image.erase(0, 1);
        return made;
    }

private:
    using texts = std::vector<std::string>;

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::string const& pick(texts const& from) { return from[below(from.size())]; }

    std::string key(std::string const& common_host, std::string const& common_path)
    {
        return pick(schemes) + (one_in(12) ? "user:p%40ss@" : "") +
               (one_in(4) ? host() : with_wildcards(common_host)) + (one_in(6) ? pick(api_paths) : "") +
               (one_in(4) ? path() : common_path.substr(0, below(common_path.size() + 1))) +
               (one_in(12) ? pick(suffixes) : "");
    }

    std::string host() { return pick(one_in(3) ? odd_hosts : hosts) + (one_in(3) ? pick(ports) : ""); }

    std::string path()
    {
        std::string made;
        for (auto count = below(4); count > 0; --count)
            made += "/" + pick(words) + (one_in(8) ? pick(separators) + pick(words) : "");
        return made;
    }

    std::string with_wildcards(std::string text)
    {
        while (one_in(3) && !text.empty())
        {
            auto const from = below(text.size());
            text.replace(
                from, below(std::min(text.size() - from, std::size_t(6)) + 1), one_in(9) ? "?" : "*"
            );
        }
        return text;
    }

    /// Inserts a character in one of twelve texts.
    std::string damaged(std::string text)
    {
        if (one_in(12))
            text.insert(below(text.size() + 1), one_in(2) ? pick(oddities) : pick(words));
        return text;
    }

    std::mt19937 random_;
    texts const schemes{"", "", "", "", "", "https://", "https://", "http://", "HTTPS://", "//", "ftp://"};
    texts const hosts{
        "docker.io",
        "index.docker.io",
        "reg.example.com",
        "a.reg.example.com",
        "10.0.0.5",
        "localhost",
        "registry",
        "Reg.Example.com",
        "A",
        "[fd00::5]",
        ""};
    texts const odd_hosts{
        "*.example.com",
        "*",
        "*.*.com",
        "10.*.0.5",
        "[::1]",
        "[fd00::A]",
        "[::ffff:10.0.0.5]",
        "a_b.c",
        "registry-1.docker.io",
        "hub.docker.com",
        "xn--bcher-kva.example",
        "team"};
    texts const ports{":5000", ":5000", ":443", ":", ":05000", ":https", ":5000:1"};
    texts const api_paths{"/v1/", "/v2/", "/v1", "/v2", "/"};
    texts const suffixes{"/", "?a=b", "#a", "#%zz", "/%61", "/%2561", "/a%3Fb", " ", "%", "//"};
    texts const tags{
        "", "", "", "", ":1", ":1", ":latest", ":5000", "@sha256:" + std::string(64, 'a'), ":.x", ":"};
    texts const words{"a", "b", "ab", "team", "library", "nginx", "v1", "v2", "5"};
    texts const separators{"-", "_", "__", ".", "--", "___", ".."};
    texts const oddities{" ", "\n", "\x7f", "é",  "%",  "%2", "%41", "%c3", "%25", "*",
                         "?", "[",  "]",    "\\", ":",  "@",  "/",   "//",  "#",   "-",
                         ".", "A",  "Z",    "<",  "\"", "^",  "{",   "|",   "`",   ","};
};

BOOST_AUTO_TEST_SUITE(keyring)

BOOST_AUTO_TEST_CASE(kubelet_agrees_with_the_kept_cases)
{
    auto const all = tcr::test::keyring_cases();
    auto const theirs = kubelet_answers(all);
    for (std::size_t i = 0; i < all.size(); ++i)
        BOOST_TEST(our_answer(all[i]) == theirs[i], text_of(all[i]) << ": kubelet answers " << theirs[i]);
}

BOOST_AUTO_TEST_CASE(kubelet_reads_the_same_logins_from_pull_secrets)
{
    using format = tcr::kube::docker_config_format;
    std::mt19937 random(19);
    std::vector<secret_content> all;
    for (auto const& content : tcr::test::docker_config_contents())
        for (auto const how : {format::json, format::legacy})
        {
            all.push_back({content, how});
            // The same with one character less.
            for (std::size_t at = 0; at < content.size(); ++at)
                all.emplace_back(content, how).text.erase(at, 1);
            // The same with two characters exchanged.
            for (int i = 0; i < 50 && !content.empty(); ++i)
            {
                auto& text = all.emplace_back(content, how).text;
                std::swap(text[random() % text.size()], text[random() % text.size()]);
            }
        }
    auto const theirs = kubelet_logins(all);
    std::size_t parsed = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
    {
        parsed += theirs[i] != "-";
        BOOST_TEST(our_logins(all[i]) == theirs[i], all[i].text << ": kubelet answers " << theirs[i]);
    }
    BOOST_TEST(parsed > all.size() / 10);
}

BOOST_AUTO_TEST_CASE(a_million_random_pairs_of_key_and_image_get_kubelets_answer)
{
    auto const* given = std::getenv("TCR_KEYRING_SEED");
    unsigned const seed = given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
    BOOST_TEST_MESSAGE("TCR_KEYRING_SEED=" << seed);
    constexpr std::size_t pairs_wanted = 1'000'000;
    constexpr std::size_t cases_at_once = 50'000;
    generator random(seed);
    std::size_t pairs = 0;
    std::size_t count = 0;
    std::size_t valid_images = 0;
    std::size_t matches = 0;
    while (pairs < pairs_wanted)
    {
        cases all;
        for (std::size_t i = 0; i < cases_at_once; ++i)
            pairs += all.emplace_back(random.next()).keys.size();
        auto const different = first_difference(all);
        if (different < all.size())
            BOOST_FAIL(
                "kubelet chooses other logins, with TCR_KEYRING_SEED=" << seed << ": "
                                                                       << text_of(reduced(all[different]))
            );
        count += all.size();
        for (auto const& each : all)
        {
            auto const answer = our_answer(each);
            valid_images += answer != "-";
            matches += answer.find(' ') != answer.npos;
        }
    }
    BOOST_TEST_MESSAGE(
        pairs << " pairs in " << count << " cases, " << valid_images << " valid images, " << matches
              << " with logins"
    );
    // The comparison shows little if few images are valid, or if hardly any gets a login.
    BOOST_TEST(valid_images > count / 3);
    BOOST_TEST(matches > count / 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
