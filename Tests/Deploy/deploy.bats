# deploy.sh with a docker that only pretends (fakes/docker).

setup() {
    project=$BATS_TEST_TMPDIR/project
    export FAKE=$BATS_TEST_TMPDIR/fake
    mkdir -p "$project" "$FAKE/images" "$FAKE/containers"
    cp "$BATS_TEST_DIRNAME/../../deploy.sh" "$BATS_TEST_DIRNAME/../../compose.yaml" "$project"
    FAKE_PORT=$(free_port)
    export FAKE_PORT
    export PATH="$BATS_TEST_DIRNAME/fakes:$PATH"
    unset ENGINE DOCKER_HOST COMPOSE_PROJECT_NAME SERVER_HOST SERVER_PORT DRAIN_TIMEOUT SHUTDOWN_TIMEOUT
    (umask 077 && printf 'SERVER_PORT="%s" # here\nAPI_KEYS=s3cret\n' "$FAKE_PORT" >"$project/.env")
    echo new >"$FAKE/next-image"
    printf '%s\n' redis node-2 balancer node-1 >"$FAKE/services"
}

teardown() {
    if [ -e "$FAKE/balancer-pid" ]; then kill "$(cat "$FAKE/balancer-pid")"; fi
    if [ -n "${listener:-}" ]; then kill "$listener"; fi
}

free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

deploy() { run "$project/deploy.sh" --min-free 1 --timeout 1 "$@"; }

# As an earlier deployment of the image `old` left it.
deployed_before() {
    echo old >"$FAKE/next-image"
    deploy
    [ "$status" -eq 0 ]
    echo new >"$FAKE/next-image"
    : >"$FAKE/calls"
}

runs() { [ "$(cat "$FAKE/containers/$1/image") $(cat "$FAKE/containers/$1/status")" = "$2 running" ]; }

tagged() { [ "$(cat "$FAKE/images/martlet:$1")" = "$2" ]; }

# The calls that change something, one a line.
changes() { grep -E '^(tag|compose (build|up|stop|exec -T balancer))' "$FAKE/calls"; }

untouched() { never grep -E '^compose (up|stop)' "$FAKE/calls"; }

# Fails if the command succeeds; bats does not look at what follows an exclamation mark.
never() { if "$@"; then return 1; fi; }

contains() { [[ $output == *"$1"* ]] || { echo "no '$1' in: $output"; return 1; }; }

@test "help names every option and the exit statuses" {
    run "$project/deploy.sh" --help
    [ "$status" -eq 0 ]
    for option in --dry-run --no-build --rollback --timeout --grace --min-free; do contains "$option"; done
    contains "Exit status"
    [ ! -e "$FAKE/calls" ]
}

@test "arguments that it does not know" {
    for arguments in "--now" "--timeout" "--timeout soon" "--grace -1"; do
        # shellcheck disable=SC2086
        run "$project/deploy.sh" $arguments
        [ "$status" -eq 64 ]
    done
    [ ! -e "$FAKE/calls" ]
}

