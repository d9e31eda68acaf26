"""Many customers, one code, the same moment: through the real sign-up service.

Run as a program it races against the cloud that the environment names and prints the count of
codes that were used too often: this is how the suite shows that it would see a race.
"""

import argparse
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Score:
    rounds: int = 0
    over_redeemed: int = 0
    unused: int = 0
    errors: int = 0


def race(make_code: Callable[..., str], *, rounds: int, threads: int, max_uses: int) -> Score:
    """Let `threads` different customers sign up with one code, `rounds` times."""
    score = Score()
    for number in range(rounds):
        code = make_code(max_uses=max_uses)
        outcomes = _round(code, threads, f"{max_uses}-{number}")
        winners = outcomes.count("won")
        score.rounds += 1
        score.over_redeemed += winners > max_uses
        score.unused += winners < max_uses
        score.errors += outcomes.count("error")
    return score


def _round(code: str, threads: int, label: str) -> list[str]:
    from tenants.models import SignUp
    from tests.customers import wish

    wishes = [wish(email=f"racer-{label}-{n}@example.com", code=code) for n in range(threads)]
    keys = [uuid.uuid4() for _ in wishes]
    # The rows are there already, as after a first try that met a busy AWS: SQLite would otherwise
    # let the racers through one by one.
    SignUp.objects.bulk_create(
        SignUp(form_key=key, **wish.columns()) for key, wish in zip(keys, wishes, strict=True)
    )
    barrier = threading.Barrier(threads)
    outcomes = ["error"] * threads

    def one(number: int) -> None:
        barrier.wait()
        outcomes[number] = _sign_up(wishes[number], keys[number])

    racers = [threading.Thread(target=one, args=(number,)) for number in range(threads)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return outcomes


def _sign_up(wish: Any, form_key: uuid.UUID) -> str:
    from django.db import connections

    from campaigns.errors import CodeRefused
    from tenants import signups

    try:
        signups.sign_up(wish, form_key=form_key)
    except CodeRefused:
        return "lost"
    finally:
        connections.close_all()
    return "won"


def main() -> None:
    import django

    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--max-uses", type=int, default=1)
    options = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from backoffice.audit import SYSTEM
    from campaigns import gatekeeping
    from campaigns.models import Campaign
    from tests.codes import put_code

    campaign = Campaign(name="Race", slug="race", tier="free", prefix="RACE")
    gatekeeping.save_campaign(campaign, SYSTEM)
    score = race(
        lambda **fields: put_code(campaign, **fields),
        rounds=options.rounds,
        threads=options.threads,
        max_uses=options.max_uses,
    )
    print(score.over_redeemed)


if __name__ == "__main__":
    main()
