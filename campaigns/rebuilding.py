"""Rebuilding the copy of redemptions from DynamoDB, as a job. It adds and corrects rows, and
deletes none; run twice it changes nothing the second time.

First come the uses that were given back, then those that count: whoever redeemed again after giving
back has the newer use.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from adapters import use_reading
from adapters.use_reading import CODE_PARTS, TABLE_PARTS, KnownUse
from backoffice import jobs
from backoffice.audit import Act
from backoffice.jobs import Work
from backoffice.models import Job
from campaigns.models import Batch, Campaign, Redemption

KIND = "rebuild-redemptions"
# So many rows are written within a lease, on a slow database too.
STRIDE = 500
_FACTS = ["campaign", "batch", "code", "redeemed_at", "released_at"]

# What rooms above know of redemptions, by the names that redeemed: they fill it in.
_fillers: list[Callable[[list[str]], None]] = []


def offer(fill: Callable[[list[str]], None]) -> None:
    """Offer to fill in what DynamoDB does not know of redemptions."""
    _fillers.append(fill)


def copy_uses(uses: list[KnownUse]) -> None:
    """Copy some uses, each the last one of its customer. Safe to repeat."""
    _copy(_only_newer([use for use in uses if use.released_at]))
    _copy([use for use in uses if not use.released_at])


def rebuild_redemptions(act: Act) -> Job:
    """Start the job. Redemptions may go on meanwhile."""
    campaigns = list(Campaign.objects.order_by("pk").values_list("pk", flat=True))
    pieces = 2 * TABLE_PARTS + CODE_PARTS * len(campaigns)
    return jobs.start_job(
        KIND,
        title=_("Rebuild the list of redemptions"),
        total=pieces,
        chunks=pieces,
        act=act,
        campaigns=campaigns,
    )


def register() -> None:
    jobs.register(KIND, Work(chunk=_rebuild, finish=lambda job: None))


def _rebuild(job: Job, index: int) -> int:
    """Do one part. Returns 1: the job counts its parts."""
    if index < TABLE_PARTS:
        uses = (use for use in use_reading.uses_with_rows(index) if use.released_at)
        _copy_each(job, uses, _only_newer)
        return 1
    if index < 2 * TABLE_PARTS:
        rows = use_reading.uses_with_rows(index - TABLE_PARTS)
        _copy_each(job, (use for use in rows if not use.released_at), list)
        return 1
    place, part = divmod(index - 2 * TABLE_PARTS, CODE_PARTS)
    campaign = Campaign.objects.get(pk=job.arguments["campaigns"][place])
    _copy_each(job, use_reading.uses_of_codes(campaign.public_id, part), list)
    return 1


def _copy_each(
    job: Job, uses: Iterator[KnownUse], wanted: Callable[[list[KnownUse]], list[KnownUse]]
) -> None:
    for some in _strides(uses):
        job.renew()
        _copy(wanted(some))


def _copy(uses: list[KnownUse]) -> None:
    """Write the rows; tier and the facts of rooms above are for rows that are new."""
    newest = {use.taken_by: use for use in sorted(uses, key=lambda use: use.taken_at)}
    batches = Batch.objects.select_related("campaign")
    known = {
        batch.public_id: batch
        for batch in batches.filter(public_id__in={use.batch for use in uses})
    }
    rows = [
        Redemption(
            campaign=known[use.batch].campaign,
            batch=known[use.batch],
            code=use.code,
            redeemed_by=use.taken_by,
            redeemed_at=use.taken_at,
            released_at=use.released_at,
            tier=known[use.batch].campaign.tier,
        )
        for use in newest.values()
        if use.batch in known
    ]
    Redemption.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["redeemed_by"], update_fields=_FACTS
    )
    for fill in _fillers:
        fill(list(newest))


def _only_newer(uses: list[KnownUse]) -> list[KnownUse]:
    """Leave out what was given back before a use that the copy has: that one is newer."""
    rows = Redemption.objects.filter(redeemed_by__in={use.taken_by for use in uses})
    known = dict(rows.values_list("redeemed_by", "redeemed_at"))
    return [use for use in uses if known.get(use.taken_by, use.taken_at) <= use.taken_at]


def _strides(uses: Iterator[KnownUse]) -> Iterator[list[KnownUse]]:
    while some := list(islice(uses, STRIDE)):
        yield some
