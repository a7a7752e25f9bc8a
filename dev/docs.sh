#!/usr/bin/env bash
# Builds the documentation of the libraries: an archive for each, and all of them in .build/docs/martlet.doccarchive,
# which any web server can serve. A warning of DocC is an error, and so is a public symbol without documentation.
#
# usage: dev/docs.sh
#
# Environment: SWIFT_FLAGS, more options for the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

# Those that others depend on come first, because links go that way.
libraries=(WireJSON EngineIOCore SocketIOCore EngineIO SocketIO SocketIOAdmin SocketIOHummingbird RedisNIO)
docs=.build/docs
read -ra swift_flags <<<"${SWIFT_FLAGS:-}"

# SwiftPM says on standard output where it put them. Those of modules that are gone would stay.
dump_symbols() {
    rm -rf .build/*/symbolgraph
    swift_build "${swift_flags[@]}" || return
    # Where no test was ever built it fails over the list of tests, with all others written (SwiftPM 6.3). Should one
    # of ours be missing, convert() says so.
    SWIFT_DETERMINISTIC_HASHING=1 swift package "${swift_flags[@]}" dump-symbol-graph --minimum-access-level public \
        --skip-synthesized-members --emit-extension-block-symbols || true
}

convert() {
    local library dependencies=() archives=()
    for library in "${libraries[@]}"; do
        mkdir -p "$docs/symbols/$library"
        cp "$1/$library.symbols.json" "$docs/symbols/$library/" || return
        # What it adds to types of other modules, if anything.
        find "$1" -name "$library@*.symbols.json" -exec cp {} "$docs/symbols/$library/" \;
        echo "== $library"
        docc convert "Sources/$library/$library.docc" --additional-symbol-graph-dir "$docs/symbols/$library" \
            --fallback-display-name "$library" --fallback-bundle-identifier "martlet.$library" \
            --enable-experimental-external-link-support "${dependencies[@]}" --warnings-as-errors \
            --output-path "$docs/$library.doccarchive" || return
        archives+=("$docs/$library.doccarchive")
        dependencies+=(--dependency "$docs/$library.doccarchive")
    done
    docc merge "${archives[@]}" --synthesized-landing-page-name Martlet --output-path "$docs/martlet.doccarchive"
}

rm -rf "$docs"
mkdir -p "$docs"
step docs-symbols 1500 dump_symbols
symbols=$(sed -n 's/^Files written to //p' .build/logs/docs-symbols.log | tail -n 1)
[ -d "$symbols" ] || die "SwiftPM did not say where the symbol graphs are; see .build/logs/docs-symbols.log."
step docs-convert 300 convert "$symbols"
dev/check-docs.py "$symbols" "$docs" "${libraries[@]}"
