"""What somebody typed, read as each of the things that it could be."""

import hashlib
import re
import uuid
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from adapters.key_values import PATTERN
from campaigns import rules
from campaigns.errors import CodeMisspelled
from tenants.finding.words import words_of

_DOMAIN = re.compile(r"@?([\w-]+(?:\.[\w-]+)+)")
_SHORT = re.compile(r"[0-9A-Za-z]{4}")
_MASKED = re.compile(r"([0-9A-Za-z]{4})?(?:…|\.\.\.)([0-9A-Za-z]{4})")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Term:
    """Each reading is empty or None where the text cannot be that."""

    typed: str

    @cached_property
    def text(self) -> str:
        return self.typed.strip()

    @cached_property
    def folded(self) -> str:
        return self.text.casefold()

    @cached_property
    def words(self) -> list[str]:
        """Of a company's name, the one that tells most first; a single letter tells nothing."""
        if "@" in self.text or self.key_hash:
            return []
        words = sorted(words_of(self.text), key=len, reverse=True)
        return words if words and len(words[0]) > 1 else []

    @cached_property
    def address(self) -> str:
        """The beginning of an e-mail address."""
        is_one = len(self.folded) > 1 and " " not in self.folded and not self.is_key_value
        return self.folded if is_one and not self.folded.startswith("@") else ""

    @cached_property
    def domain(self) -> str:
        match = _DOMAIN.fullmatch(self.folded)
        return match.group(1) if match else ""

    @cached_property
    def is_key_value(self) -> bool:
        return PATTERN.fullmatch(self.text) is not None

    @cached_property
    def key_hash(self) -> str:
        """By which a key is recognised: its value stays in the request that brought it."""
        if self.is_key_value:
            return hashlib.sha256(self.text.encode()).hexdigest()
        return self.folded if _SHA256.fullmatch(self.folded) else ""

    @cached_property
    def key_ends(self) -> list[str]:
        """The last four of a key in every way to write them: on a telephone capitals get lost."""
        masked = _MASKED.fullmatch(self.text)
        four = masked.group(2) if masked else self.text if _SHORT.fullmatch(self.text) else ""
        ways = [sorted({symbol.lower(), symbol.upper()}) for symbol in four]
        return ["".join(way) for way in product(*ways)] if four else []

    @cached_property
    def id(self) -> uuid.UUID | None:
        try:
            return uuid.UUID(self.text)
        except ValueError:
            return None

    @cached_property
    def number(self) -> int | None:
        """The number of a support request, with or without its sign."""
        digits = self.text.removeprefix("#")
        is_one = digits.isascii() and digits.isdecimal() and len(digits) < 10
        return int(digits) if is_one else None

    @cached_property
    def code(self) -> str:
        """The one spelling of a promo code."""
        try:
            return "" if self.is_key_value or "@" in self.text else rules.normalise(self.text)
        except CodeMisspelled:
            return ""

    @cached_property
    def quoted(self) -> str:
        """An id of somebody else's making, exactly as it was quoted."""
        return "" if self.is_key_value else self.text
