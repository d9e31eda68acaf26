"""Reading a file of existing codes, line by line: what each line says, or why it is refused.

No database and no network: what exists already is found out afterwards.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import rules
from campaigns.errors import CodeMisspelled
from campaigns.models import MOST_USES

MOST_LINES = 100_000
MOST_BYTES = 5_000_000
COLUMNS = ("code", "max_uses", "expires_at")
_DELIMITERS = ",;\t"


class FileRefused(Exception):
    """Nothing of the file can be read; the text says why, to staff."""


class LineRefused(Exception):
    """The line holds no code that can be imported; the text says why, to staff."""


@dataclass(frozen=True)
class Line:
    """One line of the file. `trouble` is empty for a good one, otherwise nothing else counts.

    `given` is the cell of the code as it is in the file, `shown` the code as people read it.
    """

    number: int
    given: str
    trouble: str = ""
    code: str = ""
    shown: str = ""
    max_uses: int = 1
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Layout:
    """How the file is written: with a heading, or one code a line."""

    delimiter: str
    columns: tuple[str, ...]
    has_heading: bool

    @property
    def place_of_code(self) -> int:
        return self.columns.index("code")


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a mark at its beginning."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from error


def layout_of(text: str) -> Layout:
    """Return how the file is written. Raises FileRefused for a heading with other columns."""
    first = next((line for _number, line in _numbered(text)), "")
    delimiter = next((mark for mark in first if mark in _DELIMITERS), ",")
    names = tuple(cell.strip().lower() for cell in _cells(first, delimiter))
    if "code" not in names:
        return Layout(delimiter, ("code",), has_heading=False)
    unknown = set(names) - set(COLUMNS)
    if unknown or len(set(names)) < len(names):
        wrong = ", ".join(sorted(unknown)) or _("one of them twice")
        sentence = _("The heading may name code, max_uses and expires_at, each once; found: %s.")
        raise FileRefused(sentence % wrong)
    return Layout(delimiter, names, has_heading=True)


def count_lines(text: str) -> int:
    """Return how many lines of codes there are. Raises FileRefused for none or too many."""
    layout = layout_of(text)
    count = sum(1 for _line in _numbered(text)) - layout.has_heading
    if not count:
        raise FileRefused(_("There is no code in this file."))
    if count > MOST_LINES:
        sentence = _("The file has %(count)s lines, and %(most)s at most are imported at once.")
        raise FileRefused(sentence % {"count": f"{count:,}", "most": f"{MOST_LINES:,}"})
    return count


def read_lines(
    text: str, *, max_uses: int, now: datetime, prefixes: frozenset[str]
) -> Iterator[Line]:
    """Yield every line that is not blank, in order. `prefixes`: those of generated codes."""
    layout = layout_of(text)
    first_seen: dict[str, int] = {}
    numbered = _numbered(text)
    if layout.has_heading:
        next(numbered)
    for number, raw in numbered:
        cells = _cells(raw, layout.delimiter)
        given = cells[layout.place_of_code] if len(cells) == len(layout.columns) else raw
        try:
            line = _line(number, _row(cells, layout.columns), max_uses, now)
            _refuse_imitation(line.code, prefixes)
            _refuse_repeat(line, first_seen)
        except LineRefused as error:
            # PostgreSQL's JSON takes no NUL.
            yield Line(number, given.replace("\0", "\ufffd"), str(error))
        else:
            yield line


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers, whatever ends them."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line.rstrip("\n")


def _cells(line: str, delimiter: str) -> list[str]:
    """One line at a time: a quote that is never closed spoils its own line and no other."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _row(cells: Sequence[str], columns: tuple[str, ...]) -> dict[str, str]:
    if len(cells) == len(columns):
        return dict(zip(columns, cells, strict=True))
    sentence = ngettext(
        "The line has %(found)d column instead of %(wanted)d.",
        "The line has %(found)d columns instead of %(wanted)d.",
        len(cells),
    )
    raise LineRefused(sentence % {"found": len(cells), "wanted": len(columns)})


def _line(number: int, row: dict[str, str], max_uses: int, now: datetime) -> Line:
    given = row["code"]
    try:
        code = rules.normalise(given)
    except CodeMisspelled as error:
        raise LineRefused(_("No code: 4 to 40 letters and digits are needed.")) from error
    return Line(
        number=number,
        given=given,
        code=code,
        # Marks at its ends do not count, and a list may be opened in a spreadsheet.
        shown=" ".join(given.split()).strip(" -_"),
        max_uses=_uses(row.get("max_uses", ""), max_uses),
        expires_at=_end(row.get("expires_at", ""), now),
    )


def _uses(text: str, default: int) -> int:
    text = text.strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_USES):
        raise LineRefused(_("max_uses is no whole number from 1 to %s.") % f"{MOST_USES:,}")
    return int(text)


def _end(text: str, now: datetime) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = _moment(text.strip())
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise LineRefused(_("expires_at is no date: write 2026-12-31 or 2026-12-31 18:00."))
    if at <= now:
        raise LineRefused(_("It has expired already."))
    return at


def _moment(text: str) -> datetime | None:
    """A day alone means its end, and no zone means the portal's."""
    at = parse_datetime(text) if ":" in text else None
    if day := parse_date(text):
        at = datetime.combine(day + timedelta(days=1), time())
    if at is None:
        return None
    return (make_aware(at) if is_naive(at) else at).astimezone(UTC)


def _refuse_repeat(line: Line, first_seen: dict[str, int]) -> None:
    first = first_seen.setdefault(line.code, line.number)
    if first != line.number:
        raise LineRefused(_("The same code as in line %d.") % first)


def _refuse_imitation(code: str, prefixes: frozenset[str]) -> None:
    if trouble := imitation(code, prefixes):
        raise LineRefused(trouble)


def imitation(code: str, prefixes: frozenset[str]) -> str:
    """Say what is wrong with a code that looks like a generated one; empty if it does not."""
    looks_like = [
        prefix
        for prefix in prefixes
        if code.startswith(prefix) and len(code) == len(prefix) + rules.GENERATED_LENGTH
    ]
    if not looks_like:
        return ""
    if rules.is_spelled_well(code, frozenset(looks_like)):
        return _("It looks like a generated code of ours, and one could be generated like it.")
    return _("It looks like a generated code of ours with a typing error: it would be refused.")
