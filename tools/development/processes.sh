# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after say.sh: starts programs in the background and ends them, each by its id. $state is the state's directory.

declare -A pid_of=()
declare -a started=()

# start NAME PROGRAM ARGUMENT…: its output goes to a log. It has a session of its own, so that Ctrl-C reaches this script
# alone, which then ends all in order; should this script be killed, the system ends the program.
start() {
  local name=$1
  shift
  setsid env -C "$state/home" setpriv --pdeathsig TERM -- "$@" </dev/null >"$state/log/$name.log" 2>&1 9>&- &
  pid_of[$name]=$!
  started+=("$name")
}

runs() { [[ -n ${pid_of[$1]:-} ]] && kill -0 "${pid_of[$1]}" 2>/dev/null; }

# end_process PID WHAT: asks, waits up to ten seconds, then kills.
end_process() {
  local left=100
  kill -TERM "$1" 2>/dev/null || return 0
  while kill -0 "$1" 2>/dev/null; do
    if ((left-- == 0)); then
      printf '%s did not end within ten seconds and was killed.\n' "$2" >&2
      kill -KILL "$1" 2>/dev/null || true
      return 0
    fi
    sleep 0.1
  done
}

# end NAME
end() {
  local pid=${pid_of[$1]:-}
  unset "pid_of[$1]"
  [[ -z $pid ]] || end_process "$pid" "$1"
}

# end_all: the last started first.
end_all() {
  local index
  for ((index = ${#started[@]} - 1; index >= 0; --index)); do end "${started[index]}"; done
  started=()
}

# show_log NAME: its last lines.
show_log() {
  [[ -s $state/log/$1.log ]] || return 0
  printf -- '--- the last lines of %s:\n' "$state/log/$1.log" >&2
  tail -n 15 "$state/log/$1.log" >&2
}

# died NAME: says so, and ends.
died() {
  show_log "$1"
  fail "$1 ended by itself"
}

# wait_for SECONDS NAME WHAT COMMAND…: until the command succeeds; NAME is the program that it depends on.
wait_for() {
  local end=$((SECONDS + $1)) name=$2 what=$3
  shift 3
  until "$@"; do
    runs "$name" || died "$name"
    if ((SECONDS >= end)); then
      show_log "$name"
      fail "$name runs, but in vain we waited for this: $what"
    fi
    sleep 0.1
  done
}

# said NAME TEXT: its log has the text.
said() { grep -sqF -- "$2" "$state/log/$1.log"; }
