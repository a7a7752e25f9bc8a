#!/usr/bin/env bash
# Checks that the targets import only what they may, and that the pure targets stay pure.
#
# 1. `swift build` with its own check: every imported module is a declared dependency, of tests too. It
#    lets through what a dependency of a dependency brings, hence:
# 2. the table of arrows below, against every import under Sources/ and Tests/;
# 3. the words that have no business in a pure target.
#
# usage: dev/check-imports.sh [--no-build]
#
# Environment: SWIFT_FLAGS, more options for `swift build`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

# Which of our own targets each target may import: the ones named for it in docs/architecture.md, and what
# those import themselves.
declare -A may_import=(
    [WireJSON]=""
    [EngineIOCore]=""
    [SocketIOCore]="EngineIOCore WireJSON"
    [Chat]="WireJSON"
    [CLinuxSend]=""
    [CZlib]=""
    [CCrypt]=""
    [EngineIO]="EngineIOCore CLinuxSend CZlib"
    [SocketIO]="SocketIOCore EngineIOCore WireJSON"
    [SocketIOAdmin]="SocketIO SocketIOCore EngineIOCore WireJSON CCrypt"
    [RedisNIO]=""
    [ChatStores]="Chat RedisNIO SocketIOCore WireJSON"
    [SocketIORedis]="EngineIOCore RedisNIO SocketIOCore WireJSON"
    [EngineIORedis]="EngineIO EngineIOCore RedisNIO"
    [SocketIOHummingbird]="EngineIO EngineIOCore SocketIO SocketIOCore WireJSON"
    [ChatServer]="Chat ChatStores EngineIO EngineIOCore EngineIORedis RedisNIO SocketIO SocketIOCore SocketIOHummingbird SocketIORedis WireJSON"
    [ConformanceServer]="EngineIO EngineIOCore RedisNIO SocketIO SocketIOAdmin SocketIOCore SocketIOHummingbird SocketIORedis WireJSON"
    [SocketIOClient]="SocketIOCore EngineIOCore WireJSON"
    [LoadGenerator]="SocketIOClient SocketIOCore EngineIOCore WireJSON"
    [SocketIOTesting]="SocketIOCore EngineIOCore WireJSON"
    [RedisTesting]="RedisNIO"
    [ChatTesting]="Chat WireJSON SocketIOTesting SocketIOCore EngineIOCore"
)
# What is more, these may import no module of anybody else but the ones named.
declare -A pure=(
    [WireJSON]="NIOCore"
    [EngineIOCore]="NIOCore"
    [SocketIOCore]="NIOCore"
    [Chat]="NIOCore"
)
# NIOCore is there for ByteBuffer, NIODeadline and TimeAmount alone. A deadline may be handed in and
# compared; reading a clock is for the shell around the pure part.
impure_words='Foundation\w*|NIOPosix|EventLoop\w*|\w*Channel|Channel\w+|Promise|\w+Promise|Task|TaskGroup|with\w*TaskGroup'
impure_words+='|ContinuousClock|SuspendingClock|DispatchTime|DispatchQueue|clock_gettime|gettimeofday|Mutex|NIOLock\w*'
impure_calls='NIODeadline\s*\.\s*now|\.now\(\)|\bDate\(|\bfatalError\(|\btry!'

faults=0
fault() {
    echo "$*" >&2
    faults=$((faults + 1))
}

# Prints "FILE:LINE MODULE" for each import in folder $1.
imports_in() {
    grep -rnE --include='*.swift' \
        '^[[:space:]]*((@[A-Za-z_]+(\([^)]*\))?|public|package|internal|fileprivate|private)[[:space:]]+)*import[[:space:]]' "$1" |
        sed -E 's/^([^:]+:[0-9]+):.*import[[:space:]]+((struct|class|enum|protocol|func|var|let|typealias|actor)[[:space:]]+)?([A-Za-z0-9_]+).*$/\1 \4/' || true
}

among() {
    [[ " $2 " == *" $1 "* ]]
}

ours() {
    [ -n "${may_import[$1]+known}" ]
}

check_sources() {
    local target where module
    for target in $(find Sources -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort); do
        ours "$target" || { fault "Sources/$target: not in the table of dev/check-imports.sh; say what it may import."; continue; }
        while read -r where module; do
            if ours "$module"; then
                among "$module" "${may_import[$target]}" || fault "$where: $target may not import $module"
            elif [ -n "${pure[$target]+pure}" ]; then
                among "$module" "${pure[$target]}" || fault "$where: $target is pure and may not import $module"
            fi
        done < <(imports_in "Sources/$target")
    done
}

# Executables are imported by their own tests alone.
check_tests() {
    local folder where module
    for folder in $(find Tests -mindepth 1 -maxdepth 1 -type d -name '*Tests' -printf '%f\n' | sort); do
        while read -r where module; do
            case $module in
                ChatServer | LoadGenerator | ConformanceServer)
                    [ "$folder" = "${module}Tests" ] || fault "$where: $module may be imported by ${module}Tests only"
                    ;;
            esac
        done < <(imports_in "Tests/$folder")
    done
}

# Comments may name what the code may not.
check_purity() {
    local target file found
    for target in "${!pure[@]}"; do
        while IFS= read -r file; do
            found=$(sed -E 's://.*$::' "$file" | grep -nwE "$impure_words" || true)
            found+=$'\n'$(sed -E 's://.*$::' "$file" | grep -nE "$impure_calls" || true)
            if [ -n "${found//$'\n'/}" ]; then fault "$file: $target is pure"$'\n'"$found"; fi
        done < <(find "Sources/$target" -name '*.swift' | sort)
    done
}

status=0
check_sources
check_tests
check_purity
if [ "${1:-}" != --no-build ]; then
    read -ra swift_flags <<<"--configuration ${CONFIGURATION:-debug} ${SWIFT_FLAGS:-}"
    step check-imports 1500 swift_build "${swift_flags[@]}" --build-tests \
        --explicit-target-dependency-import-check error || status=$?
fi
if ((faults > 0)); then echo "imports: $faults fault(s)" >&2; fi
if ((faults > 0 || status != 0)); then exit 1; fi
echo "imports: no faults"
