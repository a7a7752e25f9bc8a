# What must agree between the files of the deployment, and what of it runs without an engine.

setup() {
    root=$BATS_TEST_DIRNAME/../..
    cd "$root" || return
}

teardown() {
    if [ -n "${redis:-}" ]; then
        kill "$redis"
        wait "$redis"
    fi
}

services() { sed -n '/^services:/,/^networks:/s/^  \([a-z0-9-]*\):$/\1/p' compose.yaml; }

@test "every node is known to the balancer" {
    [ "$(services | grep -c '^node-')" -ge 2 ]
    [ "$(sed -n 's/^      NODES: //p' compose.yaml | tr ' ' '\n')" = "$(services | grep '^node-')" ]
    for node in $(services | grep '^node-'); do
        sed -n '/^  balancer:/,/^networks:/p' compose.yaml | grep -q "^      $node:\$"
    done
}

# shellcheck disable=SC2016
@test "the balancer serves what is in deploy/nginx, with other nodes, and another port" {
    NODES="node-1 node-2" run sh deploy/compose/nginx.sh show
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -E '^ +(server .*|listen .*|hash .*);' <<<"$output" | sed 's/^ *//; s/ max_fails.*//')" = 'hash $remote_addr consistent;
server node-1:8080
server node-2:8080
listen 8080;' ]
    # All else is as it was.
    [ "$(grep -vcE '^ +(server .*|listen .*|hash .*);' <<<"$output")" -eq \
        "$(grep -vcE '^ +(server .*|listen .*);' deploy/nginx/martlet.conf)" ]
}

@test "the user of the image is the one that Kubernetes is told" {
    user=$(sed -n 's/^USER \([0-9]*\):.*/\1/p' Dockerfile)
    [ -n "$user" ]
    for field in runAsUser runAsGroup fsGroup; do grep -q "$field: $user\$" deploy/kubernetes/deployment.yaml; done
}

# What is set for $1 in the YAML that is read, as a member or as a name with a value; nothing if it is not.
set_in_yaml() { tr -d "\"'" | sed -nE "s/^ +$1: *([0-9]+).*/\1/p; /^ +- name: $1\$/{n; s/^ +value: *//p}"; }

# The default of $1 in milliseconds, as .env.example has it: that where there is a Redis, if it depends on that.
default_of() {
    sed -n "s/^$1=\([0-9][0-9]*\)\$/\1/p" .env.example
    sed -n "/^\$/h; /^#/H; /^#$1=/{x; s/\n#//g; s/.*unset, \([0-9]*\) with REDIS_HOST.*/\1/p}" .env.example
}

# How long a node may take from SIGTERM to its end, in seconds; what its settings are is read from a file.
longest_stop() {
    local drain shutdown
    drain=$(set_in_yaml DRAIN_TIMEOUT <"$1") && shutdown=$(set_in_yaml SHUTDOWN_TIMEOUT <"$1") || return
    drain=$(number "${drain:-$(default_of DRAIN_TIMEOUT)}") || return
    shutdown=$(number "${shutdown:-$(default_of SHUTDOWN_TIMEOUT)}") || return
    echo $(((drain + shutdown) / 1000))
}

# Exactly one number, so that a file that says nothing, or something twice, is not taken for 0.
number() { if [[ $1 =~ ^[0-9]+$ ]]; then echo "$1"; else echo "no number: '$1'" >&2 && return 1; fi; }

@test "a pod may take as long to end as its settings say" {
    cat deploy/kubernetes/configuration.yaml deploy/kubernetes/deployment.yaml >"$BATS_TEST_TMPDIR/settings"
    stop=$(longest_stop "$BATS_TEST_TMPDIR/settings")
    leave=$(number "$(sed -nE 's/^ +command: \[sleep, "([0-9]+)"\]$/\1/p' deploy/kubernetes/deployment.yaml)")
    grace=$(number "$(set_in_yaml terminationGracePeriodSeconds <deploy/kubernetes/deployment.yaml)")
    echo "preStop $leave + $stop, of $grace"
    [ "$stop" -gt 0 ]
    [ $((leave + stop)) -lt "$grace" ]
}

