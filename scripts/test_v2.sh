#!/usr/bin/env bash
# Runs the end-to-end tests on a kernel that has cgroup v2 and nothing else, in user-mode-linux: an
# hour or more for all of them. Arguments are files to test instead of all.
set -euo pipefail
me=test_v2.sh
cd "$(dirname "$0")/.."
. scripts/setup.sh

need_root
need_packages busybox-static docker-registry zstd attr libcap2-bin openssl skopeo tmux iproute2 \
  iptables nftables util-linux user-mode-linux kmod
need_deno
export DENO_NO_UPDATE_CHECK=1
exec deno run -A scripts/test_v2.ts "$@"
