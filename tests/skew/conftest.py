"""JupyterLabs and kernels with other versions of Syncline; `make test-skew` runs them."""

from __future__ import annotations

import os

from tests.browser.conftest import browser, page

__all__ = ["browser", "page"]

# What they need is built by scripts/build_skew.py.
collect_ignore_glob = [] if os.environ.get("SYNCLINE_SKEW") else ["test_*.py"]
