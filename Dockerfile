# The controller's image. The build needs nothing but Debian 12; the result holds the program and its libraries.
FROM debian:12-slim AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    g++ cmake ninja-build libssl-dev libyaml-cpp-dev libboost1.81-dev libboost-json1.81-dev \
    libboost-url1.81-dev libboost-program-options1.81-dev prometheus-cpp-dev
COPY . /source
WORKDIR /source
# Git is not in here: docker build --build-arg TCR_COMMIT=$(git rev-parse --short HEAD)
ARG TCR_COMMIT=
RUN cmake --preset release -DBUILD_TESTING=OFF -DTCR_COMMIT=$TCR_COMMIT && cmake --build --preset release && strip build/release/tcr-assistant

FROM debian:12-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    libssl3 libyaml-cpp0.7 libboost-json1.81.0 libboost-url1.81.0 libboost-program-options1.81.0 \
    libprometheus-cpp-core1.0 && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /source/build/release/tcr-assistant /usr/local/bin/tcr-assistant
USER 65532:65532
ENTRYPOINT ["tcr-assistant"]
CMD ["controller"]
