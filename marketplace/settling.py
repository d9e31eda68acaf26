"""Bringing an agreement's row to what all its notices say, and its grants after it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from adapters.marketplace_notices import Entitled, Kind, Names, Told, read_notice
from marketplace import granting, mails
from marketplace.folding import Picture, fold, is_of_legacy
from marketplace.metering import meters
from marketplace.models import Agreement, Entitlement, Notice
from marketplace.products import ProductUnknown, product_of
from marketplace.succession import lock_family

_NOTHING = {"", "0", "0.0", "false"}


@transaction.atomic
def settle(agreement: Agreement) -> Agreement:
    """Compute the agreement anew from everything that is kept of it. Safe to repeat and to race:
    whoever comes second waits, and sees what the first one kept."""
    row = next(one for one in lock_family(agreement) if one.pk == agreement.pk)
    told = [told_by(notice) for notice in row.notices.filter(state=Notice.State.APPLIED)]
    before = (row.state, row.ended_at)
    _write(row, fold(told, is_legacy=_is_legacy(row, told)))
    granting.follow(row)
    if (row.state, row.ended_at) != before:
        meters.wake(row)
    row.refresh_from_db()
    mails.promise_what_is_due(row, timezone.now())
    return row


def told_by(notice: Notice) -> Told:
    """Return what a kept notice says; of one that names no time, the time it came."""
    told = _look_in(notice.body) if notice.channel == "look" else read_notice(notice.body).told
    return told if told.occurred_at else replace(told, occurred_at=notice.received_at)


def look_as_text(told: Told) -> str:
    """Return a look of ours as it is kept; `_look_in` reads it back."""
    return json.dumps(asdict(told), default=datetime.isoformat, sort_keys=True)


def _look_in(body: str) -> Told:
    kept = json.loads(body)
    for name in ("occurred_at", "accepted_at", "starts_at", "ends_at", "trial_ends_at"):
        kept[name] = _moment(kept[name])
    kept["names"] = Names(**kept["names"])
    if kept["entitlements"] is not None:
        kept["entitlements"] = tuple(
            Entitled(each["dimension"], each["value"], _moment(each["expires_at"]))
            for each in kept["entitlements"]
        )
    return Told(**{**kept, "kind": Kind.LOOKED})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _is_legacy(row: Agreement, told: list[Told]) -> bool:
    """Who began as a customer of a legacy listing may go and come back for good."""
    if row.customer_identifier:
        return True
    try:
        return product_of(row.product_code).is_legacy
    except ProductUnknown:
        return not row.agreement_id and is_of_legacy(told)


def _write(row: Agreement, picture: Picture) -> None:
    columns: dict[str, Any] = {
        name: value
        for name, value in vars(picture).items()
        if name not in ("entitlements", "entitled_at")
    }
    if picture.entitlements is not None:
        columns["entitled_at"] = max(
            moment for moment in (picture.entitled_at, row.entitled_at) if moment
        )
        _write_entitlements(row, picture.entitlements)
        # What ended is entitled to nothing; its tier says what it was.
        if picture.entitlements or picture.state != "ended":
            columns["tier"] = _tier(row, picture.entitlements)
    for name, value in columns.items():
        setattr(row, name, value)
    Agreement.objects.filter(pk=row.pk).update(**columns, updated_at=timezone.now())


def _tier(row: Agreement, entitlements: Iterable[Entitled]) -> str:
    try:
        product = product_of(row.product_code)
    except ProductUnknown:
        return ""
    return product.tier_for(each.dimension for each in entitlements if each.value not in _NOTHING)


def _write_entitlements(row: Agreement, entitlements: tuple[Entitled, ...]) -> None:
    kept = {(one.dimension, one.value, one.expires_at) for one in row.entitlements.all()}
    if kept == {(one.dimension, one.value, one.expires_at) for one in entitlements}:
        return
    row.entitlements.all().delete()
    by_dimension = {one.dimension: one for one in entitlements}
    Entitlement.objects.bulk_create(
        Entitlement(agreement=row, **asdict(one)) for one in by_dimension.values()
    )
