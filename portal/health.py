"""Is the portal alive, and can it reach what it stands on?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from adapters import gates, queues, usage_plans, user_pool
from adapters.errors import OutsideError
from tenants import key_room


@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


# A load balancer waits a few seconds for an answer; an AWS client waits longer.
PATIENCE_SECONDS = 3
_asking = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if every dependency answers, else 503; each by name, without details."""
    asked = {name: _asking.submit(_ask, question) for name, question in _OUTSIDE.items()}
    wait(asked.values(), timeout=PATIENCE_SECONDS)
    checks = {"database": _ask(_database)}
    checks |= {name: f.result() if f.done() else "slow" for name, f in asked.items()}
    is_ready = all(answer == "ok" for answer in checks.values())
    body = {"status": "ok" if is_ready else "not ready", "checks": checks, "notes": _notes(checks)}
    return JsonResponse(body, status=200 if is_ready else 503)


def _ask(question: Callable[[], object]) -> str:
    try:
        question()
    except (OutsideError, DatabaseError) as error:
        return type(error).__name__
    return "ok"


def _notes(checks: dict[str, str]) -> list[str]:
    """What does not keep the portal from working, and will."""
    if checks["database"] != "ok":
        return []
    found = key_room.room()
    said = f"api_keys: {found.taken} of {found.most} that AWS allows are taken"
    return [said] if found.is_tight else []


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")


_OUTSIDE: dict[str, Callable[[], object]] = {
    "dynamodb": gates.read_prefixes,
    "cognito": lambda: user_pool.is_reachable(settings.USER_POOL_ID),
    "api_gateway": lambda: usage_plans.plan_of("free"),
    "queue": lambda: queues.waiting_messages(settings.TASKS_QUEUE_URL),
}
