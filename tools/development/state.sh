# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after say.sh: everything that a run keeps below one directory, $state.
#   certificates/ agent.toml cloud.toml operator-password     made here
#   cloud/ service/                                           what cloud and service keep
#   run/ (0700: sockets, process ids) log/ home/ tmp/ xdg/    what programs write beside that
#   browser/ demo/                                            browser profiles; what the demo leaves to look at

# Sockets below $state: a Unix socket's path has at most 107 bytes (unix(7)).
longest_socket=107

# make_state DIRECTORY DEMO(true|false): sets $state.
make_state() {
  mkdir -p "$1" || fail "the directory $1 cannot be made"
  state=$(cd "$1" && pwd -P)
  # The longest name of a socket that comes below it; Chromium makes one in its temporary directory.
  local longest="/tmp/org.chromium.Chromium.XXXXXX/SingletonSocket"
  $2 || longest="/run/buttonhelper-_9999.sock"
  local bytes
  bytes=$(printf %s "$state$longest" | wc -c)
  if ((bytes > longest_socket)); then
    fail "the path of $state is too long: sockets below it would have $bytes bytes, and the system allows $longest_socket.
Choose a directory with a path of at most $((longest_socket - ${#longest})) bytes, for example: --state /tmp/tier2"
  fi
  exec 9>"$state/lock"
  flock -n 9 || fail "another run uses $state. End it, or choose another directory with --state."
  local each
  for each in certificates cloud service run log home tmp xdg browser demo; do
    mkdir -p "$state/$each"
    chmod 700 "$state/$each"
  done
  rm -rf "${state:?}/tmp/"* "$state/run/"*
}

# use_state: programs started from now on write below $state only.
use_state() {
  export HOME=$state/home TMPDIR=$state/tmp XDG_RUNTIME_DIR=$state/run
  export XDG_CONFIG_HOME=$state/xdg/config XDG_CACHE_HOME=$state/xdg/cache
  export XDG_DATA_HOME=$state/xdg/data XDG_STATE_HOME=$state/xdg/state
  mkdir -p "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_DATA_HOME" "$XDG_STATE_HOME"
}

# toml_string TEXT: as a basic string; a path holds no control characters here.
toml_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# write_cloud_configuration AGENTS_PORT CONSOLE_PORT: 0 takes any free one.
write_cloud_configuration() {
  local certificate key
  certificate=$(toml_string "$state/certificates/server.pem")
  key=$(toml_string "$state/certificates/server.key")
  cat >"$state/cloud.toml" <<END
[agents]
address = "127.0.0.1"
port = $1
certificate = $certificate
key = $key

[operators]
address = "127.0.0.1"
port = $2
certificate = $certificate
key = $key

[storage]
directory = $(toml_string "$state/cloud")
END
}

# write_agent_configuration AGENTS_PORT BROWSER_ARGUMENT…
write_agent_configuration() {
  local port=$1 argument command=''
  shift
  for argument in "$@"; do command+="${command:+, }$(toml_string "$argument")"; done
  cat >"$state/agent.toml" <<END
[organisation]
name = "Example IT"

[browser]
command = [$command]

[paths]
socket = $(toml_string "$state/run/helper.sock")
state = $(toml_string "$state/service")
runtime = $(toml_string "$state/run")
scripts = $(toml_string "$state/run/scripts")

[keystore]
protections = ["hardware"] # systemd's host key lies outside of this directory

[commands]
runner = $(toml_string "$build/tools/runner/tier2-runner")

[cloud]
host = "127.0.0.1"
port = $port
ca_file = $(toml_string "$state/certificates/ca.pem")
END
}

# make_operator CLOUD_PROGRAM NAME: whose random password is in the file operator-password.
make_operator() {
  [[ -s $state/operator-password ]] || openssl rand -base64 15 >"$state/operator-password"
  "$1" --config "$state/cloud.toml" operator add "$2" --password-file "$state/operator-password" --replace >/dev/null
}

# make_token CLOUD_PROGRAM: where the service looks for it, unless the machine is enrolled already.
make_token() {
  local token=$state/service/enrolment-token
  [[ -e $token || ! -e $state/service/machine.key ]] || return 0
  "$1" --config "$state/cloud.toml" token create >"$token"
}

# trust_development_ca: for a Chromium with this HOME; certificate errors are never ignored.
trust_development_ca() {
  local database
  for database in "$HOME/.pki/nssdb" "$XDG_DATA_HOME/pki/nssdb"; do
    rm -rf "$database"
    mkdir -p "$database"
    certutil -d "sql:$database" -N --empty-password
    certutil -d "sql:$database" -A -t C,, -n "Tier 2 development CA" -i "$state/certificates/ca.pem"
  done
}
