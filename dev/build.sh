#!/usr/bin/env bash
# Builds the given products in release mode into .build/release/.
#
# usage: dev/build.sh PRODUCT…
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

for product in "$@"; do
    step "build-$product" 1500 swift build --configuration release --product "$product"
done
