"""The front door: settings, addresses, admin site, Celery, entry points. Nobody imports it."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
