"""What a user of the command line can do wrong."""


class UsageError(Exception):
    """A setting cannot be used; the text is one line, and says which and why."""
