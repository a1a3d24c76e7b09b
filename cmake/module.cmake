# Compile options of our own targets; Boost and the other libraries come as SYSTEM.
function(tcr_compile_options target)
    target_compile_options(
        ${target}
        PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                # GCC 12 takes Asio's recycled coroutine frames for mismatched deletes at -O2.
                -Wno-mismatched-new-delete
                # GCC 14 follows "text" + std::string(…) + "text" of a known length, too long for the string's own
                # buffer, into the branch of the move constructor that copies this buffer, which then never runs. It
                # reports that in three places, by the second warning where the first is off. GCC 12 keeps both.
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>>:-Wno-array-bounds>
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>>:-Wno-stringop-overflow>
                $<$<BOOL:${TCR_WERROR}>:-Werror>
                # Anonymous namespaces of files that are compiled together do not stand in the main source file.
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
    )
endfunction()

# What every target must agree on, or the one-definition rule breaks.
add_library(tcr_build INTERFACE)
target_compile_definitions(
    tcr_build
    INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
              BOOST_ASIO_NO_DEPRECATED
              BOOST_BEAST_SEPARATE_COMPILATION
              TCR_VERSION="${PROJECT_VERSION}"
)
if(TCR_SANITIZE)
    target_compile_options(tcr_build INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                               -fno-omit-frame-pointer)
    target_link_options(tcr_build INTERFACE -fsanitize=address,undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # Clang 14 cannot assemble a coroutine with this check: "Cannot represent a difference across sections".
        target_compile_options(tcr_build INTERFACE -fno-sanitize=function)
    else()
        # GCC 12 sees uninitialized members in results that a coroutine returns, once the sanitizer is in.
        target_compile_options(tcr_build INTERFACE -Wno-maybe-uninitialized)
    endif()
    # Freed coroutine frames must reach free(), or a use after it goes unseen.
    target_compile_definitions(tcr_build INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
if(TCR_FUZZ)
    # Counters of branches and comparisons, which libFuzzer follows.
    target_compile_options(tcr_build INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(tcr_build INTERFACE -ffunction-sections -fdata-sections)
    target_link_options(tcr_build INTERFACE -Wl,--gc-sections)
endif()

# tcr_precompile(TARGET HEADER…): precompiles the last of these headers for the target; the others are what it includes of ours.
#
# A precompiled header holds the name of its folder, so that to ccache that of another clone is another one. It takes
# the word of a file beside it instead: what the header is made from.
function(tcr_precompile target)
    list(GET ARGN -1 header)
    target_precompile_headers(${target} PRIVATE ${header})
    set(made_from "${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION} ${OPENSSL_VERSION}")
    foreach(each IN LISTS ARGN)
        file(READ ${each} text)
        string(APPEND made_from "${text}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${each})
    endforeach()
    string(SHA256 sum "${made_from}")
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum "${sum}\n")
endfunction()

# tcr_module(NAME LINK targets… PRIVATE_LINK targets…): the library tcr_NAME. Its sources are listed in
# src/NAME/CMakeLists.txt, its public headers stand in include/tcr/NAME.
function(tcr_module name)
    cmake_parse_arguments(arg "" "" "LINK;PRIVATE_LINK" ${ARGN})
    add_library(tcr_${name} STATIC)
    target_include_directories(tcr_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(tcr_${name} PUBLIC tcr_build ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
    tcr_compile_options(tcr_${name})
    add_subdirectory(${PROJECT_SOURCE_DIR}/src/${name})
    # Asio, Beast and Boost.JSON are parsed once, for util, and reused by all.
    if(name STREQUAL "util")
        tcr_precompile(tcr_util ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
    else()
        target_precompile_headers(tcr_${name} REUSE_FROM tcr_util)
    endif()
endfunction()
