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
