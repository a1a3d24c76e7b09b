#include "webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>

namespace tcr::test
{

webhook_fixture::webhook_fixture() : fixture(without_controller)
{
    controller.use_webhooks();
}

webhook_fixture::~webhook_fixture()
{
    try
    {
        if (controller.is_running())
            controller.stop();
        control_plane.run({"webhooks", "remove"});
    }
    catch (std::exception const& e)
    {
        BOOST_ERROR(e.what());
    }
}

verdict webhook_fixture::is_ready()
{
    auto const answer = controller.health("/readyz");
    return answer.status == 200u ? verdict(true) : wrong(answer.body);
}

}  // namespace tcr::test
