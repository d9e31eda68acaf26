"""Why a deployment goes no further."""


class Stopped(Exception):
    """The sentence says what is wrong and, where it can, what to do about it."""


class BeginAnew(Stopped):
    """To go on with the step that said so would lead to the same: the ones before are needed."""
