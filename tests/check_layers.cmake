# Fails when a file of a module includes a header of a module above it. The order is CMakeLists.txt's.
cmake_minimum_required(VERSION 3.25)
set(modules util log metrics net registry kube runtime hosts credentials controller instances admission commands app)
set(allowed "")
foreach(module IN LISTS modules)
    list(APPEND allowed ${module})
    file(GLOB files ${ROOT}/include/tcr/${module}/*.hpp ${ROOT}/src/${module}/*.cpp ${ROOT}/src/${module}/*.hpp)
    foreach(file IN LISTS files)
        file(STRINGS ${file} lines REGEX "^#include <tcr/")
        foreach(line IN LISTS lines)
            string(REGEX REPLACE "^#include <tcr/([a-z_]+)/.*" "\\1" used "${line}")
            # Beside the order: the cluster's API and the cloud's know nothing of each other, the node agent nothing of
            # ImagePullSecrets, nor they of it; only app brings these together.
            if(NOT used IN_LIST allowed
               OR (module STREQUAL "metrics" AND used STREQUAL "log")
               OR (module STREQUAL "registry" AND used STREQUAL "metrics")
               OR (module MATCHES "^(kube|runtime)$" AND used STREQUAL "registry")
               OR (module STREQUAL "hosts" AND used STREQUAL "registry")
               OR (module MATCHES "^(credentials|controller|instances|admission|commands)$" AND used STREQUAL "hosts"))
                message(SEND_ERROR "${file}: module ${module} must not include ${used}: ${line}")
            endif()
        endforeach()
    endforeach()
endforeach()
