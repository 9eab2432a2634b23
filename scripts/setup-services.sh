#!/usr/bin/env bash
# Make sure the tests have a real nginx and a real Redis: installed here on Debian as root, asked for elsewhere.
set -euo pipefail

# Debian keeps nginx where only root's shell looks.
export PATH="$PATH:/usr/sbin"
if command -v nginx && command -v redis-server; then
  exit 0
fi >/dev/null

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -f /etc/debian_version ]; then
  # Only the programs are wanted: nothing is to be started by the installation.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get -q -o DPkg::Lock::Timeout=300 update
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends nginx-light redis-server
  exit 0
fi

echo "The tests of the server need nginx and redis-server: install them" >&2
echo "(Debian: sudo apt-get install nginx-light redis-server)." >&2
exit 1
