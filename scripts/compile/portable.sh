#!/bin/sh
# tsd, portable form: this text, then the Deno runtime and the program, both compressed. They are
# unpacked once, each into a folder named by its hash; later starts only look and exec.
# TSD_CACHE names the folder to unpack into; the default is /var/cache/tsd, or a user's own cache.

# What ends a program is not meant for the one that becomes another one here: the launcher blocks it.
trap '' USR1
deno=@DENO_HASH@
program=@PROGRAM_HASH@
base=${TSD_CACHE:-}
if [ -z "$base" ]; then
  if [ -O /var/cache ] || [ -z "${HOME:-}" ]; then base=/var/cache/tsd; else base=$HOME/.cache/tsd; fi
fi

# Only built-ins: this runs at every start. Ownership is looked at each time; the modes, which only
# the owner can change, when a folder is made.
ready() {
  [ -O "$base" ] && [ -O "$base/$1" ] && [ -O "$base/$1/$2" ] && [ -s "$base/$1/$2" ]
}

# Who owns a folder above it can put another one in its place between two looks, unless it is sticky.
above() {
  case $base in
  /*) ;;
  *) base=$PWD/$base ;;
  esac
  above=$base
  while [ -n "$above" ]; do
    above=${above%/*}
    [ -O "${above:-/}" ] || [ -k "${above:-/}" ] || fail "\"${above:-/}\" is not yours"
  done
}

fail() {
  echo "tsd: Cannot unpack into \"$base\": $1" >&2
  exit 125
}

# Limits of whoever calls, under which the runtime would die in its own words. A lower one is raised
# where that is allowed: what containers may have is none of their business.
limits() {
  values=$(ulimit -S -n && ulimit -S -s)
  at_least n "${values%
*}" 256 "open files"
  at_least s "${values#*
}" 1024 "the stack's KiB"
  # The runtime reserves more addresses than there is memory, and a database or a layer is a large file.
  unlimited v "addresses"
  unlimited f "the size of files"
}

at_least() {
  [ "$2" = unlimited ] || [ "$2" -ge "$3" ] || ulimit -S "-$1" "$3" 2>/dev/null ||
    ulimit "-$1" "$3" 2>/dev/null || limited "$1" "$4" "$2, and has to be $3 at least"
}

unlimited() {
  ulimit -S "-$1" unlimited 2>/dev/null || ulimit "-$1" unlimited 2>/dev/null ||
    limited "$1" "$2" "$(ulimit "-$1"), and has to be unlimited"
}

limited() {
  echo "tsd: Cannot start: the limit of $2 (ulimit -$1) is $3; raise it where it is set" >&2
  exit 125
}

# unpack NAME FILE OFFSET LENGTH: unpacks a part of this file as the folder NAME, which holds FILE.
unpack() {
  ready "$1" "$2" && return
  new=$(mktemp -d "$base/.new.XXXXXX" 2>/dev/null) || fail "no folder can be made there"
  tail -c "+$(($3 + 1))" "$self" | head -c "$4" >"$new.gz" || fail "the disk is full or \"$self\" unreadable"
  sum=$(sha256sum "$new.gz")
  [ "${sum%% *}" = "${1#*-}" ] || fail "\"$self\" is damaged; copy it again"
  tar -xzof "$new.gz" -C "$new" || fail "the disk is full or tar is missing"
  chmod 755 "$new" && mkdir -m 700 "$new/cache" && sync "$new"/* || fail "the disk is full"
  rm -rf "${base:?}/$1" && mv "$new" "$base/$1" || fail "the old \"$1\" cannot be replaced"
  rm -f "$new.gz"
}

# In a subshell, so that umask, lock and trap end with it.
prepare() (
  self=$1
  umask 022
  if [ ! -d "$base" ]; then
    mkdir -p "$base" 2>/dev/null || fail "it cannot be made; set TSD_CACHE to a folder of yours"
  fi
  [ -O "$base" ] || fail "it is not yours; set TSD_CACHE to a folder of yours"
  [ -z "$(find -H "$base" -prune \( -perm -020 -o -perm -002 \))" ] ||
    fail "others may write to it; run: chmod go-w $base"
  # One at a time: the second of two first starts waits here and finds the work done. The lock ends
  # with its holder, so what lies there unfinished belongs to no one.
  exec 9<"$base" && flock 9 || fail "it cannot be locked"
  rm -rf "$base"/.new.*
  trap 'rm -rf "$base"/.new.*' EXIT
  trap 'exit 130' INT TERM HUP
  unpack "deno-$deno" deno @DENO_OFFSET@ @DENO_LENGTH@
  unpack "program-$program" main.js @PROGRAM_OFFSET@ @PROGRAM_LENGTH@
)

limits
# For other users than root, what is root's is as good as their own.
if [ -n "${TSD_CACHE:-}" ] && [ -O / ]; then above; fi
if ! ready "deno-$deno" deno || ! ready "program-$program" main.js; then
  prepare "$0" || exit
fi
# Where this file is, for "tsd generate systemd".
case $0 in
/*) TSD_PROGRAM=$0 ;;
*) TSD_PROGRAM=$PWD/$0 ;;
esac
export TSD_PROGRAM
# A small young generation, and no thread that optimises: a pull peaks at 70 to 77 MB instead of 105,
# and takes no longer.
# Functions are compiled as they are loaded, and so from what was kept of an earlier start: compiled
# as they are called, they cost "run" 14 ms of the processor's time each time.
# What Deno keeps of the program in DENO_DIR it believes: never in a folder of others. What else it
# would obey of the environment the launcher hides.
exec "$base/program-$program/launcher" "DENO_DIR=$base/program-$program/cache" @VARIABLES@ \
  "$base/deno-$deno/deno" run -A --quiet --no-config --no-lock --no-npm --cached-only \
  --v8-flags=--max-semi-space-size=1,--no-concurrent-recompilation,--no-lazy \
  "$base/program-$program/main.js" "$@"
