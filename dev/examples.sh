#!/usr/bin/env bash
# Builds the packages under Examples/ in debug mode and tries each with a stock client; ends with the line
# that counts the trials.
#
# All share the root's build folder, where the dependencies and our own libraries are built already.
#
# usage: dev/examples.sh [--no-try]
#
# Environment: SWIFT_FLAGS, more options for `swift build`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

read -ra swift_flags <<<"${SWIFT_FLAGS:-}"

# The same versions as the root's, without asking the network.
build_example() {
    cp Package.resolved "Examples/$1/Package.resolved"
    swift_build --package-path "Examples/$1" --scratch-path .build --force-resolved-versions "${swift_flags[@]}"
}

try_examples() {
    PYTHONDONTWRITEBYTECODE=1 EXAMPLES="$PWD/.build/debug" .build/venv/bin/python -m pytest Tests/Examples
}

[ -e Package.resolved ] || step resolve 300 swift package resolve
for package in Examples/*/Package.swift; do
    example=$(basename "$(dirname "$package")")
    step "example-$example" 900 build_example "$example"
done
if [ "${1:-}" != --no-try ]; then
    step examples 300 try_examples
    tail -n 1 .build/logs/examples.log
fi
