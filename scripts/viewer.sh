#!/usr/bin/env bash
# Build the C++ viewer and open it at the newest run that has a control socket; where none runs, on
# an invented day. usage: viewer.sh PYTHON [--build-only | options of the viewer]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1; shift
scripts/gui.sh viewer
for tool in cmake ninja g++; do
  command -v "$tool" >/dev/null || { echo "viewer: $tool is missing; on Debian: scripts/gui.sh viewer" >&2; exit 2; }
done
echo "building the viewer ..."
(cd cpp_visualizer
 cmake --preset release >/dev/null
 cmake --build --preset release --target viewer >/dev/null)
viewer=build/viewer/viewer
[ "${1:-}" != --build-only ] || { echo "$viewer"; exit 0; }

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
  echo "viewer: there is no display here. With Xvfb (scripts/gui.sh window):" >&2
  echo "  xvfb-run -a -s '-screen 0 1920x1080x24' make viewer" >&2
  echo "or a picture without any: QT_QPA_PLATFORM=offscreen make viewer ARGS='--shot board.png --after 2000'" >&2
  exit 2
fi
for typed in "$@"; do
  case $typed in --socket* | --replay* | --help | -h) exec "$viewer" "$@" ;; esac
done
socket=$(ls -t logs/*/control.sock 2>/dev/null | head -1)
if [ -n "$socket" ]; then
  echo "watching $(dirname "$socket")"
  exec "$viewer" --socket "$socket" "$@"
fi
echo "no run to watch (make paper starts one): here is an invented day"
"$python" scripts/demo_frames.py build/demo.bin --seconds 600 >/dev/null
exec "$viewer" --replay build/demo.bin --board 20 "$@"
