#!/usr/bin/env bash
# Fetch Debian packages where we may; where we may not, say what is missing and what it costs.
# usage: debian.sh COMMAND PACKAGE "what is skipped without it"
set -uo pipefail
command=$1 package=$2 skipped=$3
command -v "$command" >/dev/null && exit 0
run=()
[ "$(id -u)" = 0 ] || run=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
  echo "installing $package ..."
  { "${run[@]}" apt-get install -y -qq --no-install-recommends "$package" \
    || { "${run[@]}" apt-get update -qq && "${run[@]}" apt-get install -y -qq --no-install-recommends "$package"; }
  } >/dev/null 2>&1 && exit 0
fi
echo "make: $package is missing and cannot be installed here: $skipped" >&2
exit 0
