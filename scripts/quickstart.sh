#!/usr/bin/env bash
# From a fresh Debian 12 or Ubuntu 24.04 to a running container: installs what is missing, compiles
# ./tsd, runs a container and shows what is isolated in it.
set -euo pipefail
me=quickstart.sh
cd "$(dirname "$0")/.."
. scripts/setup.sh

# Prints what a shell sees, a line of "name|value" each; the same text runs here and in the container.
# shellcheck disable=SC2016 # expanded by the shell that runs it
probe='
field() { while read -r name value _; do [ "$name" != "$1" ] || echo "$value"; done <"$2"; }
lines() { count=0; while read -r _; do count=$((count + 1)); done <"$1"; echo "$count"; }
processes=0; for at in /proc/[0-9]*; do processes=$((processes + 1)); done
links=; while IFS=: read -r name rest; do case $rest in *[0-9]*) links="$links${name##* } " ;; esac; done </proc/net/dev
root=; while read -r _ _ _ _ at _ rest; do [ "$at" != / ] || root=${rest#*- }; done </proc/self/mountinfo
read -r host </proc/sys/kernel/hostname
read -r init </proc/1/comm
echo "shell process id|$$"
echo "process 1|$init"
echo "processes|$processes"
echo "hostname|$host"
echo "mounts|$(lines /proc/self/mountinfo)"
echo "root file system|${root%% *}"
echo "network links|$links"
echo "user id|$(field Uid: /proc/self/status)"
echo "capabilities|$(field CapEff: /proc/self/status)"
echo "seccomp mode|$(field Seccomp: /proc/self/status)"
'

# The image is the smallest known one where a registry answers, else this machine's own root, which
# the container sees as a copy of its own.
run_container() {
  if timeout 30 ./tsd pull -q alpine >/dev/null 2>&1; then
    image=(alpine)
    echo "$me: running the image alpine"
  else
    image=(--rootfs /)
    echo "$me: no registry answers; running this machine's own root, copy-on-write"
  fi
  ./tsd run --rm "${image[@]}" /bin/sh -c "$probe"
}

need_root
need_packages iproute2 iptables
need_deno
export DENO_NO_UPDATE_CHECK=1
deno task --quiet compile

here=$(sh -c "$probe")
# Through a file: a failed run must end this script, which a process substitution would hide.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
run_container >"$output" || fail "the container did not run"
grep -v '|' "$output" || true
there=$(grep '|' "$output") || fail "the container printed nothing"

printf '\n%-18s %-34s %s\n' "" "this machine" "the container"
while IFS='|' read -r name value; do
  other=$(sed -n "s/^$name|//p" <<<"$there")
  printf '%-18s %-34.33s %s\n' "$name" "$value" "$other"
done <<<"$here"
printf '\nNext: ./tsd run -it %s /bin/sh\n' "$(grep -q 'alpine$' "$output" && echo alpine || echo '--rootfs /')"
