"""Hosts of notebooks other than JupyterLab with our labextension; `make test-hosts` runs them."""

from __future__ import annotations

import os

from tests.browser.conftest import browser, page

__all__ = ["browser", "page"]

# What they need is installed by scripts/setup-hosts.sh.
collect_ignore_glob = [] if os.environ.get("SYNCLINE_HOSTS") else ["test_*.py"]
