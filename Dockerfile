# Martlet in an image: built with Swift's own libraries linked in, run on a small Debian by a user without rights.
#
#   docker build --tag martlet .
#   docker run --rm --read-only --publish 8080:8080 --volume martlet-data:/data martlet
#
# podman and buildah keep the HEALTHCHECK only with --format docker.

ARG SWIFT_IMAGE=docker.io/library/swift:6.3-bookworm
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsqlite3-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The dependencies first: they are fetched again only when the manifest changes. It names test targets, whose sources
# are not here and need not be.
COPY Package.swift Package.resolved* ./
RUN grep -o '"[A-Za-z]*Tests"' Package.swift | tr -d '"' | while read -r target; do \
        mkdir -p "Tests/$target" && touch "Tests/$target/Empty.swift" || exit 1; \
    done \
    && swift package resolve

COPY Sources ./Sources
# More options for `swift build`, such as "--jobs 2" where memory is short.
ARG SWIFT_BUILD_FLAGS=""
# Names of functions stay in, for the backtrace of a crash. It shows no registers: what they point to may be secret.
RUN swift build --configuration release --product martlet --static-swift-stdlib ${SWIFT_BUILD_FLAGS} \
    && install -D --mode 0755 --target-directory /out/usr/local/bin .build/release/martlet \
    && strip --strip-debug /out/usr/local/bin/martlet \
    && install -D --mode 0755 --target-directory /out/usr/local/libexec \
        "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/libexec/swift/linux/swift-backtrace-static"
COPY LICENSE /out/usr/local/share/doc/martlet/LICENSE

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="martlet" \
    org.opencontainers.image.description="A real-time chat server for Socket.IO clients of every generation" \
    org.opencontainers.image.licenses="MIT"
# The user is a number, so that Kubernetes can see that it is not root.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 martlet \
    && useradd --uid 10001 --gid martlet --home-dir /data --no-create-home --shell /usr/sbin/nologin martlet \
    && install --directory --owner martlet --group martlet --mode 0700 /data
COPY --from=build /out/ /

ENV DATA_DIR=/data \
    SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,registers=none,swift-backtrace=/usr/local/libexec/swift-backtrace-static
USER 10001:10001
# A file .env that is mounted here is read.
WORKDIR /etc/martlet
# What STORE=sqlite keeps; all else may be read-only.
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["martlet", "healthcheck"]
ENTRYPOINT ["martlet"]
CMD ["serve"]
