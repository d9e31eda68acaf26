"""The Celery application: tasks of every room, SQS as the broker on every stage."""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Whoever queues a task waits for SQS so long and no longer, once: the sweep repeats what was lost.
# The worker's connection waits longer, because its long poll does.
_HURRY = {"connect_timeout": 2, "read_timeout": 3, "retries": {"total_max_attempts": 1}}


class Gatehouse(Celery):
    def connection_for_write(self, url: str | None = None, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("transport_options", {"client-config": _HURRY})
        return super().connection_for_write(url, *args, **kwargs)


app = Gatehouse("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
