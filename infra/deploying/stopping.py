"""Why a deployment goes no further."""


class Stopped(Exception):
    """The sentence says what is wrong and, where it can, what to do about it."""
