#!/usr/bin/env bash
# Checks everything that needs no build: Swift formatting, file sizes, licence lines and shell scripts.
# Reports all it finds before it fails; `make format` mends the formatting.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

faults=0
fault() {
    echo "$*" >&2
    faults=$((faults + 1))
}

swift_format() {
    swift format lint --strict --parallel --recursive Sources Tests Examples Package.swift ||
        fault "The format differs; run 'make format' and mend the rest by hand."
}

# No file may grow past its limit; what a script generated (+generated.swift) is exempt.
file_sizes() {
    local file lines limit
    while IFS= read -r file; do
        lines=$(wc -l <"$file")
        case $file in Sources/*) limit=800 ;; *) limit=600 ;; esac
        if ((lines > limit)); then
            fault "$file: $lines lines; no file here may have more than $limit. Split it."
        elif ((lines > 500)); then
            echo "note: $file has $lines lines; past 500 a reason is asked for."
        fi
    done < <(find Sources Tests Examples/*/Sources Conformance -type f -name '*.swift' ! -name '*+generated.swift' -o -name '*.py')
}

licence_lines() {
    local file
    while IFS= read -r file; do
        [ "$(head -n 1 "$file")" = "// Licensed under the MIT licence." ] ||
            fault "$file: the first line is to be '// Licensed under the MIT licence.'"
    done < <(find Sources Tests Examples/*/Sources -name '*.swift' -o -name '*.[ch]')
}

shell_scripts() {
    if command -v shellcheck >/dev/null; then
        shellcheck --external-sources dev/*.sh .ci/run deploy.sh generate-env.sh deploy/compose/*.sh \
            Tests/Deploy/*.bats Tests/Deploy/fakes/docker Tests/Deploy/fakes/sleep || fault "shellcheck has complaints."
    else
        echo "note: shellcheck is not installed, so the scripts were not checked (dev/setup.sh lint installs it)."
    fi
}

swift_format
file_sizes
licence_lines
shell_scripts
if ((faults > 0)); then
    echo "lint: $faults fault(s)" >&2
    exit 1
fi
echo "lint: no faults"
