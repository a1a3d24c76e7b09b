# tcr_compile_options(TARGET): sets the compile options of a target of this project. Headers of Boost and other libraries are
# included as SYSTEM, without warnings.
function(tcr_compile_options target)
    target_compile_options(
        ${target}
        PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                # With -O2, GCC 12 reports Asio's recycled coroutine frames as mismatched deletes.
                -Wno-mismatched-new-delete
                # False positives of GCC 14: for "text" + std::string(…) + "text" of a known length above that of the
                # string's internal buffer, it analyses a branch of the move constructor that never runs. It reports
                # this in three places, with the second warning if the first is off. GCC 12 keeps both warnings.
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>>:-Wno-array-bounds>
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>>:-Wno-stringop-overflow>
                # For arm64 it also reports a member of an optional that has no value, in the coroutine open_tunnel.
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>,$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},aarch64>>:-Wno-maybe-uninitialized>
                $<$<BOOL:${TCR_WERROR}>:-Werror>
                # In a unity build, anonymous namespaces are not in the main source file.
                $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
    )
endfunction()

# Options that all targets must share because of the one-definition rule.
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
        # With this check, Clang 14 cannot assemble a coroutine: "Cannot represent a difference across sections".
        target_compile_options(tcr_build INTERFACE -fno-sanitize=function)
    else()
        # With the sanitizer, GCC 12 falsely reports uninitialized members in results of coroutines.
        target_compile_options(tcr_build INTERFACE -Wno-maybe-uninitialized)
    endif()
    # Coroutine frames must be freed with free(), so that the sanitizer detects a use after free.
    target_compile_definitions(tcr_build INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
if(TCR_FUZZ)
    # Adds the counters of branches and comparisons that libFuzzer needs.
    target_compile_options(tcr_build INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(tcr_build INTERFACE -ffunction-sections -fdata-sections)
    target_link_options(tcr_build INTERFACE -Wl,--gc-sections)
endif()

# tcr_precompile(TARGET HEADER…): precompiles the last of these headers for the target. The others are the headers of this
# project that it includes.
#
# A precompiled header contains the name of its folder, so ccache would not find the results of another clone. Instead of the
# header, ccache compares the file beside it, with a hash of all inputs of the header (CCACHE_PCH_EXTSUM).
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

# tcr_module(NAME LINK targets… PRIVATE_LINK targets…): adds the library tcr_NAME. src/NAME/CMakeLists.txt lists its sources.
# Its public headers are in include/tcr/NAME.
function(tcr_module name)
    cmake_parse_arguments(arg "" "" "LINK;PRIVATE_LINK" ${ARGN})
    add_library(tcr_${name} STATIC)
    target_include_directories(tcr_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(tcr_${name} PUBLIC tcr_build ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
    tcr_compile_options(tcr_${name})
    add_subdirectory(${PROJECT_SOURCE_DIR}/src/${name})
    # The headers of Asio, Beast and Boost.JSON are precompiled once, for util. All other modules reuse them.
    if(name STREQUAL "util")
        tcr_precompile(tcr_util ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
    else()
        target_precompile_headers(tcr_${name} REUSE_FROM tcr_util)
    endif()
endfunction()
