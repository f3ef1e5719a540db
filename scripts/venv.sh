#!/usr/bin/env bash
# Debian and Ubuntu ship venv apart from Python: fetch it where we may, else say what is missing.
set -euo pipefail
python=$1 venv=$2
rm -rf "$venv"
package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
run=()
[ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && run=(sudo -n); }
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || "${run[@]}" true 2>/dev/null; }; then
  "${run[@]}" apt-get update -qq
  "${run[@]}" apt-get install -y -qq --no-install-recommends "$package" || "${run[@]}" apt-get install -y -qq --no-install-recommends python3-venv
  exec "$python" -m venv "$venv"
fi
echo "make: $python cannot make virtual environments; install $package (apt-get install $package) and run make again" >&2
exit 2
