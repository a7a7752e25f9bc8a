#!/usr/bin/env bash
# Writes .env from the variables of a CI job. No value is ever shown, nor handed to another program as an argument.
{ set +x; } 2>/dev/null
set -euo pipefail
# Bytes are bytes, whatever the locale of the job is.
export LC_ALL=C
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'END'
usage: ./generate-env.sh [options]

Writes those variables of the environment that Martlet knows to a file that compose.yaml, martlet itself and a shell
('. ./.env') read alike. The file is readable by its owner alone (mode 600) and replaced at once, or not at all. What
Martlet knows is what stands in .env.example. A variable that is set to nothing is written as that.

  --output FILE        where to write (default .env in the working directory)
  --prefix PREFIX      take PREFIX_NAME for NAME, as in CI projects with several deployments; nothing else is taken then
  --require NAME,…     refuse to write unless these are there and not empty
  --known FILE         the file with the names that Martlet knows (default .env.example beside this script)
  --help               show this

Only names are shown, on standard error. Values with line breaks or other control characters are refused, and so are the
few that cannot be written so that all three readers agree: with ' and $ or ` at once, or with a backslash at the end.

Exit status: 0 written; 1 refused or failed, and the file is as it was; 64 the arguments were not understood.
END
}

refuse() {
    printf 'generate-env.sh: %s\n' "$*" >&2
    exit 1
}

misused() {
    printf 'generate-env.sh: %s (./generate-env.sh --help)\n' "$*" >&2
    exit 64
}

output=.env
prefix=
required=
known=$folder/.env.example

while (($# > 0)); do
    case $1 in
        --output | --prefix | --require | --known)
            [ -n "${2:-}" ] || misused "$1 takes a value"
            case $1 in
                --output) output=$2 ;;
                --prefix) prefix=${2%_}_ ;;
                --require) required=$required,$2 ;;
                --known) known=$2 ;;
            esac
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) misused "unknown argument '$1'" ;;
    esac
    shift
done
[[ $prefix =~ ^([A-Za-z_][A-Za-z0-9_]*)?$ ]] || misused "--prefix takes the beginning of a variable's name"
[[ $required =~ ^[A-Za-z0-9_,[:space:]]*$ ]] || misused "--require takes names, separated by commas"

# The names in the file of examples, also of those that are commented out there.
known_names() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line =~ ^#?([A-Z][A-Z0-9_]*)= ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
    done <"$known"
}

# Sets `quoted` to a value as all readers understand it; fails if there is no such form.
quote() {
    local value=$1 backslash=$'\\' double='"' dollar='$' backquote='`'
    case $value in
        *[!A-Za-z0-9_./:@%+,=-]*) ;;
        *)
            quoted=$value
            return
            ;;
    esac
    # Compose takes a backslash for an escape of the quote behind it, in both kinds of quotes.
    case $value in *"$backslash") return 1 ;; esac
    case $value in
        *"'"*) ;;
        *)
            quoted="'$value'"
            return
            ;;
    esac
    # What a shell and compose would expand between double quotes, and martlet would not.
    case $value in *"$dollar"* | *"$backquote"*) return 1 ;; esac
    value=${value//"$backslash"/"$backslash$backslash"}
    quoted=$double${value//"$double"/"$backslash$double"}$double
}

check_text() {
    # A NUL cannot be in the environment.
    case $2 in
        *[[:cntrl:]]*) refuse "$1 has a line break or another control character in it. Nothing was written." ;;
    esac
    if command -v iconv >/dev/null && ! printf '%s' "$2" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1; then
        refuse "$1 is no text in UTF-8. Nothing was written."
    fi
}

[ -r "$known" ] || refuse "$known, which has the names that Martlet knows, cannot be read."
names=$(known_names)
[ -n "$names" ] || refuse "$known has no line such as NAME=value."

for name in ${required//,/ }; do
    grep -qx -- "$name" <<<"$names" || refuse "$name is required, but Martlet does not know it."
    source_name=$prefix$name
    [ -n "${!source_name:-}" ] || refuse "$source_name is missing or empty. Nothing was written."
done

text="# Written by generate-env.sh; changes by hand are lost with the next deployment."$'\n'
written=()
empty=()
for name in $names; do
    source_name=$prefix$name
    [ -n "${!source_name+set}" ] || continue
    value=${!source_name}
    check_text "$source_name" "$value"
    quote "$value" ||
        refuse "$source_name has ' together with \$ or \`, or ends with a backslash, which not all readers of $output take for the same. Choose another value. Nothing was written."
    text+="$name=$quoted"$'\n'
    written+=("$name")
    [ -n "$value" ] || empty+=("$name")
done
[ ${#written[@]} -gt 0 ] || refuse "None of the variables that Martlet knows is set${prefix:+ with the prefix $prefix}. Nothing was written."

if [ -L "$output" ] || { [ -e "$output" ] && [ ! -f "$output" ]; }; then
    refuse "$output is there and is no plain file. Nothing was written."
fi
[ -d "$(dirname -- "$output")" ] || refuse "The folder of $output is not there. Nothing was written."

umask 077
temporary=$(mktemp -- "$output.XXXXXX") || refuse "$output cannot be written."
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
if ! { printf '%s' "$text" >"$temporary" && chmod 600 -- "$temporary" && mv -f -- "$temporary" "$output"; }; then
    refuse "$output could not be written; it is as it was."
fi

printf 'generate-env.sh: wrote %d variables to %s: %s\n' "${#written[@]}" "$output" "${written[*]}" >&2
if [ ${#empty[@]} -gt 0 ]; then printf 'generate-env.sh: set to nothing: %s\n' "${empty[*]}" >&2; fi
