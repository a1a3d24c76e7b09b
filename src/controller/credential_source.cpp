// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/credential_source.hpp>
#include <tcr/credentials/docker_config.hpp>
#include <tcr/credentials/password_text.hpp>

namespace tcr::controller
{
namespace
{

credentials::resolution invalid(std::string message)
{
    return {std::nullopt, "InvalidSpec", std::move(message)};
}

}  // namespace

bool refers_to_credential(image_pull_secret_spec const& spec)
{
    return spec.password_from || spec.config_from || spec.tcr;
}

bool needs_token(image_pull_secret_spec const& spec)
{
    return spec.tcr && !spec.tcr->registry_id.empty() && !spec.tcr->region.empty() && !spec.password_from &&
           !spec.config_from && spec.password.empty() && spec.username.empty();
}

credentials::resolution literal_credential(image_pull_secret_spec const& spec)
{
    auto const password = credentials::without_line_break(spec.password);
    if (spec.username.empty() || password.empty() || refers_to_credential(spec))
        return invalid(
            "docker.username (without a colon) and docker.password are required, or another source of the "
            "credential"
        );
    if (credentials::is_docker_config(password))
        return {
            std::nullopt,
            "NotAPassword",
            "docker.password is a whole dockerconfigjson, not a password; store it in a Secret and name that "
            "in docker.configSecretRef"};
    credentials::resolution found;
    found.found = credentials::credential_of({spec.server, spec.username, std::string(password)});
    return found;
}

credentials::resolution find_credential(
    image_pull_secret_spec const& spec, credentials::credential_secrets const& secrets
)
{
    int const sources = (spec.password.empty() ? 0 : 1) + (spec.password_from ? 1 : 0) +
                        (spec.config_from ? 1 : 0) + (spec.tcr ? 1 : 0);
    // The CRD refuses several sources, but the object may have been stored before the CRD had this rule.
    if (sources > 1)
        return invalid(
            "only one of docker.password, docker.passwordSecretRef, docker.configSecretRef and tcr may be "
            "given"
        );
    if (spec.tcr && !needs_token(spec))
        return invalid("tcr requires registryId and region, and excludes docker.username");
    if (spec.tcr)
        return secrets.token_login(spec.tcr->reference(), spec.server);
    if (spec.config_from && !(spec.server.empty() && spec.username.empty()))
        return invalid("docker.configSecretRef excludes docker.server and docker.username");
    if (spec.config_from)
        return secrets.docker_config(*spec.config_from);
    if (!spec.password_from)
        return literal_credential(spec);
    if (spec.username.empty())
        return invalid("docker.passwordSecretRef requires docker.username");
    return secrets.password_login(*spec.password_from, spec.server, spec.username);
}

}  // namespace tcr::controller
