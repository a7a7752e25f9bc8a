#!/usr/bin/env bash
# Deploys Martlet on this machine by compose.yaml: checks, builds, and restarts the nodes one after the other, so that
# there is always one that serves. What does not come up is taken back. Volumes are never touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
usage: ./deploy.sh [options]

Deploys the version in this folder: checks this machine and the settings in .env, builds the image, starts Redis if it
does not run, then restarts node after node. Each is asked to stop (SIGTERM), gets the time to send its clients away,
and must be ready again before the next one is touched. If one does not get ready, all nodes go back to the image that
ran before. Data is never deleted.

  --dry-run          check what can be checked, and show the other commands instead of running them
  --no-build         deploy the image martlet:latest as it is
  --rollback         go back to the image martlet:previous, which the last deployment replaced
  --timeout SECONDS  how long a node, Redis or the balancer may take to get ready (default 180)
  --grace SECONDS    how long a node may take to stop (default: by DRAIN_TIMEOUT and SHUTDOWN_TIMEOUT, at least 45)
  --min-free MIB     refuse to build with less room on the disk than this (default 4096)
  --help             show this

Environment:
  ENGINE             docker or podman (default: docker if it is there); 'ENGINE compose' is used, or podman-compose
  COMPOSE_PROJECT_NAME  default martlet

Exit status: 0 deployed; 1 failed, and what ran before runs; 2 refused before anything was changed; 3 failed, and
somebody has to look; 64 the arguments were not understood.
END
}

say() { printf '%s\n' "$*"; }
warn() { printf 'deploy.sh: %s\n' "$*" >&2; }

refuse() {
    warn "$*"
    exit 2
}

misused() {
    warn "$* (./deploy.sh --help)"
    exit 64
}

# --- Arguments --------------------------------------------------------------------------------------

dry_run=
builds=yes
goes_back=
timeout=180
grace=
min_free=4096

number() {
    [[ ${2:-} =~ ^[0-9]{1,6}$ ]] || misused "$1 takes a number"
    printf '%s' "$((10#$2))"
}

while (($# > 0)); do
    case $1 in
        --dry-run) dry_run=yes ;;
        --no-build) builds= ;;
        --rollback) goes_back=yes builds= ;;
        --timeout) timeout=$(number "$@") || exit 64; shift ;;
        --grace) grace=$(number "$@") || exit 64; shift ;;
        --min-free) min_free=$(number "$@") || exit 64; shift ;;
        --help | -h) usage; exit 0 ;;
        *) misused "unknown argument '$1'" ;;
    esac
    shift
done

# --- The engine -------------------------------------------------------------------------------------

image=martlet
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-martlet}
# Without it podman leaves the HEALTHCHECK out of the image.
export BUILDAH_FORMAT=docker

engine=${ENGINE:-}
compose_command=()
# Only with docker: what 'compose run' left behind is no container of the service.
own_containers=()

# Without descriptor 9, since what they start in the background would keep our lock.
engine() { "$engine" "$@" 9>&-; }
compose() { "${compose_command[@]}" "$@" 9>&-; }

# Runs `engine …` or `compose …`, which change something, or shows the command.
change() {
    if [ -z "$dry_run" ]; then
        "$@"
        return
    fi
    case $1 in
        engine) shift && say "would run: $engine $*" ;;
        compose) shift && say "would run: ${compose_command[*]} $*" ;;
    esac
}

find_engine() {
    if [ -z "$engine" ]; then
        for engine in docker podman ''; do
            if [ -n "$engine" ] && command -v "$engine" >/dev/null; then break; fi
        done
        [ -n "$engine" ] || refuse "Neither docker nor podman is installed; see https://docs.docker.com/engine/install/."
    fi
    command -v "$engine" >/dev/null || refuse "ENGINE is $engine, which is not installed."
    engine info >/dev/null 2>&1 ||
        refuse "$engine does not answer: is it running, and may $(id -un) use it? '$engine info' says more."
    if engine compose version >/dev/null 2>&1; then
        compose_command=("$engine" compose)
        own_containers=(--filter label=com.docker.compose.oneoff=False)
    elif [ "$engine" = podman ] && command -v podman-compose >/dev/null; then
        compose_command=(podman-compose)
    else
        refuse "'$engine compose' is missing; install Docker's compose plugin 2.24 or later."
    fi
}

