"""Finding agreements that nobody told us of: no notice came, and no buyer with a token.

AWS is asked for what changed since the last search. A search begins the row of an agreement and
says that it is to be looked at; what is so, the look says (looking.py).
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from adapters import agreements
from adapters.agreements import Found
from adapters.errors import OutsideError, TryLater
from marketplace.agreements import find, find_or_begin
from marketplace.models import Agreement, AgreementSearch
from marketplace.products import Product, all_products

# 1,000 agreements; what is left waits for the next sweep.
MOST_PAGES = 20
AGAIN, SOON = timedelta(hours=6), timedelta(minutes=1)
# A list may show a change later than it happened: what changed so long before is read again.
OVERLAP = timedelta(days=1)
# AWS gives the time of a change in seconds; several agreements may share one.
_SECOND = timedelta(seconds=1)


def search_due() -> int:
    """List the agreements of products whose time has come; return how many lines were read."""
    return sum(_search_if_due(product) for product in all_products())


def _search_if_due(product: Product) -> int:
    row, _ = AgreementSearch.objects.get_or_create(product_code=product.code)
    now = timezone.now()
    # Whoever moves the date has the search; one that fails is due again by it.
    mine = AgreementSearch.objects.filter(pk=row.pk, due_at=row.due_at)
    if row.due_at > now or not mine.update(due_at=now + SOON):
        return 0
    mine = AgreementSearch.objects.filter(pk=row.pk, due_at=now + SOON)
    try:
        return _search(product, row, mine, now)
    except OutsideError as error:
        pause = SOON if isinstance(error, TryLater) else AGAIN
        mine.update(trouble=str(error)[:500], due_at=now + pause)
        return 0


def _search(product: Product, row: AgreementSearch, mine: Any, now: datetime) -> int:
    answers = agreements.search(
        product.id, since=row.search_from, role_arn=settings.MARKETPLACE_ROLE_ARN
    )
    pages = list(islice(answers, MOST_PAGES))
    lines = [line for page in pages for line in page]
    found = sum(_learn(line, product) for line in lines)
    is_over = len(pages) < MOST_PAGES
    newest = max((line.updated_at for line in lines), default=None)
    noted: dict[str, Any] = {"trouble": "", "found": F("found") + found, "searched_at": now}
    if newest:
        noted["search_from"] = newest - (OVERLAP if is_over else _SECOND)
    mine.update(**noted, due_at=now + AGAIN if is_over else now)
    return len(lines)


def _learn(line: Found, product: Product) -> bool:
    """Return whether it was new to us. What had ended before we heard of it stays unknown."""
    if product.is_legacy:
        _compare(line, _of_legacy(line, product))
        return False
    known = find(line.names)
    if known or line.is_active:
        _compare(line, find_or_begin(line.names))
    return known is None and line.is_active


def _of_legacy(line: Found, product: Product) -> Agreement | None:
    """A buyer who never registered has another name in the notices, so none is begun here."""
    rows = Agreement.objects.filter(agreement_id="", account_id=line.names.account_id)
    return rows.filter(product_code=product.code).first()


def _compare(line: Found, row: Agreement | None) -> None:
    if row and line.is_active != (row.state == Agreement.State.ACTIVE):
        Agreement.objects.filter(pk=row.pk).update(look_due_at=timezone.now())
