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

/// The API server as its administrator meets it: objects created one by one, most of them as dry runs, which leave
/// nothing behind, and the configurations by which it calls the webhooks.
class api_server
{
public:
    /// `prefix` and a number below `namespaces` are the name of a namespace. `loop` must outlive it.
    /// Throws where the kubeconfig cannot be used.
    api_server(
        asio::io_context& loop, std::string const& kubeconfig, std::string prefix, std::size_t namespaces
    );

    /// What a call leaves behind.
    enum class trace
    {
        none,  ///< a dry run
        object
    };

    /// Creates a ServiceAccount, as `account_place` has it. \return good: it came back with `reference`.
    task<outcome> create_account(std::size_t index, std::string reference, trace left = trace::none);

    /// Where the account of that number is made.
    struct place
    {
        std::string ns;
        std::string name;
    };
    place account_place(std::size_t index) const;

    /// Creates a namespace for good. Throws where that is refused.
    task<void> create_namespace(std::string name);

    /// Creates an ImagePullSecret that is fine. \return good: it may be created.
    task<outcome> create_cr(std::size_t index);

    /// Waits until a ServiceAccount is, or is not, given `reference` at birth. Throws after a minute.
    void wait_for_mutation(bool is_wanted, std::string const& reference);

    /// Waits until a bad ImagePullSecret is, or is not, refused for what only the webhook sees.
    /// Throws after a minute.
    void wait_for_validation(bool is_wanted);

    /// One of the two configurations.
    enum class hook
    {
        mutating,
        validating
    };

    /// The certificates that the API server trusts the webhook by, PEM.
    std::string trusted_by(hook which);

    /// Takes the configuration away, until this goes out of scope.
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
        std::string body_;  ///< to create it again
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
