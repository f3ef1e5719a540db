#!/usr/bin/env bash
# Fetch Debian packages where we may; where we may not, say what is missing and what it costs.
# usage: debian.sh COMMAND "PACKAGE ..." "what is skipped without them"
# Nothing is done where COMMAND is there; - stands for no command.
set -uo pipefail
command=$1 skipped=$3
read -ra packages <<<"$2"
command -v "$command" >/dev/null && exit 0
run=()
[ "$(id -u)" = 0 ] || run=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
  echo "installing ${packages[*]} ..."
  { "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" \
    || { "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq && "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; }
  } >/dev/null 2>&1 && exit 0
fi
echo "make: ${packages[*]} missing and cannot be installed here: $skipped" >&2
exit 0
