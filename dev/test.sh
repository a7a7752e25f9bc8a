#!/usr/bin/env bash
# Builds and runs the given kinds of tests, and ends with one line, "N passed, N failed", over all of
# them. A stage that ran no test, ended before its time or could not be built counts as a failure.
#
# usage: dev/test.sh [unit] [conformance] [live] [deploy] [cluster]
#
# Environment: FILTER, CONFIGURATION and MARTLET_CLUSTER_… as in the Makefile; SWIFT_FLAGS, more options for `swift build`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=dev/steps.sh
source dev/steps.sh

configuration=${CONFIGURATION:-debug}
read -ra swift_flags <<<"--configuration $configuration ${SWIFT_FLAGS:-}"
results=.build/test-results
rows=()
total_passed=0
total_failed=0

# Adds what the result file of a stage says: $1 stage, $2 file, $3 the stage's exit status.
count() {
    local passed failed skipped
    read -r passed failed skipped < <(python3 dev/count-tests.py "$2" "$3")
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    rows+=("$(printf '%-12s %6d passed %6d failed %6d skipped' "$1" "$passed" "$failed" "$skipped")")
}

unit() {
    local filter=() status=0
    if [ -n "${FILTER:-}" ]; then filter=(--filter "$FILTER"); fi
    # Deadlines in tests are meant for a test that has a processor now and then.
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 step unit 1200 swift test "${swift_flags[@]}" --skip-build --disable-xctest \
        --event-stream-output-path "$results/unit.jsonl" "${filter[@]}" || status=$?
    count unit "$results/unit.jsonl" "$status"
}

# The tests of the Redis client that wait until servers agree that one of them is gone; `unit` leaves them out.
failovers() {
    local status=0
    MARTLET_CLUSTER_TESTS=1 step failovers 1200 swift test "${swift_flags[@]}" --skip-build --disable-xctest \
        --event-stream-output-path "$results/failovers.jsonl" --filter FailoverLiveTests || status=$?
    count failovers "$results/failovers.jsonl" "$status"
}

# Runs the Python tests in folder $2 as stage $1, within $3 seconds; what follows goes to pytest.
python_tests() {
    local filter=() status=0
    if [ -n "${FILTER:-}" ]; then filter=(-k "$FILTER"); fi
    step "$1" "$3" env \
        PYTHONUNBUFFERED=1 PYTHONPYCACHEPREFIX="$PWD/.build/pycache" V2_PYTHON="$PWD/.build/venv-v2/bin/python" \
        MARTLET="$PWD/.build/$configuration/martlet" \
        CONFORMANCE_SERVER="$PWD/.build/$configuration/conformance-server" \
        .build/venv/bin/python -m pytest "$2" --junitxml="$PWD/$results/$1.xml" "${filter[@]}" "${@:4}" ||
        status=$?
    count "$1" "$results/$1.xml" "$status"
}

# The scripts and files of the deployment, with an engine that only pretends.
deploy() {
    local filter=() status=0
    if [ -n "${FILTER:-}" ]; then filter=(--filter "$FILTER"); fi
    step deploy 600 env MARTLET="$PWD/.build/$configuration/martlet" \
        bats --report-formatter junit --output "$results" "${filter[@]}" Tests/Deploy || status=$?
    count deploy "$results/report.xml" "$status"
}

# Some tests hold 10,000 connections, a descriptor on either side each.
most_files=$(ulimit -H -n)
if [ "$most_files" = unlimited ] || ((most_files > 65536)); then most_files=65536; fi
ulimit -n "$most_files"

rm -rf "$results"
mkdir -p "$results"
status=0
[ $# -gt 0 ] || set -- unit conformance live deploy
if [ "$*" != deploy ]; then
    step build-tests 1500 swift_build "${swift_flags[@]}" --build-tests || status=$?
fi
for stage in "$@"; do
    if ((status != 0)); then
        count "$stage" "$results/none" "$status"
        continue
    fi
    case $stage in
        unit) unit ;;
        conformance) python_tests conformance Conformance 900 ;;
        live) python_tests live Tests/Live 1800 --numprocesses 2 --dist loadfile ;;
        deploy) deploy ;;
        cluster)
            if [ -z "${FILTER:-}" ]; then failovers; fi
            python_tests cluster Tests/Cluster 1200
            ;;
        *) die "dev/test.sh: unknown stage '$stage' (unit, conformance, live, deploy or cluster)" 2 ;;
    esac
done

printf '%s\n' "${rows[@]}"
echo "$total_passed passed, $total_failed failed" | tee "$results/summary"
((total_failed == 0))
