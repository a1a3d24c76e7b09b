#pragma once

// Sinks that store the answers to the writes of the reconciler.

#include <tcr/kube/object_stream.hpp>
#include <tcr/net/http_message.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::controller
{

/// Lends sinks that decode an answer into the store while it streams in, with the reader of watch events.
/// A sink is expensive to make, so it is used again.
template <class Reflector>
class answer_sinks
{
public:
    /// `make` makes the reflector of a new sink. What the reflector refers to must outlive this object.
    explicit answer_sinks(std::function<Reflector()> make) : make_(std::move(make)) {}

    // Borrowed sinks refer to this object.
    answer_sinks(answer_sinks const&) = delete;
    answer_sinks& operator=(answer_sinks const&) = delete;

    /// A sink for one request, which it must outlive, as a unique pointer that gives it back. This object
    /// must outlive the pointer.
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
    /// Ignores an answer that it cannot read: the write has succeeded, and the watch reports the object.
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
