#pragma once

#include "scene.hpp"

namespace tcr::test
{

/// A scene whose controller, not started yet, has webhooks that the API server calls. At its end the controller is
/// stopped and their configurations are gone.
struct webhook_scene : scene
{
    webhook_scene();
    ~webhook_scene();

    /// Whether the controller's probe says that it can serve.
    verdict is_ready();
};

}  // namespace tcr::test
