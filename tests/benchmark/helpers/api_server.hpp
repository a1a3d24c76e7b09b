// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_call.hpp"
#include "load.hpp"
#include <tcr/kube/request.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tcr::benchmark
{

/// The API server from the view of an administrator: creates objects one by one, most of them as dry runs,
/// and reads and removes the webhook configurations.
class api_server
{
public:
    /// The names of the namespaces are `prefix` and a number below `namespaces`. `loop` must outlive this
    /// object. Throws if the kubeconfig cannot be used.
    api_server(
        asio::io_context& loop, std::string const& kubeconfig, std::string prefix, std::size_t namespaces
    );

    /// Whether a call creates an object.
    enum class trace
    {
        none,  ///< a dry run
        object
    };

    /// Creates a ServiceAccount at `account_place`. \return `good` if the answer contains `reference`
    task<outcome> create_account(std::size_t index, std::string reference, trace left = trace::none);

    /// Namespace and name of the account with this number.
    struct place
    {
        std::string ns;
        std::string name;
    };
    place account_place(std::size_t index) const;

    /// Creates a namespace (no dry run). Throws if the server refuses.
    task<void> create_namespace(std::string name);

    /// Creates a valid ImagePullSecret. \return `good` if the server accepts it
    task<outcome> create_cr(std::size_t index);

    /// Waits until a new ServiceAccount gets `reference` at admission (`is_wanted`), or gets no such
    /// reference. Throws after a minute.
    void wait_for_mutation(bool is_wanted, std::string const& reference);

    /// Waits until an ImagePullSecret that only the webhook recognizes as invalid is refused (`is_wanted`) or
    /// accepted. Throws after a minute.
    void wait_for_validation(bool is_wanted);

    /// Selects one of the two webhook configurations.
    enum class hook
    {
        mutating,
        validating
    };

    /// The CA certificates of the configuration, as PEM.
    std::string trusted_by(hook which);

    /// Deletes the configuration in the constructor and restores it in the destructor.
    class absence
    {
    public:
        absence(api_server& server, hook which);
        ~absence();
        absence(absence const&) = delete;
        absence& operator=(absence const&) = delete;

    private:
        api_server& server_;
        hook which_;
        std::string body_;  ///< the deleted configuration, to restore it
    };

private:
    http_answer must(net::http_request request);
    void wait_until(std::string const& what, std::function<task<bool>()> holds);

    asio::io_context& loop_;
    std::string prefix_;
    std::size_t namespaces_;
    std::unique_ptr<net::http_client> client_;
};

}  // namespace tcr::benchmark