# The container of service $1, running or not; nothing if there is none.
container() {
    engine ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
        --filter "label=com.docker.compose.service=$1" ${own_containers[@]+"${own_containers[@]}"} | head -n 1
}

# What the engine knows of container $1, by the template $2.
inspect() { engine inspect --format "$2" "$1" 2>/dev/null; }

is_running() {
    local id
    id=$(container "$1")
    [ -n "$id" ] && [ "$(inspect "$id" '{{.State.Status}}')" = running ]
}

is_ready() { is_running "$1" && compose exec -T "$1" martlet healthcheck --ready >/dev/null 2>&1 </dev/null; }

# --- Checks -----------------------------------------------------------------------------------------

# A variable as compose sees it: from the environment, or from .env, which is read and not run.
setting() {
    local line value=
    if [ -n "${!1+set}" ]; then
        printf '%s' "${!1}"
        return
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*(.*)$ ]] || continue
        value=${BASH_REMATCH[2]%$'\r'}
        case $value in
            \"*) value=${value#\"} value=${value%%\"*} ;;
            \'*) value=${value#\'} value=${value%%\'*} ;;
            *)
                value=${value%%[[:space:]]#*}
                value=${value%"${value##*[![:space:]]}"}
                ;;
        esac
    done <.env
    printf '%s' "$value"
}

check_settings_file() {
    local mode
    [ -e .env ] || refuse "There is no .env: copy .env.example and change it, or write one with ./generate-env.sh."
    [ -f .env ] || refuse ".env is no file."
    [ -r .env ] || refuse ".env cannot be read by $(id -un)."
    mode=$(stat -L -c %a .env 2>/dev/null || stat -L -f %Lp .env)
    case $mode in
        600 | 400) ;;
        *) refuse ".env holds secrets and has mode $mode; run 'chmod 600 .env'." ;;
    esac
}

check_compose_file() {
    local complaint
    complaint=$(compose config --quiet 2>&1 >/dev/null) || refuse "compose.yaml and .env do not go together: $complaint"
    # Not mapfile, so that bash 3 does.
    nodes=() has_redis=
    while IFS= read -r service; do
        case $service in
            node-*) nodes+=("$service") ;;
            redis) has_redis=yes ;;
        esac
    done < <(compose config --services 2>/dev/null | sort)
    ((${#nodes[@]} > 0)) || refuse "compose.yaml has no service whose name begins with node-."
}

# Whether engine and shell are on the same machine.
is_local() { case ${DOCKER_HOST:-} in '' | unix:*) return 0 ;; *) return 1 ;; esac; }

check_disk() {
    local root free
    root=$(engine info --format '{{.DockerRootDir}}' 2>/dev/null) ||
        root=$(engine info --format '{{.Store.GraphRoot}}' 2>/dev/null) || root=
    [ -d "$root" ] || root=.
    free=$(df -Pk "$root" | awk 'NR == 2 { print int($4 / 1024) }')
    ((free >= min_free)) ||
        refuse "$root has $free MiB left and a build wants $min_free; make room ('$engine image prune' removes images without a name)."
}

# Whether anybody accepts connections at address $1, port $2.
listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

check_port() {
    port=$(setting SERVER_PORT)
    port=${port:-8080}
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
        refuse "SERVER_PORT is '$port'; it takes a port from 1 to 65535."
    fi
    address=$(setting SERVER_HOST)
    case $address in
        '' | 0.0.0.0) address=127.0.0.1 ;;
        ::) address=::1 ;;
    esac
    # Our own balancer may have it.
    if is_local && ! is_running balancer && listens "$address" "$port"; then
        refuse "Port $port is taken by another program; stop that or set SERVER_PORT in .env."
    fi
}

