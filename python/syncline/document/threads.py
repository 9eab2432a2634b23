"""Whether this process can start threads; where it cannot, its event loop does everything."""

from __future__ import annotations

import sys

available = sys.platform != "emscripten"
"""False in Pyodide, whose loop always runs."""
