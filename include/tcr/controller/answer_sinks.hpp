// SPDX-License-Identifier: Apache-2.0
#pragma once

// A pool of sinks, which put the answers to the reconciler's writes into the store.

#include <tcr/kube/object_stream.hpp>
#include <tcr/net/http_message.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::controller
{

/// A pool of reusable sinks. A sink decodes the answer to a write while the answer arrives, and puts the
/// object into the store, with a reflector of the type that the watch uses. Sinks are reused because making
/// one is expensive.
template <class Reflector>
class answer_sinks
{
public:
    /// \param make returns the reflector of a new sink. Objects that the reflector refers to must outlive
    /// this object.
    explicit answer_sinks(std::function<Reflector()> make) : make_(std::move(make)) {}

    // Borrowed sinks refer to this object.
    answer_sinks(answer_sinks const&) = delete;
    answer_sinks& operator=(answer_sinks const&) = delete;

    /// \return a sink for one request. The destructor of the unique pointer gives the sink back.
    /// \par Lifetimes the sink must outlive the request, and this object must outlive the pointer.
    auto borrow()
    {
        if (free_.empty())
            free_.push_back(std::make_unique<sink>(make_()));
        auto give_back = [this](sink* used) { free_.emplace_back(used); };
        std::unique_ptr<sink, decltype(give_back)> lent(free_.back().release(), give_back);
        free_.pop_back();
        lent->begin();
        return lent;
    }

private:
    /// Receives one answer at a time. Ignores an answer that cannot be decoded: the write has succeeded, and
    /// the watch reports the object, too.
    class sink final : public net::body_sink
    {
    public:
        explicit sink(Reflector reader)
            : reader_(std::move(reader)), decoder_(reader_, kube::object_event::modified)
        {
        }

        void begin()
        {
            decoder_.begin();
            is_readable_ = true;
        }

        boost::system::error_code on_body(std::string_view piece) override
        {
            is_readable_ = is_readable_ && !decoder_.on_body(piece);
            return {};
        }

    private:
        Reflector reader_;
        kube::single_object_decoder decoder_;
        bool is_readable_ = true;
    };

    std::function<Reflector()> make_;
    std::vector<std::unique_ptr<sink>> free_;
};

}  // namespace tcr::controller
