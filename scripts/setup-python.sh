#!/usr/bin/env bash
# Make .venv with Syncline (editable) and its development tools; uv when it can be had, else pip.
set -euo pipefail
cd "$(dirname "$0")/.."

# The front end is built by `make build`; an editable install must not wait for it.
export SKIP_JUPYTER_BUILDER=1
mkdir -p python/syncline/labextension python/syncline/static

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null \
      && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "syncline needs Python 3.11 or newer on PATH (or PYTHON=/path/to/python3.11)" >&2
  return 1
}

find_uv() {
  if [ -n "${UV:-}" ]; then echo "$UV"; return; fi
  if command -v uv; then return; fi
  if [ ! -x .uv/bin/uv ]; then
    "$python" -m venv .uv >&2 && .uv/bin/pip install --quiet --disable-pip-version-check uv >&2 || return 0
  fi
  echo .uv/bin/uv
}

python=$(find_python)
uv=$(find_uv)
if [ -n "$uv" ]; then
  [ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
  "$uv" pip install --quiet --python .venv/bin/python --editable '.[dev]'
else
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
fi

# An editable install copies the extension; a link lets JupyterLab see every later build.
labextensions=.venv/share/jupyter/labextensions
mkdir -p "$labextensions"
rm -rf "$labextensions/syncline-lab"
ln -s ../../../../python/syncline/labextension "$labextensions/syncline-lab"
