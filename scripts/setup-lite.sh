#!/usr/bin/env bash
# An environment of its own for JupyterLite sites: its labextensions would break a JupyterLab in the same one.
set -euo pipefail
cd "$(dirname "$0")/.."

target=build/lite/venv
[ ! -e "$target/.ready" ] || exit 0
uv=${UV:-$(command -v uv || ls .uv/bin/uv 2>/dev/null || true)}
packages=('jupyterlite-core[contents]>=0.8' 'jupyterlite-pyodide-kernel>=0.8' pip)
if [ -n "$uv" ]; then
  [ -x "$target/bin/python" ] || "$uv" venv --quiet --python .venv/bin/python "$target"
  "$uv" pip install --quiet --python "$target/bin/python" "${packages[@]}"
else
  [ -x "$target/bin/python" ] || .venv/bin/python -m venv "$target"
  "$target/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}"
fi
touch "$target/.ready"
