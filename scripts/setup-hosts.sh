#!/usr/bin/env bash
# build/hosts: the hosts of notebooks that tests/hosts drives, of the versions in its two lock files.
set -euo pipefail
cd "$(dirname "$0")/.."

target=build/hosts
python=$target/bin/python
ready=$target/.syncline-ready
locks=(tests/hosts/requirements.txt tests/hosts/package.json tests/hosts/package-lock.json)
fresh=yes
for lock in "${locks[@]}"; do [ "$ready" -nt "$lock" ] || fresh=no; done
[ "$fresh" = no ] || exit 0

uv=${UV:-$(command -v uv || ls .uv/bin/uv 2>/dev/null || true)}
if [ -n "$uv" ]; then
  [ -x "$python" ] || "$uv" venv --quiet --python .venv/bin/python "$target"
  "$uv" pip sync --quiet --python "$python" tests/hosts/requirements.txt
else
  [ -x "$python" ] || .venv/bin/python -m venv "$target"
  "$python" -m pip install --quiet --requirement tests/hosts/requirements.txt
fi
mkdir -p "$target/web"
cp tests/hosts/package.json tests/hosts/package-lock.json "$target/web"
npm ci --prefix "$target/web" --silent --ignore-scripts --no-audit --no-fund
touch "$ready"
