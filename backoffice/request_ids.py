"""The id of the request being served: on error pages, in logs, in the audit trail."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