choose_grace() {
    local drain shutdown
    [ -z "$grace" ] || return 0
    drain=$(setting DRAIN_TIMEOUT)
    shutdown=$(setting SHUTDOWN_TIMEOUT)
    [[ $drain =~ ^[0-9]{1,7}$ ]] || drain=25000
    [[ $shutdown =~ ^[0-9]{1,7}$ ]] || shutdown=10000
    grace=$(((10#$drain + 10#$shutdown) / 1000 + 10))
    ((grace >= 45)) || grace=45
}

# Two deployments at once would stop two nodes at once.
lock() {
    command -v flock >/dev/null || return 0
    exec 9<compose.yaml
    flock --nonblock 9 || refuse "Another deployment of this folder is running."
}

# --- Steps ------------------------------------------------------------------------------------------

image_id() { engine image inspect --format '{{.Id}}' "$1" 2>/dev/null; }

# The image that the nodes run, of one that is ready if there is one.
running_image() {
    local node id found=
    for node in "${nodes[@]}"; do
        id=$(container "$node")
        [ -n "$id" ] || continue
        if [ -z "$found" ] || is_ready "$node"; then found=$(inspect "$id" '{{.Image}}'); fi
    done
    printf '%s' "$found"
}

# What to go back to, and what a later --rollback goes back to.
find_previous() {
    previous=$(running_image)
    [ -n "$previous" ] || say "No node runs: this is the first deployment."
}

keep_previous() {
    [ -n "$previous" ] && [ "$previous" != "$(image_id "$image:latest")" ] || return 0
    change engine tag "$previous" "$image:previous" || warn "The earlier version could not be kept for --rollback."
}

# Whatever starts next, such as this machine after a crash, takes what ran before.
restore_tag() {
    [ -n "$previous" ] || return 0
    change engine tag "$previous" "$image:latest"
}

give_up() {
    trap '' INT TERM
    restore_tag || true
    warn "$* No node was restarted."
    exit 1
}

build() {
    if [ -n "$goes_back" ]; then
        image_id "$image:previous" >/dev/null || refuse "There is no image $image:previous to go back to."
        change engine tag "$image:previous" "$image:latest"
    elif [ -n "$builds" ]; then
        say "Building $image:latest…"
        change compose build "${nodes[0]}" || give_up "The build failed."
    else
        image_id "$image:latest" >/dev/null || refuse "There is no image $image:latest; leave --no-build out."
    fi
}

check_configuration() {
    say "Checking the settings with the new image…"
    change compose run --rm --no-deps -T "${nodes[0]}" check-config </dev/null ||
        give_up "The settings in .env do not do for the new version, as it says above."
}

# Waits until the command that follows $1 succeeds, for a service $1 that is running and stays so.
wait_for() {
    local service=$1 deadline=$((SECONDS + timeout)) state ended
    shift
    [ -z "$dry_run" ] || return 0
    while true; do
        state=$(inspect "$(container "$service")" '{{.State.Status}} {{.RestartCount}}') || state=
        case $state in
            exited* | dead* | restarting*) ended=yes ;;
            # What has just been made and was restarted since has ended too.
            'running 0') ended= ;;
            *) case $service in node-*) ended=yes ;; *) ended= ;; esac ;;
        esac
        if [ -n "$ended" ]; then
            warn "$service has ended by itself."
            return 1
        fi
        if "$@"; then return 0; fi
        if ((SECONDS >= deadline)); then
            warn "$service was not ready after $timeout seconds."
            return 1
        fi
        sleep 1
    done
}

redis_answers() {
    # Single quotes on purpose: the password is that of the container.
    # shellcheck disable=SC2016
    compose exec -T redis sh -c 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ping' 2>/dev/null </dev/null | grep -q PONG
}

