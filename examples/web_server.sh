#!/bin/sh
# Serves a directory of the host, which the container cannot change, at 127.0.0.1.
#
# Usage: web_server.sh DIRECTORY [PORT]
set -eu

directory=$(realpath "$1")
port=${2:-8080}

# As PID 1 of its namespace httpd would ignore SIGTERM; --init passes it on to a child.
tsd run -d --name web --init --restart unless-stopped \
  -p "127.0.0.1:$port:80" -v "$directory:/www:ro" busybox httpd -f -h /www
echo "Serving $directory at http://127.0.0.1:$port/; end it by: tsd rm -f web"
