#!/usr/bin/env bash
# The main window on a session at the built-in venue. usage: open_gui.sh BIN [arguments of tradeplat run]
# Closing the window ends this session too: positions are flattened first.
set -uo pipefail
bin=$1
shift
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
  echo "make gui: no display here. Open it on a desktop, or without a screen as:" >&2
  echo "  xvfb-run -a -s \"-screen 0 1920x1080x24\" make gui" >&2
  echo "or have a picture of a running session: tradeplat gui --shot window.png" >&2
  exit 2
fi
mkdir -p logs
"$bin/tradeplat" run --json --on-exit flatten "$@" >logs/gui_session.json 2>logs/gui_session.txt &
session=$!
end() { kill -INT "$session" 2>/dev/null && wait "$session"; }
trap end EXIT
"$bin/tradeplat" gui
