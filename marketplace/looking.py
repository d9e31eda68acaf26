"""Asking AWS about agreements ourselves: at once after a notice, and every few hours."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adapters import agreements
from adapters.errors import OutsideError, Refused, TryLater
from adapters.marketplace_notices import Kind, Told, digest_of
from marketplace.agreements import find_or_begin
from marketplace.models import Agreement, Notice
from marketplace.products import known_product
from marketplace.settling import look_as_text, settle, told_by
from marketplace.succession import lock_family

MOST_AT_ONCE = 20
AGAIN, SOON = timedelta(hours=6), timedelta(minutes=1)
# What AWS tells may be ahead of what its APIs answer: after news there is a second look.
AFTER_NEWS = timedelta(minutes=5)


def look_at_due() -> int:
    """Look at agreements whose time has come, a few in each sweep."""
    due = list(Agreement.objects.filter(look_due_at__lte=timezone.now())[:MOST_AT_ONCE])
    for row in due:
        # Whoever moves the date has the row; a look that fails is due again by it.
        mine = Agreement.objects.filter(pk=row.pk, look_due_at=row.look_due_at)
        until = timezone.now() + SOON
        if mine.update(look_due_at=until):
            _look(row, Agreement.objects.filter(pk=row.pk, look_due_at=until))
    return len(due)


def _look(row: Agreement, mine: Any) -> None:
    now = timezone.now()
    try:
        row = _learn_license(row)
        told = _ask(row)
    except OutsideError as error:
        Agreement.objects.filter(pk=row.pk).update(trouble=str(error)[:500])
        if not isinstance(error, TryLater):
            # It will not be better in a minute: staff read why on the row.
            mine.update(look_due_at=now + AGAIN)
        return
    with transaction.atomic():
        if row not in lock_family(row):
            # While AWS answered, a notice told that it is the same agreement as another row.
            return
        newest = _newest(row)
        if told:
            _keep(row, told, newest)
        mine.update(look_due_at=_next_look(row, newest, now))
        Agreement.objects.filter(pk=row.pk).update(looked_at=now, trouble="")


def _newest(row: Agreement) -> Notice | None:
    """Return what we heard last of this agreement, looks of ours included."""
    return row.notices.filter(state=Notice.State.APPLIED).order_by("-received_at", "-pk").first()


def _next_look(row: Agreement, newest: Notice | None, now: datetime) -> datetime | None:
    if newest and newest.channel != Notice.Channel.LOOK and now - newest.received_at < AFTER_NEWS:
        return now + AFTER_NEWS
    return None if row.state == Agreement.State.ENDED else now + AGAIN


def _learn_license(row: Agreement) -> Agreement:
    """Events print a license as AWS does not take it back, and a renewal brings nobody here with a
    token: without this its use could not be billed."""
    product = known_product(row)
    if row.license_arn or product is None or product.is_legacy or not row.account_id:
        return row
    found = agreements.names_of(
        product.id, row.account_id, row.agreement_id, role_arn=settings.MARKETPLACE_ROLE_ARN
    )
    if not found:
        return row
    if len(found) > 1:
        raise Refused("several agreements are active: nobody can tell which one it has become")
    moved = {"customer_identifier": row.customer_identifier, "product_code": row.product_code}
    return find_or_begin(replace(found[0], **moved))


def _filters(row: Agreement) -> dict[str, str]:
    """By what to ask for its entitlements: the name that says most, of those that are known."""
    names = {
        "LICENSE_ARN": row.license_arn,
        "CUSTOMER_IDENTIFIER": row.customer_identifier,
        "CUSTOMER_AWS_ACCOUNT_ID": row.account_id,
    }
    return dict(list({name: value for name, value in names.items() if value}.items())[:1])


def _ask(row: Agreement) -> Told | None:
    role_arn = settings.MARKETPLACE_ROLE_ARN
    facts: dict[str, Any] = {}
    product = known_product(row)
    if row.agreement_id:
        facts = agreements.describe(row.agreement_id, role_arn=role_arn)
    elif row.account_id and product:
        facts = agreements.of_account(product.id, row.account_id, role_arn=role_arn)
    filters = _filters(row)
    if product and product.has_entitlements and row.state != "ended" and filters:
        facts["entitlements"] = agreements.entitlements(
            row.product_code, filters, license_id=row.license_id, role_arn=role_arn
        )
    return Told(Kind.LOOKED, timezone.now(), **facts) if facts else None


def _keep(row: Agreement, told: Told, newest: Notice | None) -> None:
    """Keep what was seen as a notice of our own, and let it count like the others.

    A look that sees what the last one saw, with nothing heard in between, is no news: only the age
    of the entitlements changes.
    """
    if newest and newest.channel == Notice.Channel.LOOK and _is_same(told, told_by(newest)):
        settle(row)
        if told.entitlements is not None:
            Agreement.objects.filter(pk=row.pk).update(entitled_at=told.occurred_at)
        return
    body = look_as_text(told)
    Notice.objects.get_or_create(
        channel=Notice.Channel.LOOK,
        message_id=digest_of(f"{row.pk} {body}"),
        defaults={
            **{"body": body, "state": Notice.State.APPLIED, "kind": told.kind},
            **{"occurred_at": told.occurred_at, "agreement": row},
        },
    )
    settle(row)


def _is_same(told: Told, before: Told) -> bool:
    return replace(told, occurred_at=None) == replace(before, occurred_at=None)
