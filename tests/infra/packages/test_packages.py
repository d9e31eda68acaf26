"""What Lambda gets is whole: unzipped, with nothing beside it but the runtime's own boto3."""

import base64
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adapters.rights import AccessItem, PermissionItem, write_access, write_permission
from infra.deploying import static_files
from infra.packages import MOST_BYTES, ROOT
from tenants.tasks import reconcile_tenant, run_due
from tests.tokens import id_token
from tests.worker import as_record, take_messages

pytestmark = pytest.mark.infrastructure

ENTRY = "portal.lambda_entry.handler"
ROOMS = ("adapters", "backoffice", "campaigns", "portal", "tenants")
NOT_PACKAGED = {
    "boto3", "botocore", "localcloud", "moto", "pip", "setuptools", "tests", "troposphere",
}  # fmt: skip


@pytest.fixture
def local_stage(tmp_path: Path) -> dict[str, str]:
    """The laptop's stage: the only one that takes SQLite and a pretended AWS."""
    return {"DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3"}


@pytest.fixture
def production() -> dict[str, str]:
    lines = (ROOT / "tests/house/production.env").read_text().split()
    return {**dict(line.split("=", 1) for line in lines), "AWS_ENDPOINT_URL": ""}


def get(path: str, host: str = "localhost") -> dict[str, Any]:
    """The event of GET as a REST API of API Gateway sends it."""
    headers = {"Host": host, "Accept": "text/html", "X-Forwarded-Proto": "https"}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "stage": "local",
            "httpMethod": "GET",
            "path": path,
            "requestId": "request-1",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


def body_of(answer: dict[str, Any]) -> str:
    body = answer["answer"]["body"]
    return base64.b64decode(body).decode() if answer["answer"].get("isBase64Encoded") else body


def modules_of(package: Path, room: str) -> list[str]:
    files = sorted((package / room).rglob("*.py"))
    return [".".join(file.relative_to(package).with_suffix("").parts) for file in files]


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_package_is_small(built, name, record_property):
    size = (built / name).stat().st_size

    record_property("figures", f"{name}: {size / 2**20:.2f} MiB")
    assert size <= MOST_BYTES[name]


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_package_holds_nothing_that_only_a_developer_needs(built, name):
    content = zipfile.ZipFile(built / name).namelist()

    assert NOT_PACKAGED.isdisjoint(path.split("/")[0] for path in content)
    assert not [path for path in content if path.endswith((".pyc", ".sqlite3", ".tf", ".yaml"))]
    assert {path.split("/")[1] for path in content if path.startswith("infra/")} == {"definitions"}


def test_the_functions_bring_our_rooms_and_nothing_of_others(built):
    content = zipfile.ZipFile(built / "functions.zip").namelist()

    rooms = {"adapters", "campaigns", "functions", "infra"}
    assert {path.split("/")[0] for path in content} == rooms
    assert not [path for path in content if "campaigns/models" in path]


def test_a_package_names_no_moment_and_no_person(built):
    entries = zipfile.ZipFile(built / "portal.zip").infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert not [entry for entry in entries if entry.filename == "package_info.json"]
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_the_package_migrates_answers_and_works(portal_package, invoke, local_stage):
    schedule = {
        "detail-type": "Scheduled Event",
        "resources": ["arn:aws:events:eu-central-1:123456789012:rule/gatehouse-local-run-due"],
    }
    run_due.delay()
    reconcile_tenant.delay("00000000-0000-0000-0000-000000000000")
    records = [as_record(message) for message in take_messages()]

    migrated, landing, health, scheduled, batch = invoke(
        portal_package,
        ENTRY,
        {"manage": "migrate"},
        get("/"),
        get("/healthz"),
        schedule,
        {"Records": records},
        **local_stage,
    )

    assert migrated == {"answer": {}}
    assert landing["answer"]["statusCode"] == 200
    assert "Gatehouse" in body_of(landing)
    assert json.loads(body_of(health)) == {"status": "ok"}
    assert scheduled == {"answer": {"ran": "tenants.tasks.run_due"}}
    assert len(records) == 2
    unknown_tenant = next(each for each in records if "reconcile" in decoded(each["body"]))
    assert batch["answer"] == {
        "batchItemFailures": [{"itemIdentifier": unknown_tenant["messageId"]}]
    }


