# The controller's image: the program and the libraries that it loads, without a shell. scripts/image builds it
# (docs/develop/development.md).

# The version of Debian: 12 or 13.
ARG DEBIAN=12

# A separate stage, so that a changed source file does not install the packages again. It is of the architecture of the
# machine that builds: an image for arm64 is compiled by a cross compiler, with libraries for arm64.
FROM --platform=$BUILDPLATFORM debian:${DEBIAN}-slim AS packages
ARG DEBIAN
ARG TARGETARCH
# Debian 12's default is Boost 1.74, which is too old.
RUN TARGETARCH=${TARGETARCH:-$(dpkg --print-architecture)} && boost=$([ "$DEBIAN" != 12 ] || echo 1.81) && compiler=g++ && of= && \
    if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then \
    dpkg --add-architecture "$TARGETARCH" && compiler=g++-aarch64-linux-gnu && of=:$TARGETARCH; fi && \
    apt-get update && apt-get upgrade -y && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates ccache cmake "$compiler" ninja-build "libboost-json$boost-dev$of" \
    "libboost-program-options$boost-dev$of" "libboost-url$boost-dev$of" "libboost$boost-dev$of" "libssl-dev$of" \
    "libyaml-cpp-dev$of" "prometheus-cpp-dev$of" && \
    apt-get clean

FROM packages AS build
# The build stage has no git, so the builder passes the commit.
ARG TARGETARCH
ARG TCR_COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
# Only useful if the builder mounts a folder that it keeps after the build.
ENV CCACHE_DIR=/ccache
COPY . /source
WORKDIR /source
# One step, because only its result is needed.
RUN TARGETARCH=${TARGETARCH:-$(dpkg --print-architecture)} && preset=release && if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then preset=$TARGETARCH; fi && \
    cmake --preset "$preset" -DBUILD_TESTING=OFF -DTCR_COMMIT=$TCR_COMMIT && \
    cmake --build --preset "$preset" --target tcr-assistant -j "$(nproc)" && \
    sh scripts/lib/make_image_root.sh "build/$preset" /image-root && \
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
