"""What counts as the same word, to whoever writes it and to whoever hears it on the telephone."""

import re
import unicodedata

LONGEST = 100
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a name, each once: without capitals, accents and what joins them."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(symbol for symbol in parts if not unicodedata.combining(symbol))
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(plain)))