def decoded(body: str) -> str:
    return base64.b64decode(body).decode()


def test_messages_are_done_by_a_process_that_never_saw_a_request(
    portal_package, invoke, local_stage
):
    invoke(portal_package, ENTRY, {"manage": "migrate"}, **local_stage)
    run_due.delay()

    [batch] = invoke(
        portal_package,
        ENTRY,
        {"Records": [as_record(message) for message in take_messages()]},
        **local_stage,
    )

    assert batch == {"answer": {"batchItemFailures": []}}


def test_a_whole_stage_shows_its_pages_and_writes_nothing_into_the_package(
    portal_package, invoke, production
):
    before = {path for path in portal_package.rglob("*") if ".local" not in path.parts}
    host = "portal.example"

    landing, health = invoke(
        portal_package,
        ENTRY,
        get("/", host),
        get("/healthz", host),
        **production,
        TRUSTED_PROXIES="1",
    )
    sheet = re.search(r'href="(/static/site\.[0-9a-f]+\.css)"', body_of(landing))
    assert sheet
    [served] = invoke(portal_package, ENTRY, get(sheet[1], host), **production, TRUSTED_PROXIES="1")

    assert [each["answer"]["statusCode"] for each in (landing, health, served)] == [200] * 3
    assert {path for path in portal_package.rglob("*") if ".local" not in path.parts} == before


def test_a_stage_with_a_cdn_names_there_what_the_package_holds(portal_package, invoke, production):
    cdn = "https://d1.cloudfront.net/static/"

    [landing] = invoke(
        portal_package,
        ENTRY,
        get("/", "portal.example"),
        **production,
        TRUSTED_PROXIES="1",
        STATIC_URL=cdn,
    )

    named = re.findall(rf'="{cdn}([^"]+)"', body_of(landing))
    assert len(named) >= 5
    assert [n for n in named if not (portal_package / "static-collected" / n).is_file()] == []


def test_everything_that_the_manifest_names_can_be_put_up(built):
    names = static_files._names(built / "portal.zip")

    assert len(names) > 100
    with zipfile.ZipFile(built / "portal.zip") as package:
        assert {f"static-collected/{name}" for name in names} <= set(package.namelist())
    assert all("/" in static_files._type_of(name) for name in names.values())


def test_one_package_serves_every_stage(portal_package, invoke, production):
    stage = {**production, "STAGE": "staging", "PORTAL_URL": "https://staging.example"}

    [health] = invoke(
        portal_package, ENTRY, get("/healthz", "portal.example"), **stage, TRUSTED_PROXIES="1"
    )

    assert health["answer"]["statusCode"] == 200


def test_no_command_gets_into_the_package(portal_package, invoke, local_stage):
    answers = invoke(
        portal_package,
        ENTRY,
        {"raw_command": "print(1)"},
        {"command": "os.getcwd"},
        {"manage": "flush --noinput"},
        **local_stage,
    )

    assert [answer["errorType"] for answer in answers] == ["NotServed"] * 3
    assert not (portal_package / "handler.py").exists()


def test_every_module_of_the_portal_finds_what_it_imports(portal_package, invoke, local_stage):
    modules = [module for room in ROOMS for module in modules_of(portal_package, room)]

    loaded = invoke(
        portal_package,
        "import",
        "portal.wsgi",
        *modules,
        **local_stage,
    )

    assert len(loaded) > 80


