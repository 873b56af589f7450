# Functions that install what is missing; sourced by quickstart.sh and test.sh, which run under
# `set -eu`. Nothing is asked for that is there, so a second run does nothing.

# The Deno that is installed where none is new enough, and the oldest that is.
deno_version=2.9.6
deno_oldest=2.9

fail() {
  echo "$me: $1" >&2
  exit 1
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "needs root; run: sudo $0"
}

# Installs the Debian packages named that are not installed.
need_packages() {
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
      *" installed") ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || fail "these packages are missing:$missing; run as root to install them"
  command -v apt-get >/dev/null || fail "these packages are missing:$missing; install them"
  echo "$me: installing$missing"
  # The registry is for tests that start it themselves; its package would start it as a service.
  case $missing in
    *docker-registry*) [ ! -d /run/systemd/system ] || systemctl -q mask docker-registry.service ;;
  esac
  log=$(mktemp)
  # shellcheck disable=SC2086 # a list of words
  apt_install $missing >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install$missing"
  }
  rm -f "$log"
}

# The package lists of a fresh machine may be absent or old: they are fetched when needed.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q --no-install-recommends "$@" </dev/null ||
    { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } </dev/null
}

deno_is_new_enough() {
  have=$(deno --version 2>/dev/null | sed -n 's/^deno \([0-9.]*\).*/\1/p')
  [ -n "$have" ] && [ "$(printf '%s\n' "$deno_oldest" "$have" | sort -V | head -n 1)" = "$deno_oldest" ]
}

# Installs Deno unless there is one that is new enough: with npm where it is at hand, else from
# Deno's own server, else with the distribution's npm, which takes some hundred packages.
need_deno() {
  deno_is_new_enough && return
  echo "$me: installing Deno $deno_version"
  if ! command -v npm >/dev/null; then
    deno_from_its_server && hash -r && deno_is_new_enough && return
    need_packages nodejs npm
  fi
  npm install --global --silent --no-fund --no-audit "deno@$deno_version" </dev/null ||
    fail "npm could not install deno@$deno_version; install Deno $deno_oldest or later by hand"
  hash -r
  deno_is_new_enough ||
    fail "deno in PATH is still older than $deno_oldest: $(command -v deno || echo none)"
}

# Fails at once, or after 5 seconds, where the server is out of reach.
deno_from_its_server() (
  case $(uname -m) in
    x86_64) target=x86_64-unknown-linux-gnu ;;
    aarch64) target=aarch64-unknown-linux-gnu ;;
    *) return 1 ;;
  esac
  url=https://dl.deno.land/release/v$deno_version/deno-$target.zip
  need_packages curl ca-certificates unzip
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"' EXIT
  cd "$directory"
  curl -fsSL --connect-timeout 5 -o deno.zip "$url" 2>/dev/null || return 1
  curl -fsSL --connect-timeout 5 -o sum "$url.sha256sum" 2>/dev/null || return 1
  grep -qi "$(sha256sum deno.zip | cut -d ' ' -f 1)" sum || return 1
  unzip -q deno.zip && install -m 755 deno /usr/local/bin/deno
)
