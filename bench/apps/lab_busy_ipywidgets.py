import time

label.value += " "  # noqa: F821  of the cell before
time.sleep(6)
