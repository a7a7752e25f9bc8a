#!/usr/bin/env bash
# Installs what is missing for the given jobs: Debian packages (as root or through sudo, only those
# that are not there) and, for `test`, the Python environments under .build/.
#
# usage: dev/setup.sh [build] [test] [deploy-test] [lint] [bench] [docs]
#
# Does nothing, and needs no privileges, when nothing is missing. On other systems than Debian it only
# says what it would have installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

installed() {
    dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -x installed >/dev/null
}

wanted_packages() {
    local job
    for job in "$@"; do
        case $job in
            # g++ brings the C library's headers and the linker that Swift uses; any libstdc++ will do.
            build) echo "make git ca-certificates libc6-dev libcrypt-dev libsqlite3-dev zlib1g-dev libstdc++-*-dev|g++" ;;
            test) echo "python3 python3-venv chromium redis-server redis-tools nginx haproxy openssl gcc libc6-dev e2fsprogs prometheus" ;;
            deploy-test) echo "bats python3 redis-server redis-tools" ;;
            lint) echo "shellcheck" ;;
            bench) echo "python3 util-linux" ;;
            docs) echo "python3" ;;
            *) die "dev/setup.sh: unknown job '$job' (build, test, deploy-test, lint, bench or docs)" 2 ;;
        esac
    done
}

install_packages() {
    local wanted missing=() as_root=()
    # Unquoted on purpose: one package a word, with globbing off because a pattern may stand in it.
    set -f
    for wanted in $(wanted_packages "$@"); do
        installed "${wanted%%|*}" || missing+=("${wanted##*|}")
    done
    set +f
    if [ ${#missing[@]} -eq 0 ]; then return; fi

    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "Missing: ${missing[*]}. Install them as root, or install sudo." 2
        as_root=(sudo)
    fi
    apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }
    # sudo may have to ask for the password, which the log of a step would hide.
    if [ ${#as_root[@]} -ne 0 ]; then sudo -v; fi
    step apt-update 300 apt_get update
    step apt-install 900 apt_get install -y --no-install-recommends "${missing[@]}"
}

# Makes the environment $1 from the requirement files that follow, unless it was made from the same
# files by the same Python.
python_environment() {
    local environment=$1 python=/usr/bin/python3 made_from requirements=() file
    shift
    [ -x "$python" ] || python=$(command -v python3) || die "python3 is missing." 2
    for file in "$@"; do
        [ -r "$file" ] || die "$file is missing." 2
        requirements+=(--requirement "$file")
    done
    made_from=$("$python" --version; cat "$@")
    if [ "$made_from" = "$(cat "$environment/made-from" 2>/dev/null)" ]; then return; fi

    make_environment() {
        rm -rf "$environment" &&
            "$python" -m venv "$environment" &&
            "$environment/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile \
                --progress-bar off "${requirements[@]}"
    }
    step "$(basename "$environment")" 600 make_environment
    printf '%s\n' "$made_from" >"$environment/made-from"
}

require_swift() {
    local version
    version=$(swift --version 2>/dev/null) || die "Swift 6.3 or later is needed (https://www.swift.org/install); 'swift' is not on the PATH." 2
    [[ $version =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]] || return 0
    if ((BASH_REMATCH[1] < 6 || (BASH_REMATCH[1] == 6 && BASH_REMATCH[2] < 3))); then
        die "Swift 6.3 or later is needed; this is ${BASH_REMATCH[1]}.${BASH_REMATCH[2]}." 2
    fi
}

[ $# -gt 0 ] || set -- build test deploy-test lint bench
if command -v dpkg-query >/dev/null; then
    install_packages "$@"
else
    echo "Not Debian: these are expected to be installed already: $(wanted_packages "$@" | tr '\n' ' ')"
fi
for job in "$@"; do
    case $job in
        build) require_swift ;;
        test)
            python_environment .build/venv Conformance/requirements.txt Tests/Live/requirements-v4.txt
            python_environment .build/venv-v2 Tests/Live/requirements-v2.txt
            python_environment .build/venv-api Tests/Live/requirements-api.txt
            [ -e .build/browser-client/socket.io.min.js ] ||
                step browser-client 300 .build/venv/bin/python Tests/Live/browser_client.py .build/browser-client
            [ -e .build/redis-releases/valkey-9.1 ] ||
                step redis-releases 300 .build/venv/bin/python Tests/Live/redis_releases.py .build/redis-releases
            ;;
    esac
done
