#pragma once

#include "fixture.hpp"

namespace tcr::test
{

/// A fixture whose controller, not started yet, has webhooks that the API server calls. At its end the controller is
/// stopped and their configurations are gone.
struct webhook_fixture : fixture
{
    webhook_fixture();
    ~webhook_fixture();

    /// Whether the controller's probe says that it can serve.
    verdict is_ready();
};

}  // namespace tcr::test
