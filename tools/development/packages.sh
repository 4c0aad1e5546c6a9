# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after say.sh: installs what is missing, and asks nobody when nothing is.

packages_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../packages" && pwd)

# as_root COMMAND…: needs root, or sudo.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root, and there is no sudo. Run as root: $*"
  fi
}

# install_packages NAME…: of Debian's packages.
install_packages() {
  local log
  log=$(mktemp)
  if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: $*"
  fi
  rm -f "$log"
}

# need_packages LIST…: what the lists tools/packages/LIST.txt name.
need_packages() {
  local list name
  local -a wanted=() missing=()
  for list in "$@"; do
    while read -r name; do
      case $name in '' | '#'*) ;; *) wanted+=("$name") ;; esac
    done <"$packages_directory/$list.txt"
  done
  for name in "${wanted[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
  done
  if [[ ${#missing[@]} -gt 0 ]]; then
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    install_packages "${missing[@]}"
  fi
}

# need_node: node and npm, from wherever the machine has them; another node than Debian's conflicts with Debian's npm.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null && return
  say "Installing node and npm"
  install_packages nodejs npm
}

# need_npm DIRECTORY: the packages of its package.json, once.
need_npm() {
  need_node
  local stamp=$1/node_modules/.installed
  [[ -e $stamp && ! $1/package.json -nt $stamp ]] && return
  say "Installing npm packages for ${1##*/}"
  local cache log
  local -a lock=()
  [[ -e $1/package-lock.json ]] || lock=(--no-package-lock)
  cache=$(mktemp -d)
  log=$(mktemp)
  if ! (cd "$1" && npm_config_cache=$cache npm_config_update_notifier=false \
    npm install "${lock[@]}" --no-audit --no-fund --ignore-scripts) >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -rf "$cache" "$log"
    fail "npm could not install what $1/package.json names"
  fi
  rm -rf "$cache" "$log"
  touch "$stamp"
}

# build DIRECTORY TARGET…: everything without a target. $SETUP are meson's options for a directory that is not set up yet.
build() {
  local directory=$1
  shift
  if [[ ! -e $directory/build.ninja ]]; then
    say "Setting up $directory"
    # shellcheck disable=SC2086 # options without spaces
    meson setup "$directory" "$root" ${SETUP:-} >"$directory.log" 2>&1 || {
      cat "$directory.log" >&2
      fail "meson could not set up $directory"
    }
    rm -f "$directory.log"
  fi
  say "Building"
  ninja -C "$directory" "$@" || fail "the build failed; what the compiler said is above"
}
