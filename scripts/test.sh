#!/usr/bin/env bash
# Installs what the tests need and is missing, then runs them; the last line is "N passed, N failed".
# Arguments are files to test instead of all.
set -euo pipefail
me=test.sh
cd "$(dirname "$0")/.."
. scripts/setup.sh

# The registry that images are pulled from, what they are built of, and what looks at the result.
need_packages busybox-static docker-registry zstd attr libcap2-bin openssl skopeo podman tmux iproute2 iptables nftables \
  util-linux mariadb-server-core mariadb-client-core
# What assembles the sources of machine code; without it those tests say that they are skipped.
(need_packages binutils binutils-aarch64-linux-gnu wabt) || true
# The second kernel, on which cgroup v2 is tested; without it those tests say that they are skipped.
(need_packages user-mode-linux kmod) || true
need_deno
export DENO_NO_UPDATE_CHECK=1
exec deno task --quiet test "$@"
