#!/usr/bin/env bash
# Measures the release build of martlet on one core with sio-bench on another: a fresh server for each
# scenario. Prints a table; leaves one JSON report per run in .build/bench/.
#
# usage: dev/bench.sh [SCENARIO…]      (fan1 solo fan100 open echo connect idle)
#
# Environment:
#   SEND_PATHS     the server's sending paths to measure, one after the other (default: auto)
#   BENCH_OPTIONS  more options for sio-bench, for example "--duration 30 --engine mixed"
#
# Fails if a message was lost, repeated or out of order, or a server did not stop cleanly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

[ $# -gt 0 ] || set -- fan1 solo fan100 open echo connect idle
read -ra send_paths <<<"${SEND_PATHS:-auto}"
read -ra bench_options <<<"${BENCH_OPTIONS:-}"
root=$PWD
reports=$root/.build/bench
rm -rf "$reports"
mkdir -p "$reports"
faults=0

# 10,000 connections need as many descriptors, on both sides.
ulimit -n "$(ulimit -H -n)"

server_core=()
client_core=()
if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then
    server_core=(taskset --cpu-list 0)
    client_core=(taskset --cpu-list 1)
else
    echo "note: fewer than two cores, or no taskset: server and client share what there is."
fi

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Starts a server with sending path $1 and sets server_pid and port once it accepts. An empty directory
# and environment keep the developer's own settings out.
start_server() {
    local log=$root/.build/logs/bench-server.log directory=$root/.build/bench-server
    mkdir -p "$directory" "$root/.build/logs"
    port=$(free_port)
    (
        cd "$directory"
        exec env -i PATH="$PATH" MARTLET_STEPS="$MARTLET_STEPS" SERVER_HOST=127.0.0.1 SERVER_PORT="$port" \
            SERVER_THREADS=1 RATE_LIMITS=off STORE=memory LOG_LEVEL=warning SEND_PATH="$1" \
            "${server_core[@]}" "$root/.build/release/martlet"
    ) >"$log" 2>&1 </dev/null &
    server_pid=$!
    for _ in {1..100}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        kill -s 0 "$server_pid" 2>/dev/null || break
        sleep 0.1
    done
    die "The server did not start: $(tail -n 5 "$log")"
}

stop_server() {
    local status=0
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" || status=$?
    if ((status != 0)); then
        echo "    the server ended with status $status (.build/logs/bench-server.log)"
        faults=$((faults + 1))
    fi
}

for send_path in "${send_paths[@]}"; do
    for scenario in "$@"; do
        name=$scenario-$send_path
        start_server "$send_path"
        echo "==> $name"
        # Run in the foreground, with its own line of progress: nothing else should take a core's time now.
        timeout --foreground 600 "${client_core[@]}" .build/release/sio-bench --url "http://127.0.0.1:$port/socket.io/" \
            --scenario "$scenario" --server-pid "$server_pid" --label "$send_path" --json "$reports/$name.json" \
            "${bench_options[@]}" || faults=$((faults + 1))
        stop_server
    done
done

python3 dev/bench-table.py "$reports"/*.json || faults=$((faults + 1))
((faults == 0))
