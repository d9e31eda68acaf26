"""AWS's account feed: which AWS account a legacy customer identifier stands for.

When a legacy listing is moved to Concurrent Agreements its customers are known by account and
license from then on. Nobody asks a buyer for the account number: it could not be verified.
https://docs.aws.amazon.com/marketplace/latest/userguide/data-feed-account.html
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Act
from marketplace.models import Agreement
from marketplace.products import known_product

_ACCOUNT, _IDENTIFIER = "aws_account_id", "encrypted_account_id"


class FeedUnreadable(Exception):
    """The sentence says what the file lacks."""


@dataclass
class Moved:
    """What an import did, or would do."""

    learned: list[Agreement] = field(default_factory=list)
    known: list[Agreement] = field(default_factory=list)
    # Legacy customers of whom the feed says nothing, and those of whom it says something else.
    missing: list[Agreement] = field(default_factory=list)
    contradicted: list[Agreement] = field(default_factory=list)
    waiting_for_listing: set[str] = field(default_factory=set)


def read_accounts(lines: Iterable[str]) -> dict[str, str]:
    """Return the AWS account of each customer identifier. Raises FeedUnreadable.

    The feed repeats a customer with each change; the account number does not change.
    """
    rows = csv.DictReader(lines)
    names = {name.strip().casefold(): name for name in rows.fieldnames or ()}
    for name in (_ACCOUNT, _IDENTIFIER):
        if name not in names:
            raise FeedUnreadable(f"The file has no column {name}.")
    accounts: dict[str, str] = {}
    for row in rows:
        identifier, account = (row[names[name]] or "" for name in (_IDENTIFIER, _ACCOUNT))
        if identifier.strip() and account.strip():
            # Spreadsheets drop the zeros at the beginning of a number.
            accounts[identifier.strip()] = account.strip().zfill(12)
    return accounts


def import_accounts(accounts: dict[str, str], act: Act, *, only_look: bool = False) -> Moved:
    """Let each legacy customer know their account, and AWS be asked for their license.

    Safe to repeat. Nothing that is known is overwritten: a contradiction is for a person.
    """
    moved = Moved()
    for row in _legacy_customers():
        account = accounts.get(row.customer_identifier)
        product = known_product(row)
        if product and product.is_legacy:
            moved.waiting_for_listing.add(product.code)
        if account is None:
            (moved.known if row.account_id else moved.missing).append(row)
        elif row.account_id == account:
            moved.known.append(row)
        elif row.account_id:
            moved.contradicted.append(row)
        else:
            moved.learned.append(row)
            if not only_look:
                _learn(row, account, act)
    return moved


def _legacy_customers() -> Iterator[Agreement]:
    return Agreement.objects.exclude(customer_identifier="").order_by("pk").iterator()


@transaction.atomic
def _learn(row: Agreement, account: str, act: Act) -> None:
    Agreement.objects.filter(pk=row.pk, account_id="").update(
        account_id=account, look_due_at=timezone.now()
    )
    audit.record(act, "learn account of legacy customer", row, after={"account": account})
