#pragma once

#include "fixture.hpp"

namespace tcr::test
{

/// A fixture whose controller has webhooks that the API server calls. The case starts the controller. The
/// destructor stops the controller and removes the webhook configurations.
struct webhook_fixture : fixture
{
    webhook_fixture();
    ~webhook_fixture();

    /// Whether the controller's readiness probe succeeds.
    verdict is_ready();
};

}  // namespace tcr::test
