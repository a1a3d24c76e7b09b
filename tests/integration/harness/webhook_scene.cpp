#include "webhook_scene.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>

namespace tcr::test
{

webhook_scene::webhook_scene() : scene(without_controller)
{
    controller.use_webhooks();
}

webhook_scene::~webhook_scene()
{
    try
    {
        if (controller.is_running())
            controller.stop();
        plane.run({"webhooks", "remove"});
    }
    catch (std::exception const& e)
    {
        BOOST_ERROR(e.what());
    }
}

verdict webhook_scene::is_ready()
{
    auto const answer = controller.health("/readyz");
    return answer.status == 200u ? verdict(true) : wrong(answer.body);
}

}  // namespace tcr::test
