"""Looking for one call in the API's access log: a job, because AWS lets few searches through.

The newest hour is looked at first, then six hours at a time; a piece of the job is some pages of
that. Where it stands is kept in the job, so that a piece that is done again loses nothing.
"""

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from adapters import access_log, pacing
from adapters.access_log import LoggedCall
from adapters.definitions import definition
from adapters.errors import NotThere
from backoffice import jobs
from backoffice.audit import Act
from backoffice.jobs import Stopped, Work
from backoffice.models import Job

KIND = "find-call"
# How far back, and how far at a time after the first hour; in hours.
HOUR, DAY, WEEK = 1, 24, 168
SPAN = 6
# A lease is 30 s, and a turn is waited for up to 3 s.
PAGES_AT_ONCE = 8
LONGEST_WAIT = timedelta(seconds=3)
# Of what AWS lets through; the rest is left to people who look into logs by hand.
SHARE = 0.5
# AWS takes a place within a search for 24 hours; a job that is resumed later begins the hours anew.
PLACE_IS_GOOD_FOR = timedelta(hours=20)


def look_for(request_id: str, *, hours: int, act: Act, ticket: str = "") -> Job:
    """Start the job. The same ticket a second time is the same job."""
    try:
        with transaction.atomic():
            return jobs.start_job(
                KIND,
                title=_("Find the call %(id)s in the log of the API") % {"id": request_id},
                total=hours,
                chunks=1,
                act=act,
                ticket=ticket,
                request_id=request_id,
                hours=hours,
            )
    except IntegrityError:
        # The button was pressed twice.
        return Job.objects.get(asked_by=act.actor, ticket=ticket)


def register() -> None:
    jobs.register(KIND, Work(chunk=do_pages, finish=_nothing_more))


def _nothing_more(job: Job) -> None:
    """What was found stands in the job itself."""


def call_of(job: Job) -> LoggedCall | None:
    """Return the call that the job found."""
    found = job.arguments.get("found")
    return LoggedCall(**{**found, "at": parse_datetime(found["at"])}) if found else None


def do_pages(job: Job, index: int) -> int:
    """Look at the next pages, and say how many hours are done with that."""
    place = {"looked": 0, **job.arguments}
    for page_number in range(PAGES_AT_ONCE):
        if page_number:
            job.renew()
        _go_on(place, _look(job, place))
        if _is_over(place):
            break
    _keep(job, place, chunks=index + (1 if _is_over(place) else 2))
    return int(place["looked"]) - job.done


def _is_over(place: dict[str, Any]) -> bool:
    return "found" in place or place["looked"] == place["hours"]


def _look(job: Job, place: dict[str, Any]) -> access_log.Page:
    _await_turn()
    since, until = _span(job, place)
    token = place.get("token", "") if _is_fresh(place) else ""
    try:
        return access_log.look_for_call(
            job.arguments["request_id"], since=since, until=until, token=token
        )
    except NotThere as error:
        raise Stopped(_("This stage has no access log of its API.")) from error


def _await_turn() -> None:
    """Raises TryLater where others have all turns of the next seconds."""
    now = timezone.now()
    turn = pacing.take_turn(
        1,
        per_second=SHARE * definition("access_log")["searches"]["per_second"],
        now=now,
        until=now + LONGEST_WAIT,
        line="access-log",
    )
    time.sleep(max(0.0, (turn - timezone.now()).total_seconds()))


def _span(job: Job, place: dict[str, Any]) -> tuple[datetime, datetime | None]:
    """Return from when to when is looked now; the newest hour has no end, because the line of a
    call is written after it."""
    since = job.created_at - timedelta(hours=_hours_after(place))
    until = job.created_at - timedelta(hours=place["looked"])
    return since, until if place["looked"] else None


def _hours_after(place: dict[str, Any]) -> int:
    """Return how many hours are looked at when the present ones are."""
    looked = place["looked"]
    return int(min(looked + (SPAN if looked else HOUR), place["hours"]))


def _is_fresh(place: dict[str, Any]) -> bool:
    at = parse_datetime(place.get("at", ""))
    return at is not None and timezone.now() - at < PLACE_IS_GOOD_FOR


def _go_on(place: dict[str, Any], page: access_log.Page) -> None:
    if page.call:
        place["found"] = asdict(page.call) | {"at": page.call.at.isoformat()}
    if page.call or not page.token:
        place["looked"] = _hours_after(place)
    place |= {"token": page.token, "at": timezone.now().isoformat()}


def _keep(job: Job, place: dict[str, Any], *, chunks: int) -> None:
    """Keep where to go on. Once it is found no more hours are to be looked at."""
    job.chunks, job.arguments = chunks, place
    if "found" in place:
        job.total = place["looked"]
    Job.objects.filter(pk=job.pk).update(chunks=chunks, arguments=place, total=job.total)
