# shellcheck shell=bash disable=SC2034,SC2154
# Sourced: how the scripts of tools/ speak.

# say TEXT: one line of progress, with the seconds since the start.
say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

# fail TEXT [STATUS]: says why nothing more can be done, and ends.
fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}
