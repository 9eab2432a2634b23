#!/usr/bin/env bash
# jupyter-collaboration beside .venv, not in it: where it is installed, every notebook is shared.
set -euo pipefail
cd "$(dirname "$0")/.."

target=build/collaboration
[ ! -d "$target/jupyter_collaboration" ] || exit 0
uv=${UV:-$(command -v uv || ls .uv/bin/uv 2>/dev/null || true)}
if [ -n "$uv" ]; then
  "$uv" pip install --quiet --python .venv/bin/python --target "$target" 'jupyter-collaboration>=4'
else
  .venv/bin/python -m pip install --quiet --target "$target" 'jupyter-collaboration>=4'
fi
