"""How much of what was used is billed, and to which part of the buyer: pure."""

from collections.abc import Mapping


def beyond(included: int, *, before: int, used: int) -> int:
    """Return what of `used` goes beyond what the contract includes, `before` being used already."""
    return max(0, before + used - included) - max(0, before - included)


def shares(quantity: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Divide a quantity as the parts are to each other, to the unit: the shares add up to it.

    What rounding leaves goes to the largest remainders, the first by name where they are equal.
    """
    total = sum(parts.values())
    if not total:
        return {}
    whole = {name: quantity * part // total for name, part in parts.items()}
    left = quantity - sum(whole.values())
    by_remainder = sorted(parts, key=lambda name: (-(quantity * parts[name] % total), name))
    for name in by_remainder[:left]:
        whole[name] += 1
    return {name: share for name, share in whole.items() if share}
