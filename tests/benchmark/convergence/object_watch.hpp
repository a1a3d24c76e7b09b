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

/// A watch in the background of a loop: it passes events to the reader whenever the loop runs.
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

    /// Throws if the watch has ended, because events are lost from then on.
    void require_open() const;

private:
    task<void> find_present();
    task<void> watch();

    asio::io_context& loop_;
    kube::client& client_;
    kube::resource type_;
    kube::selection which_;
    kube::watch_decoder events_;
    std::uint64_t from_ = 0;  ///< resourceVersion
    asio::cancellation_signal stop_;
    bool has_ended_ = false;
    std::string why_;
};

}  // namespace tcr::benchmark
