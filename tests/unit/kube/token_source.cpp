#include <tcr/kube/token_source.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace
{

namespace fs = std::filesystem;
using namespace tcr;
using std::chrono::seconds;
using time_point = kube::token_source::time_point;

/// A token file of its own and a clock that only the test moves.
struct fixture
{
    fs::path folder;
    fs::path file;
    time_point now{std::chrono::hours(100)};

    fixture()
    {
        std::string name = (fs::temp_directory_path() / "token-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        folder = name;
        file = folder / "token";
    }
    ~fixture()
    {
        std::error_code ec;
        fs::remove_all(folder, ec);
    }

    void write(std::string_view text) const { std::ofstream(file, std::ios::binary) << text; }

    kube::cluster_config config() const
    {
        kube::cluster_config made;
        made.bearer_token_file = file;
        return made;
    }
};

BOOST_FIXTURE_TEST_SUITE(token_source, fixture)

BOOST_AUTO_TEST_CASE(without_a_token_there_is_none)
{
    kube::token_source source{kube::cluster_config{}};
    BOOST_TEST(source.current(now).empty());
    BOOST_TEST(!source.refresh(now));
}

BOOST_AUTO_TEST_CASE(a_fixed_token_stays)
{
    kube::cluster_config config;
    config.bearer_token = "fixed";
    kube::token_source source(config);
    BOOST_TEST(source.current(now) == "fixed");
    BOOST_TEST(!source.refresh(now));
    BOOST_TEST(source.current(now + std::chrono::hours(9)) == "fixed");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_without_the_blanks_around_its_token)
{
    write("  one\r\n");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_again_after_a_minute_and_not_before)
{
    write("one");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
    write("two");
    BOOST_TEST(source.current(now + seconds(59)) == "one");
    BOOST_TEST(source.current(now + seconds(60)) == "two");
    write("three");
    BOOST_TEST(source.current(now + seconds(119)) == "two");
    BOOST_TEST(source.current(now + seconds(120)) == "three");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_again_on_demand)
{
    write("one");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
    BOOST_TEST(!source.refresh(now));
    write("two");
    BOOST_TEST(source.refresh(now));
    BOOST_TEST(source.current(now) == "two");
    BOOST_TEST(!source.refresh(now));
    // The minute counts from the last reading.
    write("three");
    BOOST_TEST(!(source.refresh(now + seconds(30)) && source.refresh(now + seconds(30))));
    write("four");
    BOOST_TEST(source.current(now + seconds(89)) == "three");
    BOOST_TEST(source.current(now + seconds(90)) == "four");
}

BOOST_AUTO_TEST_CASE(the_last_good_token_stays_when_the_file_vanishes)
{
    write("one");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
    fs::remove(file);
    BOOST_TEST(source.current(now + seconds(60)) == "one");
    BOOST_TEST(!source.refresh(now + seconds(61)));
    BOOST_TEST(source.current(now + seconds(61)) == "one");
    write("two");
    BOOST_TEST(source.current(now + seconds(121)) == "two");
}

BOOST_AUTO_TEST_CASE(the_last_good_token_stays_when_the_file_is_empty)
{
    write("one");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
    for (auto const* nothing : {"", "\n", " \t\r\n "})
    {
        write(nothing);
        BOOST_TEST(!source.refresh(now));
        BOOST_TEST(source.current(now + seconds(60)) == "one");
        now += seconds(60);
    }
}

BOOST_AUTO_TEST_CASE(the_last_good_token_stays_when_the_file_cannot_be_read)
{
    write("one");
    kube::token_source source(config());
    BOOST_TEST(source.current(now) == "one");
    // Opens, but each read fails, like a file on a broken disk.
    fs::remove(file);
    fs::create_directory(file);
    BOOST_TEST(!source.refresh(now));
    BOOST_TEST(source.current(now + seconds(60)) == "one");
}

BOOST_AUTO_TEST_CASE(a_file_that_comes_late_is_taken_at_once)
{
    kube::token_source source(config());
    BOOST_TEST(source.current(now).empty());
    write("one");
    BOOST_TEST(source.current(now + seconds(1)) == "one");
}

BOOST_AUTO_TEST_CASE(a_file_goes_before_a_fixed_token_which_serves_until_it_is_there)
{
    auto both = config();
    both.bearer_token = "fixed";
    kube::token_source source(both);
    BOOST_TEST(source.current(now) == "fixed");
    write("one");
    BOOST_TEST(source.current(now + seconds(60)) == "one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
