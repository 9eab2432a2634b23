"""Deliberate breakages of the engine, each of which the fuzz has to catch."""
