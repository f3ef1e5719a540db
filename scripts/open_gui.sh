#!/usr/bin/env bash
# The main window on a session at the built-in venue. usage: open_gui.sh BIN [arguments of tradeplat run]
#   open_gui.sh --screen   whether a window can open here, before anything is installed for it
# Closing the window ends this session too, and so does Ctrl-C: positions are flattened first.
set -uo pipefail
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
  echo "make gui: no display here. Open it on a desktop, or without a screen as:" >&2
  echo "  xvfb-run -a -s \"-screen 0 1920x1080x24\" make gui" >&2
  echo "or have a picture of a running session: tradeplat gui --shot window.png" >&2
  exit 2
fi
[ "$1" != --screen ] || exit 0
bin=$1
shift
mkdir -p logs
said=logs/gui_session.txt
window=
folder=

end() {
  trap '' INT TERM HUP
  [ -z "$window" ] || kill -TERM "$window" 2>/dev/null
  if kill -TERM "$session" 2>/dev/null; then
    echo "make gui: closing all positions and ending the session ..." >&2
  fi
  wait "$session"
  [ ! -f "$folder/report.html" ] || echo "make gui: the session has ended; report in $folder/report.html" >&2
}

# In a group of its own: the terminal's Ctrl-C must not reach it beside the signal of end(), for a
# session that is told twice leaves at once. 15 times as fast as the wall: six minutes.
set -m
"$bin/tradeplat" run --json --on-exit flatten --speed 15 "$@" >logs/gui_session.json 2>"$said" &
session=$!
set +m
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

card=
until card=$(grep -ls "\"pid\":$session," logs/*/control.json); do
  if ! kill -0 "$session" 2>/dev/null; then
    trap - EXIT
    cat "$said" >&2
    wait "$session"
    exit $?
  fi
  sleep 0.2
done
folder=$(dirname "$card")
TRADEPLAT_GUI_ENDS=1 "$bin/tradeplat" gui --run "$folder" >/dev/null &
window=$!
wait "$window"
