"""Many customers at once, set up as fast as API Gateway lets keys be made, and no call rejected."""

from collections.abc import Callable

from benchmarks.rows import Row
from localcloud.cloud import LocalCloud
from tests.onboarding import onboard

# Customers of `make bench`, and of `make bench ARGS=--onboard`.
SHORT, LONG = 50, 1_000
WORKERS = 8


def rows(cloud: LocalCloud, make_code: Callable[..., str], customers: int) -> list[Row]:
    score = onboard(cloud, make_code, customers=customers, workers=WORKERS)
    cloud.control_plane.clear()
    return [
        Row(
            name=f"{score.customers:,} customers set up at once: keys made in 100 seconds",
            ours=score.rate * 100,
            peer=score.permitted * 100,
            ratio=score.share,
            unit="",
            against="what AWS permits",
            at_least=0.9,
            note=f"a Celery worker with {WORKERS} processes, {score.seconds:.0f} s",
        ),
        Row(
            name=f"{score.customers:,} customers set up at once: calls that were rejected",
            ours=score.rejected,
            peer=0,
            ratio=score.rejected,
            unit="",
            against="the limit; the ratio is the number itself",
            at_most=0,
        ),
    ]