@test "a first deployment starts everything, in order" {
    deploy
    echo "$output"
    [ "$status" -eq 0 ]
    contains "first deployment"
    contains "http://127.0.0.1:$FAKE_PORT"
    runs node-1 new && runs node-2 new && runs redis redis-image && runs balancer balancer-image
    [ "$(grep -oE '^compose (build|run|up .*)' "$FAKE/calls" | sed 's/ .* / /')" = "compose build
compose run
compose redis
compose node-1
compose node-2
compose balancer" ]
    [ ! -e "$FAKE/images/martlet:previous" ]
}

@test "an update restarts node by node, each ready before the next" {
    deployed_before
    deploy
    echo "$output"
    [ "$status" -eq 0 ]
    runs node-1 new && runs node-2 new
    tagged previous old && tagged latest new
    [ "$(grep -oE '^compose (stop|up|exec -T balancer|exec -T node-.*ready).*' "$FAKE/calls" |
        grep -A99 'stop' | sed -E 's/--[a-z-]+ ([0-9]+ )?//g; s/martlet healthcheck.*/ready/')" = "compose stop node-1
compose up node-1
compose exec -T node-1 ready
compose exec -T balancer sh /etc/martlet/compose/nginx.sh reload
compose stop node-2
compose up node-2
compose exec -T node-2 ready
compose exec -T balancer sh /etc/martlet/compose/nginx.sh reload
compose up balancer" ]
}

@test "a node that is not ready goes first" {
    deployed_before
    echo exited >"$FAKE/containers/node-2/status"
    deploy
    [ "$status" -eq 0 ]
    [ "$(grep -oE '^compose up .*node-.' "$FAKE/calls" | grep -oE 'node-.')" = "node-2
node-1" ]
    never grep -q 'compose stop.*node-2' "$FAKE/calls"
}

@test "a balancer that does not reload is started anew before the next node is stopped" {
    deployed_before
    touch "$FAKE/no-reload"
    deploy
    [ "$status" -eq 0 ]
    [ "$(grep -oE '^compose (stop|up.*force-recreate).*' "$FAKE/calls" | grep -oE '(stop|up|node-.|balancer)' | xargs)" = \
        "stop node-1 up node-1 up balancer stop node-2 up node-2 up balancer" ]
}

@test "nodes get the time to stop that the settings ask for" {
    deployed_before
    deploy
    grep -qx 'compose stop --timeout 45 node-1' "$FAKE/calls"
    printf 'SHUTDOWN_TIMEOUT=90000\nDRAIN_TIMEOUT = 60000 # one minute\n' >>"$project/.env"
    deploy
    grep -qx 'compose stop --timeout 160 node-1' "$FAKE/calls"
    deploy --grace 7
    grep -qx 'compose stop --timeout 7 node-1' "$FAKE/calls"
}

@test "a node that does not get ready: back to the earlier version" {
    deployed_before
    echo new >"$FAKE/unready"
    deploy
    echo "$output"
    [ "$status" -eq 1 ]
    contains "node-1 was not ready after 1 second"
    contains "a line of node-1"
    runs node-1 old && runs node-2 old
    tagged latest old && tagged failed new
    # The other one has served all the time.
    never grep -qE '^compose (stop|up).*node-2' "$FAKE/calls"
}

@test "a node that ends by itself: back at once" {
    deployed_before
    echo new >"$FAKE/crashing"
    deploy
    [ "$status" -eq 1 ]
    contains "node-1 has ended by itself"
    runs node-1 old && runs node-2 old
}

@test "a node that ends and is restarted before anybody looks: back at once" {
    deployed_before
    echo new >"$FAKE/quick-restarts"
    deploy
    [ "$status" -eq 1 ]
    contains "node-1 has ended by itself"
    runs node-1 old
}

@test "the second node fails: both go back" {
    deployed_before
    echo new >"$FAKE/fail-up-node-2"
    deploy
    echo "$output"
    [ "$status" -eq 1 ]
    contains "no such network"
    contains "a line of node-2"
    runs node-1 old && runs node-2 old
    tagged latest old
}

@test "a node that no version brings up" {
    deployed_before
    printf 'old\nnew\n' >"$FAKE/fail-up-node-2"
    deploy
    [ "$status" -eq 3 ]
    contains "The earlier version of node-2 does not come up either"
    runs node-1 old
    tagged latest old
}

@test "a balancer that does not serve: both nodes go back" {
    deployed_before
    kill "$(cat "$FAKE/balancer-pid")" && rm "$FAKE/balancer-pid"
    FAKE_STATUS=502 deploy
    echo "$output"
    [ "$status" -eq 1 ]
    contains "The balancer does not hand requests"
    runs node-1 old && runs node-2 old
}

@test "a first deployment that fails has nothing to go back to" {
    echo new >"$FAKE/unready"
    deploy
    [ "$status" -eq 3 ]
    contains "no earlier version"
    never grep -q '^compose up.*node-2' "$FAKE/calls"
}

@test "an earlier version that fails too is left for somebody to look at" {
    deployed_before
    printf 'old\nnew\n' >"$FAKE/unready"
    deploy
    [ "$status" -eq 3 ]
    contains "does not come up either"
}

@test "a build that fails changes nothing" {
    deployed_before
    touch "$FAKE/fail-build"
    deploy
    [ "$status" -eq 1 ]
    contains "The build failed."
    untouched
    tagged latest old
    runs node-1 old
}

@test "settings that the new version refuses change nothing" {
    deployed_before
    echo new >"$FAKE/bad-config"
    deploy
    [ "$status" -eq 1 ]
    contains "SERVER_THREADS is wrong"
    contains "No node was restarted"
    untouched
    tagged latest old
}

@test "a Redis that does not answer: no node is restarted" {
    deployed_before
    touch "$FAKE/no-redis"
    deploy
    [ "$status" -eq 1 ]
    contains "Redis does not come up"
    never grep -qE '^compose (stop|up).*node' "$FAKE/calls"
    tagged latest old
}

@test "nodes with a Redis from elsewhere" {
    sed -i /redis/d "$FAKE/services"
    deploy
    [ "$status" -eq 0 ]
    [ ! -e "$FAKE/containers/redis" ]
}

@test "a compose file without nodes" {
    sed -i /node/d "$FAKE/services"
    deploy
    [ "$status" -eq 2 ]
    contains "no service whose name begins with node-"
}

@test "a node that cannot be stopped" {
    deployed_before
    touch "$FAKE/stopping-fails"
    deploy
    [ "$status" -eq 3 ]
    runs node-1 old && runs node-2 old
}

@test "--rollback goes to the version before, and back" {
    deployed_before
    deploy
    : >"$FAKE/calls"
    deploy --rollback
    echo "$output"
    [ "$status" -eq 0 ]
    never grep -q '^compose build' "$FAKE/calls"
    runs node-1 old && runs node-2 old
    tagged previous new
}

@test "--rollback without an earlier version" {
    deployed_before
    deploy --rollback
    [ "$status" -eq 2 ]
    contains "no image martlet:previous"
    untouched
}

@test "the same version again keeps the one before it for --rollback" {
    deployed_before
    deploy
    deploy
    [ "$status" -eq 0 ]
    tagged previous old
}

@test "--no-build takes the image that is there" {
    deploy --no-build
    [ "$status" -eq 2 ]
    contains "There is no image martlet:latest"
    echo made >"$FAKE/images/martlet:latest"
    deploy --no-build
    [ "$status" -eq 0 ]
    runs node-1 made
    never grep -q '^compose build' "$FAKE/calls"
}

@test "--dry-run shows what would be done and does nothing" {
    deployed_before
    deploy --dry-run
    echo "$output"
    [ "$status" -eq 0 ]
    for command in "compose build" "compose stop --timeout 45 node-2" "compose up --detach"; do
        contains "would run: docker $command"
    done
    contains "Nothing was changed."
    never changes
}

@test "no .env" {
    rm "$project/.env"
    deploy
    [ "$status" -eq 2 ]
    contains "There is no .env"
    contains "generate-env.sh"
    never changes
}

@test "an .env that others can read" {
    chmod 644 "$project/.env"
    deploy
    [ "$status" -eq 2 ]
    contains "has mode 644; run 'chmod 600 .env'"
    never changes
}

@test "an .env that is a folder" {
    rm "$project/.env"
    mkdir "$project/.env"
    deploy
    [ "$status" -eq 2 ]
    contains "is no file"
}

@test "no engine" {
    # Only what finds the script's folder.
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$(command -v bash)" "$(command -v dirname)" "$BATS_TEST_TMPDIR/bin"
    PATH="$BATS_TEST_TMPDIR/bin" run "$project/deploy.sh"
    [ "$status" -eq 2 ]
    contains "Neither docker nor podman is installed"
    ENGINE=nerdctl run "$project/deploy.sh"
    [ "$status" -eq 2 ]
    contains "ENGINE is nerdctl, which is not installed"
}

@test "an engine that does not answer" {
    touch "$FAKE/no-daemon"
    deploy
    [ "$status" -eq 2 ]
    contains "docker does not answer"
}

@test "no compose" {
    touch "$FAKE/no-compose"
    deploy
    [ "$status" -eq 2 ]
    contains "compose plugin"
}

@test "a compose file that compose refuses" {
    touch "$FAKE/bad-compose"
    deploy
    [ "$status" -eq 2 ]
    contains "services.node-1 is wrong"
}

@test "no room on the disk" {
    run "$project/deploy.sh" --min-free 999999
    [ "$status" -eq 2 ]
    contains "MiB left"
    never changes
}

@test "a port that another program has" {
    python3 "$BATS_TEST_DIRNAME/fakes/responder.py" "$FAKE_PORT" "$BATS_TEST_TMPDIR/pid" 200
    listener=$(cat "$BATS_TEST_TMPDIR/pid")
    deploy
    [ "$status" -eq 2 ]
    contains "Port $FAKE_PORT is taken"
    never changes
}

@test "a port that is none" {
    for value in 0 99999 web "'80 80'"; do
        printf 'SERVER_PORT=%s\n' "$value" >"$project/.env"
        deploy
        [ "$status" -eq 2 ]
        contains "it takes a port"
    done
}

@test "two deployments at once" {
    exec 8<"$project/compose.yaml"
    flock 8
    deploy
    exec 8<&-
    [ "$status" -eq 2 ]
    contains "Another deployment"
    never changes
}

@test "an interruption goes back" {
    deployed_before
    # The first wait for the new version is where it comes.
    mkdir "$BATS_TEST_TMPDIR/interrupting"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nkill -TERM "$PPID"\n' >"$BATS_TEST_TMPDIR/interrupting/sleep"
    chmod +x "$BATS_TEST_TMPDIR/interrupting/sleep"
    echo new >"$FAKE/unready"
    PATH="$BATS_TEST_TMPDIR/interrupting:$PATH" deploy
    echo "$output"
    [ "$status" -eq 1 ]
    contains "Interrupted."
    runs node-1 old && runs node-2 old
    tagged latest old
}

@test "nothing that deletes data is ever called, and no secret shown" {
    deployed_before
    seen=$output
    echo new >"$FAKE/unready"
    deploy
    [[ $seen$output != *s3cret* ]]
    never grep -E 'down|volume|prune|rmi| rm|--renew-anon-volumes|-V' <(sed 's/run --rm --no-deps//' "$FAKE/calls")
    # Nor is it in what no test came by.
    never grep -E '(compose|engine|"\$@") (down|volume|prune|system|rmi?|kill)' "$project/deploy.sh"
}