# Whether the balancer hands requests to a node that is ready.
serves() {
    local status
    is_local || return 0
    status=$(
        exec 3<>"/dev/tcp/$address/$port" || exit
        printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
        read -r -t 5 _ status _ <&3 && printf '%s' "$status"
    ) 2>/dev/null || return 1
    [ "$status" = 200 ]
}

last_words() {
    warn "The last lines of $1:"
    compose logs --tail 20 "$1" 2>&1 | sed 's/^/    /' >&2 || true
}

start_redis() {
    # The nodes may be told to use another one.
    [ -n "$has_redis" ] || return 0
    say "Starting Redis…"
    # Recreated only if its own part of compose.yaml has changed.
    change compose up --detach --no-deps --no-build redis && wait_for redis redis_answers && return
    last_words redis
    give_up "Redis does not come up."
}

# Names are looked up by nginx when it reads its configuration, and a new container may have a new address: without this,
# the next node to be stopped might be the last one that the balancer knows.
reload_balancer() {
    is_running balancer || return 0
    change compose exec -T balancer sh /etc/martlet/compose/nginx.sh reload </dev/null && return
    warn "The balancer did not read its configuration again; it is started anew."
    change compose up --detach --no-deps --no-build --force-recreate balancer && wait_for balancer serves
}

# Stops node $1 if it runs, starts it from martlet:latest, and waits until it is ready.
restart_node() {
    if is_running "$1"; then
        say "Stopping $1 (up to $grace s)…"
        change compose stop --timeout "$grace" "$1" || return 1
    fi
    say "Starting $1…"
    change compose up --detach --no-deps --no-build --force-recreate "$1" || return 1
    wait_for "$1" is_ready "$1" || return 1
    reload_balancer
}

# Those that are not ready go first: a node is stopped while another one serves, as long as one can.
order_nodes() {
    local node ready=() others=()
    for node in "${nodes[@]}"; do
        if is_ready "$node"; then ready+=("$node"); else others+=("$node"); fi
    done
    nodes=(${others[@]+"${others[@]}"} ${ready[@]+"${ready[@]}"})
}

touched=()
roll() {
    local node
    order_nodes
    for node in "${nodes[@]}"; do
        touched+=("$node")
        restart_node "$node" || return 1
    done
}

roll_back() {
    local node
    if [ -z "$previous" ]; then
        warn "There is no earlier version to go back to. The containers are left as they are, for you to look at."
        exit 3
    fi
    change engine tag "$image:latest" "$image:failed" || true
    restore_tag || true
    for node in "${touched[@]}"; do
        warn "Back to the earlier version: $node"
        restart_node "$node" && continue
        last_words "$node"
        warn "The earlier version of $node does not come up either. Untouched nodes go on as they were; see to .env and Redis."
        exit 3
    done
    warn "The earlier version runs again; the one that failed is $image:failed."
    exit 1
}

fail() {
    trap '' INT TERM
    if ((${#touched[@]} > 0)); then last_words "${touched[${#touched[@]} - 1]}"; fi
    warn "$*"
    roll_back
}

start_balancer() {
    say "Starting the balancer…"
    change compose up --detach --no-deps --no-build balancer && wait_for balancer serves && return
    last_words balancer
    return 1
}

find_engine
check_settings_file
check_compose_file
if [ -n "$builds" ] && is_local; then check_disk; fi
check_port
choose_grace
lock
find_previous
trap 'give_up "Interrupted."' INT TERM
build
check_configuration
start_redis
trap 'fail "Interrupted."' INT TERM
roll || fail "The new version does not get ready."
start_balancer || fail "The balancer does not hand requests to the new version."
trap - INT TERM
keep_previous
if [ -n "$dry_run" ]; then
    say "Nothing was changed."
else
    say "Deployed: $(image_id "$image:latest"), http://$address:$port"
fi
