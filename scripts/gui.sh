#!/usr/bin/env bash
# Debian packages the windows need; does nothing where they are. usage: gui.sh [tests | window | viewer] ...
#   tests    PyQt6's wheel without a screen: it imports nothing on a bare Debian
#   window   a real window, on a screen or under Xvfb, with xdotool for real keys
#   viewer   builds the C++ viewer
set -uo pipefail
declare -A packages=(
  [tests]="libglib2.0-0 libegl1 libgl1 libfontconfig1 libdbus-1-3 libxkbcommon0 libbrotli1 fonts-dejavu-core"
  [window]="libglib2.0-0 libegl1 libgl1 libfontconfig1 libdbus-1-3 libxkbcommon0 libbrotli1 fonts-dejavu-core
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1
    libxkbcommon-x11-0 xvfb xauth xdotool dbus-daemon"
  [viewer]="g++ cmake ninja-build qt6-base-dev fonts-dejavu-core"
)
declare -A skipped=(
  [tests]="the tests of the windows are skipped"
  [window]="no window opens under X"
  [viewer]="the C++ viewer is not built"
)
command -v dpkg-query >/dev/null || exit 0

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

for group in "${@:-tests}"; do
  [ -n "${packages[$group]:-}" ] || { echo "gui.sh: no group '$group': tests, window, viewer" >&2; exit 2; }
  missing=()
  for package in ${packages[$group]}; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] || scripts/debian.sh - "${missing[*]}" "${skipped[$group]}"
done
