#!/usr/bin/env bash
# Sourced by the scripts beside it: runs one step with its output in .build/logs/, a line of progress on
# the terminal, a time limit, and nothing left running when the step or the script ends.

die() {
    echo "$1" >&2
    exit "${2:-1}"
}

duration() {
    if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# Every process that a script starts inherits this mark, so that whatever outlives the script can be
# found and ended by its id. A script started by a script adds its own mark behind.
steps_mark=$$-$(date +%s%N)
export MARTLET_STEPS=${MARTLET_STEPS:-}:$steps_mark

# Prints what is left of process group $1, or every process that bears the mark; fails if there is none.
leftovers() {
    if [ -n "${1:-}" ]; then
        kill -s 0 -- "-$1" 2>/dev/null && echo "-$1"
    else
        # The search must not find itself, hence the empty marks. Processes that end meanwhile make grep
        # complain; what it prints is right all the same.
        { MARTLET_STEPS='' grep -lsaz "^MARTLET_STEPS=.*$steps_mark" /proc/[0-9]*/environ || true; } |
            MARTLET_STEPS='' cut -d/ -f3 | MARTLET_STEPS='' grep .
    fi
}

# Asks the leftovers to end, and ends those that have not after ten seconds.
stop_leftovers() {
    local signal found
    for signal in TERM KILL; do
        found=$(leftovers "$@") || return 0
        # One that has gone in the meantime is what is wanted. Unquoted: a word for each process.
        # shellcheck disable=SC2086
        kill -s "$signal" -- $found 2>/dev/null || true
        for _ in {1..100}; do
            leftovers "$@" >/dev/null || return 0
            sleep 0.1
        done
    done
}
# The process group of the step that is running, if one is.
steps_group=

stop_everything() {
    if [ -n "$steps_group" ]; then stop_leftovers "$steps_group"; fi
    stop_leftovers
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

latest_line() {
    tail -c 400 "$1" | tr '\r' '\n' | grep -av '^[[:space:]]*$' | tail -n 1 | cut -c1-90
}

# step NAME SECONDS COMMAND…: runs the command (or function) and returns its status; 124 when it took
# longer than that many seconds.
step() {
    local name=$1 limit=$2 log=.build/logs/$1.log started=$SECONDS shown=$SECONDS status=0 pid
    shift 2
    mkdir -p .build/logs
    echo "==> $name (output in $log)"
    # Job control gives the command a process group of its own, which is how its leftovers are found.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    steps_group=$pid
    while kill -s 0 "$pid" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS - started >= limit)); then
            echo "Stopped: took longer than $(duration "$limit")." >>"$log"
            status=124
            stop_leftovers "$pid"
            break
        fi
        # A line a second on a terminal, in place; one every half minute in a log.
        if [ -t 1 ] && ((SECONDS > shown)); then
            shown=$SECONDS
            printf '\r\033[K    %s  %s' "$(duration $((SECONDS - started)))" "$(latest_line "$log")"
        elif ((SECONDS - shown >= 30)); then
            shown=$SECONDS
            printf '    %s  %s\n' "$(duration $((SECONDS - started)))" "$(latest_line "$log")"
        fi
    done
    if [ -t 1 ]; then printf '\r\033[K'; fi
    wait "$pid" || status=$((status == 0 ? $? : status))
    if leftovers "$pid" >/dev/null; then
        echo "    note: $name left processes behind, which were stopped: $(ps -eo pgid=,args= | awk -v group="$pid" '$1 == group { $1 = ""; print substr($0, 2, 60) }' | paste -sd ',')"
        stop_leftovers "$pid"
    fi
    steps_group=
    if ((status == 0)); then
        echo "    done in $(duration $((SECONDS - started)))"
    else
        echo "    FAILED with status $status after $(duration $((SECONDS - started)))"
        explain_failure "$log"
    fi
    return "$status"
}

# `swift build`, with the same command lines each time: SwiftPM writes the traits of a dependency in the order of
# a hash table, and another order compiles Hummingbird anew (SwiftPM 6.3). Not for what runs tests.
swift_build() {
    SWIFT_DETERMINISTIC_HASHING=1 swift build "$@"
}

# The lines of a log that say what went wrong or, where none is recognised, its end.
explain_failure() {
    local lines
    lines=$(grep -aE '(^|: )(error|fatal error|Fatal error|E):|^✘|^(FAILED|ERROR) |^Stopped: ' "$1" | awk '!seen[$0]++' | head -n 40) || true
    [ -n "$lines" ] || lines=$(tail -n 25 "$1")
    printf '%s\n' "$lines" | sed 's/^/    | /'
}
