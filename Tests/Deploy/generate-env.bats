# generate-env.sh, and how the readers of what it writes understand it.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    script=$BATS_TEST_DIRNAME/../../generate-env.sh
}

# Runs the script with nothing but these variables: generate NAME=value… [-- option…]
generate() {
    local variables=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    run env -i PATH="$PATH" "${variables[@]}" bash "$script" "${@:2}"
}

contains() { [[ $output == *"$1"* ]] || { echo "no '$1' in: $output"; return 1; }; }

never() { if "$@"; then return 1; fi; }

mode() { stat -c %a "$1"; }

@test "help" {
    generate -- --help
    [ "$status" -eq 0 ]
    for option in --output --prefix --require --known; do contains "$option"; done
    [ ! -e .env ]
}

@test "arguments that it does not know" {
    for arguments in --now --output "--prefix 1A" "--prefix a-b" "--require a;b"; do
        # shellcheck disable=SC2086
        generate SERVER_PORT=1 -- $arguments
        [ "$status" -eq 64 ]
    done
    [ ! -e .env ]
}

@test "what Martlet knows is written, and nothing else" {
    generate SERVER_PORT=9000 REDIS_HOST=redis.internal HOME=/root SECRET=x API_KEYS=a,b
    [ "$status" -eq 0 ]
    [ "$(grep -v '^#' .env)" = "SERVER_PORT=9000
API_KEYS=a,b
REDIS_HOST=redis.internal" ]
    contains "wrote 3 variables to .env: SERVER_PORT API_KEYS REDIS_HOST"
}

@test "the file is its owner's alone, also over one that was not" {
    umask 000
    echo old >.env
    chmod 666 .env
    generate API_KEYS=a
    [ "$status" -eq 0 ]
    [ "$(mode .env)" = 600 ]
    never grep old .env
    [ "$(find . -type f)" = ./.env ]
}

@test "no value is shown, also when bash traces" {
    generate API_KEYS=s3cret REDIS_PASSWORD="s3cret'\$"
    [ "$status" -eq 1 ]
    never contains s3cret
    run env -i PATH="$PATH" API_KEYS=s3cret bash -xv "$script"
    [ "$status" -eq 0 ]
    never contains s3cret
}

# Values that anything might trip over, one each.
awkward() {
    cat <<'END'
plain
a b
 leading and trailing 
p#1
a # b
#
*
~
$HOME
${HOME}
$(id)
`id`
"quoted"
it's
it's "both"
it's \back\ "and" forth
back\slash
back\nslash
a\\b
!!
a=b=c
a:b@c/d?e&f;g|h<i>j(k)l[m]n{o}p^q%r+s,t
'
"
''
\'a
ü ✨ ß
END
}

# Writes them all, as V1, V2 and so on, and puts them into `values`.
generate_awkward() {
    local variables=() number=0
    mapfile -t values < <(awkward)
    : >known
    for value in "${values[@]}"; do
        number=$((number + 1))
        variables+=("V$number=$value")
        echo "V$number=" >>known
    done
    generate "${variables[@]}" -- --known known
    [ -e .env ]
}

# Whether standard input has the values, one a line.
are_the_values() { diff - <(printf '%s\n' "${values[@]}"); }

@test "a shell reads what was written" {
    generate_awkward
    for shell in sh bash; do
        # shellcheck disable=SC2016
        env -i PATH="$PATH" "$shell" -c '. ./.env; i=1; while eval "[ -n \"\$V$i\" ]"; do
            eval "printf \"%s\\n\" \"\$V$i\""; i=$((i + 1)); done' | are_the_values
    done
}

# As Sources/ChatServer/Configuration/EnvironmentFile.swift and the parser of Docker compose do it.
@test "martlet and compose read what was written" {
    generate_awkward
    for reader in martlet compose; do
        python3 "$BATS_TEST_DIRNAME/read-env.py" "$reader" .env | are_the_values
    done
}

@test "martlet itself reads what was written" {
    martlet=${MARTLET:-$BATS_TEST_DIRNAME/../../.build/${CONFIGURATION:-debug}/martlet}
    [ -x "$martlet" ] || skip "martlet is not built"
    # A value that does not parse is told.
    while IFS= read -r value; do
        generate SERVER_HOST="$value/"
        run env -i "$martlet" check-config
        [ "$status" -eq 2 ]
        read -r value <<<"$value/"
        contains "SERVER_HOST is \"$value\""
    done < <(awkward)
}

@test "values that no form fits are refused, and the file stays" {
    generate API_KEYS=first
    for value in "it's \$5" "it's \`id\`" "ends with \\" "it's \\"; do
        generate API_KEYS="$value"
        [ "$status" -eq 1 ]
        contains "API_KEYS"
        contains "Nothing was written"
    done
    grep -qx API_KEYS=first .env
}

@test "line breaks and other control characters are refused" {
    for value in $'a\nb' $'a\r' $'\t' $'a\eb' $'\x7f' $'\n'; do
        generate API_KEYS="$value"
        [ "$status" -eq 1 ]
        contains "API_KEYS has a line break or another control character"
    done
    [ ! -e .env ]
}

@test "what is no text is refused" {
    generate API_KEYS=$'a\xff'
    [ "$status" -eq 1 ]
    contains "UTF-8"
    [ ! -e .env ]
}

@test "set to nothing is written as that, and told" {
    generate API_KEYS= SERVER_PORT=1
    [ "$status" -eq 0 ]
    grep -qx 'API_KEYS=' .env
    contains "set to nothing: API_KEYS"
}

@test "--require" {
    for variables in "SERVER_PORT=1" "API_KEYS="; do
        generate "$variables" -- --require SERVER_PORT,API_KEYS
        [ "$status" -eq 1 ]
        contains "is missing or empty"
    done
    generate SERVER_PORT=1 -- --require SERVERPORT
    [ "$status" -eq 1 ]
    contains "Martlet does not know it"
    [ ! -e .env ]
    generate SERVER_PORT=1 API_KEYS=a -- --require SERVER_PORT --require "API_KEYS"
    [ "$status" -eq 0 ]
}

@test "--prefix" {
    generate PROD_SERVER_PORT=1 SERVER_PORT=2 API_KEYS=a -- --prefix PROD
    [ "$status" -eq 0 ]
    [ "$(grep -v '^#' .env)" = "SERVER_PORT=1" ]
}

@test "nothing to write" {
    generate HOME=/root
    [ "$status" -eq 1 ]
    contains "None of the variables"
    [ ! -e .env ]
}

@test "--output: a link, a folder, a folder that is not there" {
    ln -s elsewhere link
    mkdir folder
    for output in link folder none/.env; do
        generate API_KEYS=a -- --output "$output"
        [ "$status" -eq 1 ]
    done
    [ ! -e elsewhere ]
    generate API_KEYS=a -- --output "folder/a b"
    [ "$status" -eq 0 ]
    [ "$(mode "folder/a b")" = 600 ]
}

@test "a disk that is full leaves the file as it was" {
    [ -e /dev/full ] || skip
    generate API_KEYS=first
    # Writing fails wherever mktemp puts the file.
    mkdir bin
    printf '#!/bin/sh\necho /dev/full\n' >bin/mktemp
    printf '#!/bin/sh\n' >bin/rm
    chmod +x bin/*
    PATH="$PWD/bin:$PATH" generate API_KEYS=second
    [ "$status" -eq 1 ]
    contains "it is as it was"
    never contains second
    grep -qx API_KEYS=first .env
}
