"""Among 10,000 customers no list and no search counts, sorts or reads the whole table."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from adapters import key_values
from backoffice.models import AuditEvent
from backoffice.paging import CAP
from tenants.finding.words import words_of
from tenants.models import ApiKey, CompanyWord, Grant, Member, Tenant
from tests.backoffice.doors import list_url

pytestmark = pytest.mark.django_db

MANY = 10_000
BIG = (
    "tenants_tenant", "tenants_member", "tenants_apikey", "tenants_companyword", "tenants_grant",
    "backoffice_auditevent",
)  # fmt: skip
# Of the person who looks, and the four numbers of what waits that every page shows.
OF_EVERY_PAGE = 8
KEY = key_values.draw_value("test")
TERMS = (
    "vega", "vega lab", "person77", "person4711@vega4711.example", "vega4711.example", "yz89", KEY,
    "k4711", str(uuid.UUID(int=4711)), "444455556666", "AUTUMN-C0DE-1234", "req-00004711", "4711",
)  # fmt: skip


@pytest.fixture
def ten_thousand(db):
    now = timezone.now()
    tenants = [
        Tenant(
            pk=str(uuid.UUID(int=number)),
            company=f"Vega {number} Labs",
            reconciled_generation=1,
            reconciled_at=now,
        )
        for number in range(MANY)
    ]
    sha256 = hashlib.sha256(KEY.encode()).hexdigest()
    Tenant.objects.bulk_create(tenants, 500)
    CompanyWord.objects.bulk_create(
        (CompanyWord(tenant=row, word=word) for row in tenants for word in words_of(row.company)),
        500,
    )
    Member.objects.bulk_create(
        (
            Member(
                tenant=row,
                email=f"person{at}@vega{at}.example",
                full_name="Vera",
                user_id=f"sub-{at}",
            )
            for at, row in enumerate(tenants)
        ),
        500,
    )
    Grant.objects.bulk_create(
        (Grant(tenant=row, source="staff", tier="pro", starts_at=now) for row in tenants), 500
    )
    ApiKey.objects.bulk_create(
        (
            ApiKey(
                tenant=row,
                name=f"key-{at}",
                state="live",
                key_id=f"k{at}",
                last4="yz89" if at == 4711 else f"{at:04d}",
                sha256=sha256 if at == 4711 else f"{at:064x}",
            )
            for at, row in enumerate(tenants)
        ),
        500,
    )
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                actor_name="gatehouse",
                action="choose password",
                target_type="tenants.Member",
                target_id=str(pk),
                target_name=email,
                request_id=f"req-{at:08d}",
            )
            for at, (pk, email) in enumerate(Member.objects.values_list("pk", "email"))
        ),
        500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read_whole(queries: list[dict[str, str]]) -> Iterator[str]:
    """What the database says it would do for a query that reads or sorts a big table whole."""
    for query in queries:
        sql = query["sql"]
        is_capped = sql.startswith("SELECT COUNT(*)") and f"LIMIT {CAP + 1})" in sql
        if is_capped or not any(f'"{table}"' in sql for table in BIG):
            continue
        for step in _steps(sql):
            yield f"{step} for {sql[:200]}"


def _steps(sql: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            [[answer]] = cursor.fetchall()
            plan = answer if isinstance(answer, list) else json.loads(answer)
            yield from _whole_nodes(plan[0]["Plan"])
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            lines = [str(row[-1]) for row in cursor.fetchall()]
            is_capped = "LIMIT" in sql
            yield from (line for line in lines if _is_whole(line, is_capped))


def _whole_nodes(node: dict[str, Any]) -> Iterator[str]:
    """Nodes that took more rows than a page or a capped search may, whatever they are called."""
    taken = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
    if node.get("Relation Name") in BIG and taken > 1_000:
        yield f"{node['Node Type']} of {taken} rows"
    for child in node.get("Plans", ()):
        yield from _whole_nodes(child)


def _is_whole(line: str, is_capped: bool) -> bool:
    """A walk along an index that stops at the cap is none; what is sorted was scanned before."""
    scans = re.match(rf"SCAN ({'|'.join(BIG)})\b", line)
    return bool(scans) and not (is_capped and "INDEX" in line)


def test_no_list_and_no_search_reads_a_table_whole(staff, ten_thousand):
    client, wrong, most = staff("admin"), {}, 0
    looks = {
        "list": lambda term: client.get(list_url(Tenant()), {"q": term}),
        "page": lambda term: client.post(reverse("admin:tenants_find"), {"quoted": term}),
        "palette": lambda term: client.get("/admin/search/", {"s": term, "extended": "1"}),
    }
    for door, term in [("list", ""), *product(looks, TERMS)]:
        with CaptureQueriesContext(connection) as queries:
            looks[door](term)
        most = max(most, len(queries))
        if steps := list(read_whole(queries.captured_queries)):
            wrong[door, term] = steps

    assert wrong == {}
    assert most - OF_EVERY_PAGE <= 5
