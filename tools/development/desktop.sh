# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after processes.sh: a display of our own with a window manager and two terminals.

# start_display: sets DISPLAY.
start_display() {
  : >"$state/run/display"
  # The file is descriptor 3 of the X server, which writes its number there once it listens.
  # shellcheck disable=SC2016
  start xvfb sh -c 'exec Xvfb -noreset -nolisten tcp -displayfd 3 -screen 0 1920x1080x24 3>"$1"' sh "$state/run/display"
  wait_for 60 xvfb "a display number" test -s "$state/run/display"
  DISPLAY=:$(<"$state/run/display")
  export DISPLAY
  unset WAYLAND_DISPLAY
}

# terminal NAME TITLE GEOMETRY: a shell that writes a dot to run/NAME.prompts with each prompt; F5 runs date.
terminal() {
  local prompts=$state/run/$1.prompts
  : >"$prompts"
  cat >"$state/home/terminal.bashrc" <<'END'
PS1='anna@desk:\w> '
PROMPT_COMMAND='printf . >>"$PROMPTS"'
bind '"\e[15~": "date\C-m"'
END
  start "$1" env PROMPTS="$prompts" xterm -T "$2" -n "$2" -geometry "$3" -fa "DejaVu Sans Mono" -fs 11 \
    -bg "#fbfbf8" -fg "#202020" -xrm 'xterm*allowTitleOps: false' -e bash --noprofile --rcfile "$state/home/terminal.bashrc"
  wait_for 60 "$1" "a prompt in the window \"$2\"" test -s "$prompts"
}

manages_windows() { xdotool get_num_desktops >/dev/null 2>&1; }

# start_desktop
start_desktop() {
  start openbox openbox --sm-disable
  wait_for 60 openbox "a window manager" manages_windows
  terminal invoices "Invoices" 92x26+60+60
  terminal orders "Orders" 92x26+960+460
}
