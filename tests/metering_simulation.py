"""Sixty days of buyers, use and bad weather, of which the truth is known to the unit.

Time is moved, not waited for. The ledger, the lease, the inbox and the calls to AWS Marketplace are
the real ones, against the local cloud; only the API's counters are kept here, because to count each
call in DynamoDB would take hours.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from localcloud.marketplace.faults import Fault
from marketplace import granting, inbox, looking
from marketplace.metering import alarms, closing, running
from marketplace.metering.deadlines import final_call, hour_of
from marketplace.metering.rows import MeteredHour
from marketplace.models import Agreement
from tenants.access import access_of
from tenants.models import Grant, Tenant
from tests import buyers
from tests.crashes import quiet_retries
from tests.metering_book import Book

BEGINS = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SKEW = 5 * MINUTE
# After a pass that fails a row waits for five minutes at most.
SECOND_TRY = 6 * MINUTE
PRODUCTS = (buyers.SUBSCRIPTION, buyers.CONSUMPTION, buyers.LEGACY)
# What AWS does to a call, and how often an hour begins with it.
WEATHER = {"": 70, "throttle": 6, "unavailable": 6, "lost": 6, "unprocessed": 8, "refused": 4}


class Killed(BaseException):
    """What kill -9 is to a process: nothing after it runs, and what was not committed is gone."""


@dataclass
class Buyer:
    """One account: what it has bought now, and when it does something about it."""

    tenant: Tenant
    bought: Any
    acts_at: datetime
    key: str = ""


@dataclass
class Outcome:
    """What came of it, in units. `excused` is lost because the weather left no way."""

    seed: int
    used: int = 0
    promo: int = 0
    accepted: int = 0
    included: int = 0
    lost: int = 0
    excused: int = 0
    calls: int = 0
    kills: int = 0
    agreements: int = 0
    rows: int = 0
    doubled: int = 0
    unalarmed: int = 0
    unexcused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.agreements} agreements, {self.rows} rows, {self.calls} "
            f"calls, {self.kills} kills: used {self.used} = accepted {self.accepted} + in "
            f"contracts {self.included} + lost {self.lost} (excused {self.excused}); "
            f"doubled {self.doubled}"
        )


class Simulation:
    def __init__(self, cloud: Any, seed: int, *, days: int = 60, wanted: int = 50) -> None:
        self.world = cloud.marketplace
        self.chance = random.Random(seed)  # noqa: S311
        self.now = BEGINS
        self.skew = timedelta()
        self.ends_at = BEGINS + days * DAY
        self.book = Book()
        self.buyers: list[Buyer] = []
        self.wanted = wanted
        self.told = 0
        self.held: list[tuple[datetime, str]] = []
        self.weather, self.weather_until = "", BEGINS
        self.worker_away_until = BEGINS
        self.hurried_until = BEGINS
        self.clean_passes: list[datetime] = []
        # What our clock said at each pass, and what was true; when we heard of which end.
        self.true_times: dict[datetime, datetime] = {}
        self.ends_heard: dict[tuple[int, datetime], datetime] = {}
        self.outcome = Outcome(seed)

    def run(self) -> Outcome:
        with self._moved_time():
            while self.now < self.ends_at:
                self._tick(self._step())
            self._come_to_rest()
            self._judge()
        return self.outcome

    # What happens

    def _step(self) -> timedelta:
        """After an end AWS waits for an hour only: then every few minutes count."""
        longest = 8 if self._is_hurried() else 40
        return timedelta(minutes=self.chance.uniform(5 if longest > 8 else 3, longest))

    def _is_hurried(self) -> bool:
        return self.now < self.hurried_until

    def _tick(self, step: timedelta) -> None:
        before, self.now = self.now, self.now + step
        self._change_weather()
        self._live(before)
        self.book.let_come(self.now)
        self.skew = SKEW * self.chance.uniform(-1, 1)
        if self.now >= self.worker_away_until:
            self._deliver_notices()
            if self.chance.random() < (0.9 if self._is_hurried() else 0.25):
                self._pass()

    def _change_weather(self) -> None:
        if self.now < self.weather_until:
            return
        self.weather = self.chance.choices(list(WEATHER), list(WEATHER.values()))[0]
        self.weather_until = self.now + HOUR * self.chance.expovariate(1 / 2)
        if self.weather and self.chance.random() < 0.02:
            self.weather_until += 26 * HOUR
        if self.chance.random() < 0.05:
            self.worker_away_until = self.now + HOUR * self.chance.uniform(0.2, 8)

    def _live(self, before: datetime) -> None:
        if len(self.buyers) < self.wanted and self.chance.random() < 0.2:
            self._buy()
        for buyer in self.buyers:
            if buyer.bought.is_active:
                self._use(buyer, before)
            if buyer.bought.is_active and self.now >= buyer.acts_at:
                self._act(buyer)

    def _buy(self) -> None:
        number = len(self.buyers)
        tenant = Tenant.objects.create(company=f"Customer {number}")
        product = PRODUCTS[number % len(PRODUCTS)]
        self.buyers.append(Buyer(tenant, self._purchase(product), self._later()))

    def _purchase(self, product: str, **terms: Any) -> Any:
        if product == buyers.CONSUMPTION:
            terms["dimensions"] = {"starter": 1}
        return self.world.buy(product, **terms)

    def _later(self) -> datetime:
        return self.now + DAY * self.chance.uniform(2, 40)

    def _act(self, buyer: Buyer) -> None:
        """Renew a contract, or leave; of those who leave some come back at once."""
        self.hurried_until = self.now + HOUR
        old = buyer.bought
        if old.product.is_contract and self.chance.random() < 0.6:
            buyer.bought = self.world.renew(old.id)
        else:
            self.world.cancel(old.id)
            if self.chance.random() < 0.3:
                self._count(buyer, self.now + timedelta(seconds=20), late=True)
            if self.chance.random() < 0.5:
                buyer.bought = self._purchase(old.product.code, account_id=old.account_id)
        buyer.acts_at = self._later()

    def _use(self, buyer: Buyer, before: datetime) -> None:
        if self.chance.random() > 0.12:
            return
        at = before + (self.now - before) * self.chance.random()
        self._count(buyer, at)

    def _count(self, buyer: Buyer, at: datetime, *, late: bool = False) -> None:
        """The function's clock is wrong, too. Who pays is what the access item says."""
        access = access_of(buyer.tenant, buyer.tenant.grants.all(), at)
        if not access.allowed:
            return
        units = self.chance.randint(1, 400)
        self.outcome.promo += units if access.billing_source.startswith("grant:") else 0
        skewed = at + SKEW * self.chance.uniform(-1, 1)
        seen_at = at + timedelta(seconds=self.chance.uniform(0, 30 if late else 240))
        self.book.count(buyer.tenant.pk, skewed, access.billing_source, units, seen_at)

    # What we do

    def _deliver_notices(self) -> None:
        """Each notice minutes late, some twice, in any order."""
        for notice in self.world.notices.notices[self.told :]:
            for _ in range(self.chance.choice((1, 1, 2))):
                self.held.append((self.now + MINUTE * self.chance.uniform(0, 15), notice.body))
        self.told = len(self.world.notices.notices)
        due = [body for at, body in self.held if at <= self.now]
        self.held = [one for one in self.held if one[0] > self.now]
        self.chance.shuffle(due)
        for body in due:
            inbox.apply(inbox.save(body))
        if due:
            self._note_ends()
            self._attach()

    def _note_ends(self) -> None:
        for row in Agreement.objects.filter(state=Agreement.State.ENDED, ended_at__isnull=False):
            if row.ended_at:
                self.ends_heard.setdefault((row.pk, hour_of(row.ended_at)), self.now)

    def _attach(self) -> None:
        """Buyers register as soon as we know what they bought; contracts are looked at once."""
        bought = {_names_of(buyer.bought): buyer.tenant for buyer in self.buyers}
        for row in Agreement.objects.filter(tenant=None, state=Agreement.State.ACTIVE):
            tenant = bought.get(row.agreement_id or row.customer_identifier)
            if tenant:
                Agreement.objects.filter(pk=row.pk).update(tenant=tenant)
        unknown = Q(license_arn="") | Q(product_code=buyers.CONSUMPTION, tier="")
        wanted = Agreement.objects.filter(unknown).exclude(product_code=buyers.LEGACY)
        Agreement.objects.exclude(pk__in=wanted.values("pk")).update(look_due_at=None)
        looking.look_at_due()
        Agreement.objects.update(look_due_at=None)
        granted = set(Grant.objects.exclude(agreement="").values_list("agreement", flat=True))
        for row in Agreement.objects.filter(tenant__isnull=False, state=Agreement.State.ACTIVE):
            if row.source_name not in granted:
                granting.follow(row)

    def _pass(self, *, clean: bool = False) -> None:
        kill_at = None if clean or self.chance.random() > 0.1 else self.chance.randint(1, 120)
        fault = None if clean else self._fault()
        self.true_times[self._our_time()] = self.now
        try:
            with ExitStack() as stack:
                if kill_at:
                    stack.enter_context(_killed_after(kill_at))
                if fault:
                    stack.enter_context(self.world.faults.with_fault(fault))
                while running.meter():
                    pass
        except Killed:
            self.outcome.kills += 1
        else:
            if fault is None:
                self.clean_passes.append(self.now)
        alarms.raise_due()

    def _fault(self) -> Fault | None:
        if not self.weather:
            return None
        if self.weather == "refused":
            return Fault("error", "BatchMeterUsage", times=None, code="AccessDeniedException")
        if self.weather == "unprocessed":
            return Fault("unprocessed", "BatchMeterUsage", times=None, records=7)
        return Fault(self.weather, "BatchMeterUsage", times=None)

    def _come_to_rest(self) -> None:
        """Nothing is used any more, and the sky is clear."""
        self.weather, self.worker_away_until = "", self.now
        for _ in range(60):
            self.now += HOUR / 2
            self.skew = timedelta()
            self.book.let_come(self.now)
            self._deliver_notices()
            self._pass(clean=True)

    @contextmanager
    def _moved_time(self) -> Iterator[None]:
        close = partial(closing.close_due, read=self.book.read)
        self.world.notices.holds = True
        with ExitStack() as stack:
            for change in (
                mock.patch.object(timezone, "now", self._our_time),
                mock.patch.object(self.world.clock, "now", self._true_time),
                mock.patch.object(closing, "close_due", close),
                mock.patch("marketplace.metering.sending.BETWEEN_CALLS", 0),
                mock.patch("backoffice.queueing._send"),
                quiet_retries(),
            ):
                stack.enter_context(change)
            yield

    def _our_time(self) -> datetime:
        return self.now + self.skew

    def _true_time(self) -> datetime:
        return self.now

    # What came of it

    def _judge(self) -> None:
        found, rows = self.outcome, list(MeteredHour.objects.select_related("agreement"))
        found.rows, found.agreements = len(rows), Agreement.objects.count()
        found.calls = len(self.world.calls.of("BatchMeterUsage"))
        found.used = sum(n for source, n in self.book.used().items() if "agreement:" in source)
        at_aws = {key: int(one.quantity) for key, one in self.world.usage.items()}
        found.accepted = sum(at_aws.values())
        found.included = sum(row.used for row in rows) - sum(row.quantity for row in rows)
        for row in rows:
            billed = at_aws.pop((row.billed_to, row.dimension, row.hour), 0)
            found.doubled += max(0, billed - row.quantity)
            self._judge_row(row, billed)
        # What AWS has of an hour that is not in the ledger.
        found.doubled += sum(at_aws.values())

    def _judge_row(self, row: MeteredHour, billed: int) -> None:
        """Of a call whose answer was lost AWS may have billed what it refuses to hear again."""
        if row.state in MeteredHour.UNSENT:
            self.outcome.unexcused.append(f"never settled: {row} {row.state} {row.trouble}")
        elif row.state == MeteredHour.State.ACCEPTED and billed != row.quantity:
            self.outcome.unexcused.append(f"not as accepted: {row} {billed} {row.quantity}")
        elif row.uncollected or (row.state in MeteredHour.LOST and not billed):
            self._judge_lost(row)

    def _judge_lost(self, row: MeteredHour) -> None:
        is_lost = row.state in MeteredHour.LOST
        amount = row.uncollected + (row.quantity if is_lost else 0)
        self.outcome.lost += amount
        self.outcome.unalarmed += row.alarmed_at is None
        if self._was_impossible(row) or (not is_lost and self._was_heard_too_late(row)):
            self.outcome.excused += amount
        else:
            self.outcome.unexcused.append(f"{row} {row.state} {row.trouble} {row.uncollected}")

    def _was_heard_too_late(self, row: MeteredHour) -> bool:
        """Whether the last hour was closed before we heard that it was the last: what was used
        after the end, until then, has no hour in which it could be billed."""
        heard_at = self.ends_heard.get((row.agreement_id, row.hour))
        closed_at = self.true_times.get(row.closed_at)
        return heard_at is not None and closed_at is not None and closed_at < heard_at

    def _was_impossible(self, row: MeteredHour) -> bool:
        """Whether there were no two clear moments to send it in."""
        ended_at = row.agreement.ended_at
        until = final_call(row.hour)
        since = row.hour + HOUR + 2 * SKEW
        if ended_at and hour_of(ended_at) == row.hour:
            since = min(since, ended_at + 20 * MINUTE)
        if ended_at:
            until = min(until, ended_at + HOUR)
        clear = [at for at in self.clean_passes if since <= at < until - SKEW]
        return not clear or clear[-1] - clear[0] < SECOND_TRY


def _names_of(bought: Any) -> str:
    """What our row of it is known by: of a purchase before 2026 the customer only."""
    return str(bought.customer_identifier if bought.product.is_legacy else bought.id)


@contextmanager
def _killed_after(queries: int) -> Iterator[None]:
    """Die at the n-th statement, before it or after it, wherever that is."""
    left = [queries]

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return execute(*args)

    with connection.execute_wrapper(count):
        yield
