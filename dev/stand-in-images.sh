#!/usr/bin/env bash
# Makes the images that Dockerfile and compose.yaml begin with from Debian's archive and this machine's Swift, under their
# official names, for machines that reach no registry. Not for anything but trying the deployment: they are not the
# official images. As root, with debootstrap, podman and buildah; images that are there already are left alone.
#
# usage: dev/stand-in-images.sh
set -euo pipefail

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
registry=docker.io/library
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")

there() { podman image exists "$registry/$1"; }

debian() {
    local folder
    folder=$(mktemp --directory)
    debootstrap --variant=minbase bookworm "$folder" "$mirror"
    rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* "$folder"/usr/share/{doc,man,locale}/*
    tar --directory "$folder" --create . | podman import --change 'CMD ["bash"]' - "$registry/debian:bookworm-slim"
    rm -rf "$folder"
}

# image NAME CONFIGURATION -- PACKAGES…: Debian with packages, committed with options of `buildah config`.
image() {
    local name=$1 container options
    read -ra options <<<"$2"
    shift 3
    container=$(buildah from "$registry/debian:bookworm-slim")
    # Nothing is to be started, and what a package's user is called is up to the caller.
    buildah run --isolation chroot "$container" -- sh -c '
        printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d &&
        apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"' sh "$@"
    "prepare_${name%%:*}" "$container"
    buildah config "${options[@]}" "$container"
    buildah commit --format docker --rm "$container" "$registry/$name"
}

prepare_swift() { buildah copy --quiet "$1" "$toolchain" /usr; }

prepare_redis() {
    buildah run --isolation chroot "$1" -- sh -c 'mkdir -p /data && chown redis:redis /data'
}

prepare_nginx() {
    buildah run --isolation chroot "$1" -- useradd --system --uid 101 --user-group --no-create-home nginx
}

there debian:bookworm-slim || debian
there swift:6.3-bookworm || image swift:6.3-bookworm "--cmd /bin/bash" -- \
    binutils-gold ca-certificates gcc git libc6-dev libcurl4-openssl-dev libedit-dev libncurses-dev libpython3-dev \
    libsqlite3-dev libstdc++-12-dev libxml2-dev pkg-config tzdata uuid-dev
there redis:7-bookworm || image redis:7-bookworm "--volume /data --workingdir /data --port 6379" -- redis-server
there nginx:1.28-bookworm || image nginx:1.28-bookworm "--port 80" -- nginx-light
podman images --filter reference="$registry/*"
