# Generates the source file with the data that `tcr-assistant version` prints. It is a separate file, so that a new commit
# rebuilds only that file. Without git, as in the build of the image, set -DTCR_COMMIT=….
set(TCR_COMMIT "" CACHE STRING "Commit that `version` prints; if empty, CMake asks git when it configures")

# tcr_build_info(FILE): writes FILE from src/app/build_info.cpp.in.
function(tcr_build_info file)
    # A folder without .git may be inside the checkout of another project.
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
    # The package of prometheus-cpp has no version, but the file name of the library has.
    if(TARGET prometheus-cpp::core)
        get_target_property(library prometheus-cpp::core LOCATION)
        file(REAL_PATH "${library}" library)
        string(REGEX MATCH "[0-9]+(\\.[0-9]+)+$" TCR_PROMETHEUS_CPP_VERSION "${library}")
    endif()
    configure_file(${PROJECT_SOURCE_DIR}/src/app/build_info.cpp.in ${file} @ONLY)
endfunction()