@test "compose lets a node take as long to end as its settings say" {
    sed -n '/^x-node:/,/^services:/p' compose.yaml >"$BATS_TEST_TMPDIR/settings"
    stop=$(longest_stop "$BATS_TEST_TMPDIR/settings")
    grace=$(number "$(set_in_yaml stop_grace_period <"$BATS_TEST_TMPDIR/settings")")
    echo "$stop, of $grace"
    [ "$stop" -gt 0 ] && [ "$stop" -lt "$grace" ]
}

@test "systemd lets the service take as long to end as its settings say" {
    sed -nE 's/^Environment=([A-Z_]+)=(.*)/ \1: \2/p' deploy/systemd/martlet.service >"$BATS_TEST_TMPDIR/settings"
    stop=$(longest_stop "$BATS_TEST_TMPDIR/settings")
    grace=$(number "$(sed -n 's/^TimeoutStopSec=//p' deploy/systemd/martlet.service)")
    echo "$stop, of $grace"
    [ "$stop" -gt 0 ] && [ "$stop" -lt "$grace" ]
}

@test "compose understands compose.yaml" {
    for engine in docker podman; do
        if "$engine" compose version >/dev/null 2>&1; then
            COMPOSE_FILE=compose.yaml run "$engine" compose config --quiet
            echo "$output"
            [ "$status" -eq 0 ]
            return
        fi
    done
    skip "no compose"
}

@test "every manifest is listed" {
    for file in deploy/kubernetes/*.yaml; do
        name=$(basename "$file")
        [ "$name" = kustomization.yaml ] || grep -qx "  - $name" deploy/kubernetes/kustomization.yaml
    done
}

@test "nothing but the sources reaches a build" {
    [ "$(grep -v '^#' .dockerignore)" = '*
!Package.swift
!Package.resolved
!Sources
!LICENSE' ]
}

@test "Redis takes a password of any sort from the environment, and not from its arguments" {
    command -v redis-server >/dev/null || skip "no redis-server"
    password="p\"a\\ss 'w\$rd #1"
    sed "s|^dir .*|dir $BATS_TEST_TMPDIR|" deploy/compose/redis.conf >"$BATS_TEST_TMPDIR/redis.conf"
    printf 'port 0\nunixsocket %s/socket\n' "$BATS_TEST_TMPDIR" >>"$BATS_TEST_TMPDIR/redis.conf"
    REDIS_PASSWORD=$password sh deploy/compose/redis.sh "$BATS_TEST_TMPDIR/redis.conf" \
        >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    redis=$!
    ask() { redis-cli -s "$BATS_TEST_TMPDIR/socket" "$@" 2>&1; }
    # It says so when it listens.
    timeout 20 grep -q 'ready to accept' <(tail --pid="$redis" -n +1 -f "$BATS_TEST_TMPDIR/log" 3>&-)
    [[ $(ask ping) == *NOAUTH* ]]
    [ "$(REDISCLI_AUTH=$password ask ping)" = PONG ]
    [[ $(REDISCLI_AUTH=$password ask config get appendfsync) == *always* ]]
    [[ $(tr '\0' ' ' <"/proc/$redis/cmdline") != *ss* ]]
}

@test "without a password Redis is open" {
    command -v redis-server >/dev/null || skip "no redis-server"
    sed "s|^dir .*|dir $BATS_TEST_TMPDIR|" deploy/compose/redis.conf >"$BATS_TEST_TMPDIR/redis.conf"
    printf 'port 0\nunixsocket %s/socket\n' "$BATS_TEST_TMPDIR" >>"$BATS_TEST_TMPDIR/redis.conf"
    REDIS_PASSWORD='' sh deploy/compose/redis.sh "$BATS_TEST_TMPDIR/redis.conf" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    redis=$!
    timeout 20 grep -q 'ready to accept' <(tail --pid="$redis" -n +1 -f "$BATS_TEST_TMPDIR/log" 3>&-)
    [ "$(redis-cli -s "$BATS_TEST_TMPDIR/socket" ping)" = PONG ]
}
