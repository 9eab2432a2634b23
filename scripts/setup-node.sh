#!/usr/bin/env bash
# Install the front end's packages exactly as package-lock.json says.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null \
  || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
  echo "syncline needs Node 20.19 or newer, with npm, on PATH" >&2
  exit 1
fi
npm ci --no-audit --no-fund --loglevel=error