def test_the_token_trigger_needs_nothing_but_python(functions_package, invoke):
    write_permission(
        PermissionItem("sub-1", "tenant-1", "owner", ("me",), ("example.com",), "pro", "open")
    )
    event = {
        "version": "2",
        "triggerSource": "TokenGeneration_Authentication",
        "userName": "sub-1",
        "request": {"userAttributes": {"sub": "sub-1"}},
        "response": {"claimsAndScopeOverrideDetails": None},
    }

    [told] = invoke(functions_package, "functions.generate_token.handler", event, brings=None)

    details = told["answer"]["response"]["claimsAndScopeOverrideDetails"]
    assert details["idTokenGeneration"]["claimsToAddOrOverride"]["tenant_id"] == "tenant-1"


def test_the_api_answers_with_the_boto3_of_the_runtime(functions_package, invoke, cloud):
    write_access(AccessItem("key-1", "tenant-1", "open", "free", "", "grant:1"))
    event = {
        "httpMethod": "GET",
        "resource": "/v1/me",
        "path": "/v1/me",
        "headers": {"Authorization": id_token(tenant_id="tenant-1", permissions="me")},
        "body": None,
        "requestContext": {
            "requestId": "request-1",
            "identity": {"apiKeyId": "key-1"},
        },
    }

    ours = {
        "USER_POOL_ID": cloud.addresses.user_pool_id,
        "USER_POOL_CLIENT_ID": cloud.addresses.client_id,
    }

    [told] = invoke(functions_package, "functions.api.handler", event, **ours)

    assert told["answer"]["statusCode"] == 200, told
    assert json.loads(told["answer"]["body"])["email"] == "alice@example.com"


@pytest.mark.django_db(transaction=True)
def test_a_code_is_checked_and_redeemed_once_without_django(functions_package, invoke, make_code):
    code = {"code": make_code()}
    redeem = {**code, "redeemed_by": "order-1", "email": "alice@example.com"}

    [good] = invoke(functions_package, "functions.validate_code.handler", code)
    once, again, late = invoke(
        functions_package,
        "functions.redeem_code.handler",
        redeem,
        redeem,
        {**redeem, "redeemed_by": "order-2"},
    )

    assert good.get("answer", {}).get("valid") is True, good
    assert once.get("answer", {}).get("redeemed") is True, once
    assert again == once
    assert late["answer"] == {"redeemed": False, "reason": "used_up"}


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_made_without_django(functions_package, invoke, make_campaign):
    wish = {"campaign": make_campaign().public_id, "batch": "0c1d2e3f4a5b", "prefix": "AUTUMN"}
    event = {**wish, "count": 30, "max_uses": 1}

    once, again = invoke(functions_package, "functions.generate_codes.handler", event, event)

    assert once == again == {"answer": {"done": 30, "count": 30, "complete": True}}


@pytest.mark.parametrize("missing", ["whitenoise", "portal/lambda_worker.py", "werkzeug"])
def test_a_package_without_a_module_is_noticed(
    portal_package, invoke, local_stage, missing, run_without
):
    run_due.delay()
    records = [as_record(message) for message in take_messages()]

    with run_without(portal_package / missing):
        answers = invoke(
            portal_package, ENTRY, get("/healthz"), {"Records": records}, **local_stage
        )

    failures = {answer.get("errorType") for answer in answers}
    assert failures & {"ModuleNotFoundError", "ImportError"}


@pytest.mark.parametrize("missing", ["adapters/usage.py", "functions/replies.py"])
def test_a_function_without_a_module_is_noticed(functions_package, invoke, missing, run_without):
    with run_without(functions_package / missing):
        [told] = invoke(functions_package, "functions.api.handler", {})

    assert told["errorType"] == "ModuleNotFoundError"


def test_a_function_for_codes_without_the_rules_is_noticed(functions_package, invoke, run_without):
    with run_without(functions_package / "campaigns/eligibility.py"):
        [told] = invoke(functions_package, "functions.redeem_code.handler", {})

    assert told["errorType"] in ("ImportError", "ModuleNotFoundError")
