"""One view per file; each is reached through a row of the route table."""
