"""What a code looks like. No Django, no network: portal and Lambda share it.

A generated code is PREFIX-XXXX-XXXX-XXXXC: a registered prefix, 12 random symbols of Crockford's
base 32 (60 bits: one hit in 3.65 years at 10,000 guesses a second against a million live codes)
and a check symbol. The check symbol finds every single wrong symbol and every swap of two
neighbours; it adds no secrecy.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from itertools import islice

from campaigns.errors import CodeMisspelled

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 12
SPACE = 32**RANDOM_SYMBOLS
GENERATED_LENGTH = RANDOM_SYMBOLS + 1
LONGEST = 40
# Above these odds of one random try a code is found by trying, whatever the limits on tries.
SAFE_ODDS = 1e-9

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "_": None})
_SHAPE = re.compile(r"[0-9A-HJKMNP-Z]{4,40}")
_SYMBOL_OF_BYTE = bytes(ord(ALPHABET[byte % 32]) for byte in range(256))


def normalise(typed: str) -> str:
    """Return the one spelling under which a code is stored: upper case, O as 0, I and L as 1.

    Raises CodeMisspelled if no code can look like that.
    """
    code = "".join(typed.upper().split()).translate(_READ_AS)
    if not _SHAPE.fullmatch(code):
        raise CodeMisspelled
    return code


def normalise_prefix(prefix: str) -> str:
    """Return a prefix as it stands at the front of stored codes; it may be empty."""
    return "".join(prefix.upper().split()).translate(_READ_AS)


def displayed(code: str, prefix: str) -> str:
    """Return a generated code as people read it: PREFIX-XXXX-XXXX-XXXXC, the prefix as chosen."""
    body = code[-GENERATED_LENGTH:]
    groups = [prefix, body[:4], body[4:8], body[8:]]
    return "-".join(group for group in groups if group)


def samples(prefix: str, count: int) -> list[str]:
    """Return codes as people read them that belong to nothing: drawn anew and forgotten."""
    drawn = draw_codes(normalise_prefix(prefix), secrets.token_bytes(32), 0)
    return [displayed(code, prefix) for code in islice(drawn, count)]


def masked(code: str, prefix: str = "") -> str:
    """Return as much of a code as a list may show: enough to recognise, too little to use.

    With the prefix of its campaign it begins as printed: LAUN…, where the stored code has 1AUN….
    """
    spelled = "".join(letter for letter in prefix.upper() if letter.isalnum())
    if code.startswith(normalise_prefix(spelled)):
        code = spelled + code[len(spelled) :]
    return f"{code[:4]}…{code[-3:]}" if len(code) > 10 else f"{code[:2]}…"


def _times(a: int, b: int) -> int:
    """Multiply in GF(32), modulo x⁵ + x² + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return product


def _weights(count: int) -> list[int]:
    """Return count distinct non-zero weights: the powers of x, whose order is 31."""
    weights = [1]
    while len(weights) < count:
        weights.append(_times(weights[-1], 2))
    return weights


# For each position, what each symbol adds to the check: distinct weights find swaps.
_TABLE = [[_times(w, v) for v in range(32)] for w in _weights(RANDOM_SYMBOLS + 1)[1:]]
_ADDED_BY_BYTE = [bytes(row[byte % 32] for byte in range(256)) for row in _TABLE]


def check_symbol(symbols: str) -> str:
    """Return the symbol that makes the weighted sum over GF(32) vanish. Takes 12 symbols."""
    total = 0
    for row, symbol in zip(_TABLE, symbols, strict=True):
        total ^= row[_VALUE[symbol]]
    return ALPHABET[total]


def is_spelled_well(code: str, prefixes: frozenset[str]) -> bool:
    """Say whether a normalised code can exist.

    Only prefixes under which codes were generated promise a check symbol; imported and vanity
    codes carry none.
    """
    for prefix in prefixes:
        body = code.removeprefix(prefix)
        if code.startswith(prefix) and len(body) == GENERATED_LENGTH:
            return not set(body) - _VALUE.keys() and check_symbol(body[:-1]) == body[-1]
    return True


def looks_generated(code: str, prefixes: frozenset[str]) -> bool:
    """Say whether a normalised code would be taken for a generated one, check symbol and all."""
    return any(
        code.startswith(prefix) and len(code) == len(prefix) + GENERATED_LENGTH
        for prefix in prefixes
    )


def odds_of_guessing(code: str, *, max_uses: int) -> float:
    """Return how likely one random try of this length takes a use of this very code."""
    return max_uses / float(len(ALPHABET) ** len(code))


def draw_codes(prefix: str, seed: bytes, chunk: int) -> Iterator[str]:
    """Yield the codes of one chunk of a batch, always the same ones, without end.

    SHAKE-256 of a random seed is as good as random for whoever lacks the seed, and 256 is a
    multiple of 32, so `byte % 32` favours no symbol.
    """
    block = 0
    while True:
        label = seed + chunk.to_bytes(4, "big") + block.to_bytes(4, "big")
        text = _with_check_symbols(hashlib.shake_256(label).digest(1000 * RANDOM_SYMBOLS))
        for start in range(0, len(text), GENERATED_LENGTH):
            yield prefix + text[start : start + GENERATED_LENGTH]
        block += 1


def _with_check_symbols(drawn: bytes) -> str:
    """Return the codes that these random bytes make, one after the other.

    Works on a whole column of symbols at a time, which takes a third of the time that a
    `check_symbol` for each code takes.
    """
    count = len(drawn) // RANDOM_SYMBOLS
    codes = bytearray(count * GENERATED_LENGTH)
    totals = 0
    for place, added in enumerate(_ADDED_BY_BYTE):
        column = drawn[place::RANDOM_SYMBOLS]
        codes[place::GENERATED_LENGTH] = column.translate(_SYMBOL_OF_BYTE)
        totals ^= int.from_bytes(column.translate(added), "big")
    checks = totals.to_bytes(count, "big").translate(_SYMBOL_OF_BYTE)
    codes[RANDOM_SYMBOLS::GENERATED_LENGTH] = checks
    return codes.decode("ascii")
