"""Drawing codes, against random hexadecimal words of about as many bits."""

import secrets
from collections import Counter
from itertools import islice

from benchmarks.rows import Row, cpu_seconds, side_by_side
from campaigns import rules

COUNT = 200_000
PREFIX = "AUTUMN"


def rows() -> list[Row]:
    drawn = _drawn()
    _check(drawn)
    ours, peer, _ = side_by_side(
        lambda: cpu_seconds(_drawn), lambda: cpu_seconds(_hexadecimal), rounds=5
    )
    return [
        Row(
            name="codes drawn, with check symbol and without duplicates",
            ours=COUNT / ours,
            peer=COUNT / peer,
            ratio=peer / ours,
            unit="codes per CPU second",
            against="secrets.token_hex(8), without duplicates",
            at_least=1.5,
        )
    ]


def _drawn() -> set[str]:
    codes: set[str] = set()
    drawing = rules.draw_codes(PREFIX, secrets.token_bytes(32), 0)
    while len(codes) < COUNT:
        codes.update(islice(drawing, COUNT - len(codes)))
    return codes


def _hexadecimal() -> set[str]:
    words: set[str] = set()
    while len(words) < COUNT:
        words.add(secrets.token_hex(8))
    return words


def _check(codes: set[str]) -> None:
    """Fast is worth nothing if wrong: every code is well spelled, and no symbol is favoured."""
    if not all(rules.is_spelled_well(code, frozenset({PREFIX})) for code in codes):
        raise AssertionError("a drawn code has a wrong check symbol")
    expected = COUNT / len(rules.ALPHABET)
    for place in range(rules.GENERATED_LENGTH):
        counts = Counter(code[len(PREFIX) + place] for code in codes)
        chi_square = sum((counts[each] - expected) ** 2 / expected for each in rules.ALPHABET)
        # 31 degrees of freedom: once in a billion fair draws.
        if chi_square > 110:
            raise AssertionError(f"the symbols at place {place} are not uniform: {chi_square:.0f}")
