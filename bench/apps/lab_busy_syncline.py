import time

label.text += " "  # noqa: F821  of the cell before
time.sleep(6)
