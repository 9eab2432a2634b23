#!/usr/bin/env bash
# Make sure the browser tests have a Chromium: installed here on Debian as root, asked for elsewhere.
set -euo pipefail

if [ -n "${SYNCLINE_CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser \
  || command -v google-chrome; then
  exit 0
fi >/dev/null

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -f /etc/debian_version ]; then
  apt-get -q -o DPkg::Lock::Timeout=300 update
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends chromium
  exit 0
fi

echo "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium) or set" >&2
echo "SYNCLINE_CHROMIUM to the path of a Chromium or Chrome." >&2
exit 1
