"""What an API key looks like: gk, the letter of its stage, 40 random symbols and a checksum of six.

The checksum makes no key harder to guess. It lets whoever finds such a text, in a repository or in
a log, tell a key from noise without asking anybody. API Gateway takes 20 to 128 letters and digits.
"""

import re
import secrets
import string
import zlib

SYMBOLS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX = "gk"
RANDOM_SYMBOLS = 40  # 238 random bits
CHECK_SYMBOLS = 6  # 62 ** 6 is more than a CRC-32 can be
# docs/keys.md gives this expression to those who look for published keys.
PATTERN = re.compile(r"\bgk[a-z][0-9A-Za-z]{46}\b")


def draw_value(stage: str) -> str:
    """Return a new key for this stage, from the system's source of randomness."""
    drawn = "".join(secrets.choice(SYMBOLS) for _ in range(RANDOM_SYMBOLS))
    body = f"{PREFIX}{_letter(stage)}{drawn}"
    return body + _checksum(body)


def is_key_value(text: str) -> bool:
    """Say whether this was one of our keys at some time. It asks nobody whether it still lives."""
    body, check = text[:-CHECK_SYMBOLS], text[-CHECK_SYMBOLS:]
    return bool(PATTERN.fullmatch(text)) and _checksum(body) == check


def _letter(stage: str) -> str:
    """Stages that begin with the same letter share it: it is for people to read."""
    first = stage[:1].lower()
    return first if first in string.ascii_lowercase and first else "x"


def _checksum(body: str) -> str:
    number, symbols = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_SYMBOLS):
        number, place = divmod(number, len(SYMBOLS))
        symbols = SYMBOLS[place] + symbols
    return symbols
