"""The sync engine, without I/O: time, ids and carriers are arguments (SPEC 3 and 5)."""
