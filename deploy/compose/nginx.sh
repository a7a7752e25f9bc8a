#!/bin/sh
# Runs nginx with deploy/nginx/martlet.conf, in front of the nodes in $NODES instead of those named there, and on a port that
# takes no rights. A client stays with one of them, by its address.
#
# usage: nginx.sh start | reload | show
set -eu

folder=$(dirname "$0")

configuration() {
    servers=
    for node in $NODES; do
        servers="$servers    server $node:8080 max_fails=1 fail_timeout=2s;\\n"
    done
    awk -v servers="$servers" '
        /^upstream martlet \{/ { print; printf "    hash $remote_addr consistent;\n%s", servers; inside = 1; next }
        inside && /^ *server / { next }
        /^\}/ { inside = 0 }
        { sub(/listen 80;/, "listen 8080;"); print }
    ' "$folder/../nginx/martlet.conf"
}

case ${1:-} in
    start)
        configuration >/tmp/martlet.conf
        exec nginx -c "$folder/nginx.conf" -g 'daemon off;'
        ;;
    reload)
        configuration >/tmp/martlet.conf
        exec nginx -c "$folder/nginx.conf" -s reload
        ;;
    show) configuration ;;
    *)
        echo "usage: nginx.sh start | reload | show" >&2
        exit 64
        ;;
esac
