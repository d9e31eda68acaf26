"""django-oscar's own models and steps: python oscar_shop.py DATABASE COUNT THREADS ROUNDS

It runs in a Python of its own: a peer in the benchmarks, no part of this project, and nothing here
imports it. Prints JSON.
"""

import json
import os
import sys
import tempfile
import threading
import time
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from oscar import INSTALLED_APPS
from oscar.defaults import *  # noqa: F403 - as oscar's manual says


class _NoMigrations(dict[str, None]):
    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def set_up(database: str) -> None:
    given = {name: value for name, value in globals().items() if name.startswith("OSCAR_")}
    settings.configure(
        **given,
        SECRET_KEY="a benchmark",  # noqa: S106
        INSTALLED_APPS=INSTALLED_APPS,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": database,
                # What our own portal runs SQLite with.
                "OPTIONS": {
                    "timeout": 20,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
                },
            }
        },
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        # Tables as the models are now; the history of years of migrations takes a minute.
        MIGRATION_MODULES=_NoMigrations(),
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MEDIA_ROOT=tempfile.gettempdir(),
        STATIC_URL="/static/",
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


def generate(count: int) -> dict[str, float]:
    """Make a set of single-use vouchers by the dashboard's own form."""
    from oscar.apps.dashboard.vouchers.forms import VoucherSetForm
    from oscar.apps.voucher.models import Voucher

    form = VoucherSetForm(
        {
            "name": f"set {time.time()}",
            "code_length": 12,
            "description": "for the benchmark",
            "start_datetime": "2020-01-01 00:00",
            "end_datetime": "2040-01-01 00:00",
            "count": count,
            "usage": Voucher.SINGLE_USE,
            "offers": [_offer().pk],
        }
    )
    if not form.is_valid():
        raise SystemExit(str(form.errors))
    cpu, clock = time.process_time(), time.perf_counter()
    made = form.save().vouchers.count()
    spent = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
    if made != count:
        raise SystemExit(f"{made} vouchers instead of {count}")
    return spent


def race(threads: int, rounds: int) -> dict[str, dict[str, int]]:
    """Count the rounds in which a single-use voucher was used more than once, or not at all."""
    from django.contrib.auth.models import AnonymousUser

    orders = _orders(threads)
    return {
        "voucher": _counted(
            threads, rounds, lambda voucher, n: _use(voucher, orders[n], AnonymousUser())
        ),
        "checkout": _counted(threads, rounds, _checkout()),
    }


def _use(voucher: Any, order: Any, user: Any) -> None:
    """The two steps that the voucher itself offers."""
    if voucher.is_available_to_user(user=user)[0]:
        voucher.record_usage(order, user)


def _checkout() -> Any:
    """Place an order, each with a basket of its own, as oscar's checkout does at its end."""
    from django.contrib.auth.models import AnonymousUser
    from oscar.apps.basket.models import Basket
    from oscar.test.factories import create_order, create_product

    product = create_product(price=10, num_in_stock=1_000_000)

    def check_out(voucher: Any, number: int) -> None:
        from oscar.apps.partner.strategy import Default

        basket = Basket.objects.create()
        basket.strategy = Default()
        basket.add_product(product)
        basket.vouchers.add(voucher)
        create_order(number=f"{voucher.pk}-{number}", basket=basket, user=AnonymousUser())

    return check_out


def _counted(threads: int, rounds: int, work: Any) -> dict[str, int]:
    from oscar.apps.voucher.models import Voucher

    score = {"over": 0, "unused": 0, "most": 0}
    for _ in range(rounds):
        voucher = _voucher()
        _at_once(threads, lambda number, pk=voucher.pk: work(Voucher.objects.get(pk=pk), number))
        used = voucher.applications.count()
        score["over"] += used > 1
        score["unused"] += used == 0
        score["most"] = max(score["most"], used)
    return score


def _at_once(threads: int, work: Any) -> None:
    from django.db import DatabaseError, connections

    barrier = threading.Barrier(threads)

    def one(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except (DatabaseError, ValueError):  # ValueError is how oscar refuses a spent voucher
            pass
        finally:
            connections.close_all()

    racers = [threading.Thread(target=one, args=(number,)) for number in range(threads)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()


def _orders(count: int) -> list[Any]:
    from oscar.test.factories import OrderFactory

    return [OrderFactory(user=None) for _ in range(count)]


def _offer() -> Any:
    from oscar.test.factories import ConditionalOfferFactory

    return ConditionalOfferFactory(name=f"offer {time.time()}", offer_type="Voucher")


def _voucher() -> Any:
    from django.utils import timezone
    from oscar.apps.voucher.models import Voucher

    now = timezone.now()
    voucher = Voucher.objects.create(
        name=f"race {time.time()}",
        code=f"RACE{time.time_ns()}",
        usage=Voucher.SINGLE_USE,
        start_datetime=now - timedelta(days=1),
        end_datetime=now + timedelta(days=1),
    )
    voucher.offers.add(_offer())
    return voucher


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    set_up(sys.argv[1])
    count, threads, rounds = map(int, sys.argv[2:])
    print(json.dumps({"generate": generate(count), "race": race(threads, rounds)}))
