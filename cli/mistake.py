"""A user's mistake: one plain line that says the cure. Becomes exit code 1, never a traceback."""


class Mistake(Exception):
    """What is wrong and what to write instead, as one sentence."""
