# What `tcr-assistant version` tells beyond compile-time constants. Only a source file of its own holds it, so that
# a new commit rebuilds that file and nothing else. -DTCR_COMMIT=… where git is not at hand, as in an image's build.
set(TCR_COMMIT "" CACHE STRING "Commit that `version` prints; empty: git is asked when CMake configures")

# tcr_build_info(FILE): writes FILE from src/app/build_info.cpp.in.
function(tcr_build_info file)
    # A folder without .git may lie in somebody else's checkout.
    if(NOT TCR_COMMIT AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
        execute_process(
            COMMAND git rev-parse --short HEAD
            WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
            OUTPUT_VARIABLE TCR_COMMIT
            OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
        )
    endif()
    if(NOT TCR_COMMIT)
        set(TCR_COMMIT unknown)
    endif()
    # Its package tells no version, but the library's file name does.
    if(TARGET prometheus-cpp::core)
        get_target_property(library prometheus-cpp::core LOCATION)
        file(REAL_PATH "${library}" library)
        string(REGEX MATCH "[0-9]+(\\.[0-9]+)+$" TCR_PROMETHEUS_CPP_VERSION "${library}")
    endif()
    configure_file(${PROJECT_SOURCE_DIR}/src/app/build_info.cpp.in ${file} @ONLY)
endfunction()
