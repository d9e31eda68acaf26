"""Run every benchmark: python -m benchmarks. Writes results.json and the table in README.md."""

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.rows import Row
from localcloud.cloud import LocalCloud

FOLDER = Path(__file__).resolve().parent
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--race", action="store_true", help="race for codes 100,000 times")
    parser.add_argument("--onboard", action="store_true", help="set up 1,000 customers at once")
    parser.add_argument("--meter", action="store_true", help="meter 60 simulated days 100 times")
    parser.add_argument("--lists", action="store_true", help="look at lists of 1,000,000 rows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/benchmarks.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        cloud = LocalCloud.start(stage="local")
        try:
            rows = _rows(Path(scratch), cloud, options)
        finally:
            cloud.stop()
    for row in rows:
        print(_line(row))
    _write(rows)


def _rows(scratch: Path, cloud: LocalCloud, options: argparse.Namespace) -> list[Row]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks import (
        checking,
        drawing,
        listing,
        metering,
        onboarding,
        peers,
        racing,
        signing_up,
        solving,
        starting,
        verifying,
        writing,
    )

    make_code = _code_maker()
    return [
        *drawing.rows(),
        *writing.rows(),
        *checking.rows(make_code),
        *signing_up.rows(make_code),
        *starting.rows(scratch),
        *verifying.rows(),
        *solving.rows(scratch),
        *peers.rows(make_code, scratch),
        *racing.rows(cloud, make_code, racing.LONG if options.race else racing.SHORT),
        *onboarding.rows(
            cloud, make_code, onboarding.LONG if options.onboard else onboarding.SHORT
        ),
        *metering.rows(cloud, metering.LONG if options.meter else metering.SHORT),
        *listing.rows(listing.LONG if options.lists else listing.SHORT),
    ]


def _code_maker() -> Callable[..., str]:
    from backoffice.audit import SYSTEM
    from campaigns import gatekeeping
    from campaigns.models import Campaign
    from tests.codes import put_code

    campaign = Campaign(name="Benchmark", slug="benchmark", tier="starter", prefix="BENCH")
    gatekeeping.save_campaign(campaign, SYSTEM)
    return lambda **fields: put_code(campaign, **fields)


def _line(row: Row) -> str:
    said = "holds" if row.holds else "MISSED"
    return f"{row.name}: {row.ratio:.2f} (goal {row.goal}, {said}); {row.against}"


def _write(rows: list[Row]) -> None:
    results = [
        {
            "name": row.name,
            "ours": round(row.ours, 3),
            "peer": round(row.peer, 3),
            "ratio": round(row.ratio, 3),
            "goal": row.goal,
            "holds": row.holds,
        }
        for row in rows
    ]
    (FOLDER / "results.json").write_text(
        json.dumps({"results": results}, indent=2, ensure_ascii=False) + "\n"
    )
    page = FOLDER / "README.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{_table(rows)}\n{END}{after}")


def _table(rows: list[Row]) -> str:
    lines = ["| what | ours | peer | ratio | goal | | peer is |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        unit = f" {row.unit}" if row.unit else ""
        said = "holds" if row.holds else "**missed**"
        lines.append(
            f"| {row.name} | {row.ours:,.0f}{unit} | {row.peer:,.0f}{unit} | {row.ratio:.2f} "
            f"| {row.goal} | {said} | {row.against}{f' ({row.note})' if row.note else ''} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
