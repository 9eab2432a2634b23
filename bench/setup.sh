#!/bin/sh
# Install the peers into environments of their own, <root>/.peers and <root>/.peers/web; safe to
# run twice. UV=<path of uv> makes it quick; without uv, venv and pip do the same.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
peers=$root/.peers
python=${PYTHON:-python3}
uv=${UV:-$(command -v uv || true)}

install() { # <environment> <package>...
  environment=$1
  shift
  if [ -n "$uv" ]; then
    [ -x "$environment/bin/python" ] || "$uv" venv -q "$environment" --python "$python"
    "$uv" pip install -q -p "$environment/bin/python" "$@"
  else
    [ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install -q "$@"
  fi
}

install "$peers" bokeh==3.9.2 panel==1.9.4 ipywidgets==8.1.9 jupyterlab==4.6.6 ipykernel==7.4.0 \
  picows msgspec playwright
# apart, because these bring JupyterLab extensions that would get into the peers' notebook
install "$peers/web" shiny==1.8.0 dash==4.4.1 solara==1.64.1 solara-assets

# Solara takes its front end from a CDN; here it comes from the npm registry, once, beforehand
app=@widgetti/solara-vuetify3-app@5.2.0
assets=$peers/web/share/solara/cdn/$app
if [ ! -d "$assets/dist" ]; then
  mkdir -p "$assets"
  tarball=$(cd "$assets" && npm pack --silent "$app")
  tar xzf "$assets/$tarball" -C "$assets" --strip-components=1
  rm "$assets/$tarball"
fi
