# The controller's image: the program, the libraries that it loads, and no shell to log in to. scripts/image builds it
# from here (docs/develop/development.md).

# Debian's version: 12 or 13.
ARG DEBIAN=12

# A stage of its own, so that another source file does not install them anew.
FROM debian:${DEBIAN}-slim AS packages
ARG DEBIAN
# Debian 12's default is Boost 1.74, which is too old.
RUN boost=$([ "$DEBIAN" != 12 ] || echo 1.81) && apt-get update && apt-get upgrade -y && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates ccache cmake g++ ninja-build "libboost-json$boost-dev" "libboost-program-options$boost-dev" \
    "libboost-url$boost-dev" "libboost$boost-dev" libssl-dev libyaml-cpp-dev prometheus-cpp-dev && \
    apt-get clean

FROM packages AS build
# Git is not in here, so the builder tells.
ARG TCR_COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
# Worth something only where a folder that outlives the build is mounted there.
ENV CCACHE_DIR=/ccache
COPY . /source
WORKDIR /source
# One step, because only its result is worth keeping.
RUN cmake --preset release -DBUILD_TESTING=OFF -DTCR_COMMIT=$TCR_COMMIT && \
    cmake --build --preset release --target tcr-assistant -j "$(nproc)" && \
    sh scripts/lib/make_image_root.sh build/release /image-root && \
    rm -rf build

FROM scratch
ARG TCR_COMMIT=unknown
ARG TCR_VERSION=0.1.0
LABEL org.opencontainers.image.title="tcr-assistant" \
      org.opencontainers.image.description="Gives every matching service account of a Kubernetes cluster its image pull credentials" \
      org.opencontainers.image.version="$TCR_VERSION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$TCR_COMMIT"
COPY --from=build /image-root/ /
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/tcr-assistant"]
CMD ["controller"]
