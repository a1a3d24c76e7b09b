// SPDX-License-Identifier: Apache-2.0

// Lists of references. The input contains names, each terminated by NUL.
#include "fuzz_target.hpp"
#include <tcr/runtime/reference_list.hpp>

TCR_FUZZ_TARGET(reference_list)
{
    using namespace tcr;
    std::vector<std::string> names;
    std::size_t bytes_of_names = 0;
    for (fuzz::input_reader input(bytes); !input.empty();)
    {
        names.emplace_back(input.take_text());
        bytes_of_names += names.back().size();
    }
    runtime::reference_list const list(names);
    bool const is_whole = list.extent() == runtime::list_extent::whole;
    fuzz::require(list.text().size() <= runtime::reference_list::max_bytes, "a list is bounded");
    fuzz::require(
        !is_whole || runtime::decode_references(list.text()) == names, "a whole list keeps its names"
    );
    fuzz::require(list.text().size() <= 2 * bytes_of_names + names.size(), "a list is as short as its JSON");

    // Build the list like the reader of a watch. A name may arrive in pieces, and may occur twice.
    runtime::reference_list built;
    for (auto const& name : names)
    {
        built.add_entry();
        built.name_piece("another", true);
        for (auto const& piece : fuzz::pieces_of(name))
            built.name_piece(piece, false);
        built.name_piece({}, true);
    }
    built.finish();
    fuzz::require(built.extent() == list.extent(), "equal lists have equal extents");
    fuzz::require_equal(built.text(), list.text(), "equal lists have equal texts");
    std::size_t entries = 0;
    runtime::for_each_reference(list.text(), [&](auto) { ++entries; });
    fuzz::require(!is_whole || entries == names.size(), "each entry is visited once");
    for (auto const& name : names)
        if (is_whole && name.find_first_of("\n\\") == std::string::npos)
            fuzz::require(runtime::names_reference(list.text(), name), "a name of the list is found");
    built.clear();
    fuzz::require(built.text().empty(), "a cleared list is empty");
    // Decoding must not read past the end of any text, such as a truncated list.
    runtime::decode_references(bytes);
}
