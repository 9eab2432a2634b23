"""Values, paths, operations and what may be done with them: pure functions, no state, no I/O."""
