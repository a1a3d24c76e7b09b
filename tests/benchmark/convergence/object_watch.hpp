// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace tcr::benchmark
{

/// A watch that runs in the background of a loop. It passes events to the reader while the loop runs.
class object_watch
{
public:
    /// Watches from now on, for at most an hour. All references must outlive this object. Throws if the
    /// server refuses.
    object_watch(
        asio::io_context& loop,
        kube::client& client,
        kube::resource type,
        kube::selection which,
        kube::object_reader& reader
    );
    ~object_watch();
    object_watch(object_watch const&) = delete;
    object_watch& operator=(object_watch const&) = delete;

    /// Throws if the watch has ended. Events after its end are lost.
    void require_open() const;

private:
    task<void> find_present();
    task<void> watch();

    asio::io_context& loop_;
    kube::client& client_;
    kube::resource type_;
    kube::selection which_;
    kube::watch_decoder events_;
    std::uint64_t from_ = 0;  ///< resourceVersion at which the watch starts
    asio::cancellation_signal stop_;
    bool has_ended_ = false;
    std::string why_;
};

}  // namespace tcr::benchmark
