"""What a stage other than the laptop must have, and must not have, before it may start."""

from collections.abc import Mapping
from urllib.parse import urlsplit

# Every name that a stage must be given; docs/settings.md explains each.
REQUIRED = (
    "SECRET_KEY",
    "DATABASE_URL",
    "ALLOWED_HOSTS",
    "PORTAL_URL",
    "API_URL",
    "MAIL_FROM",
    "SUPPORT_ADDRESS",
    "USER_POOL_ID",
    "USER_POOL_CLIENT_ID",
    "TASKS_QUEUE_URL",
    "AWS_REGION",
)
SHORTEST_SECRET = 50


def problems(stage: str, environment: Mapping[str, str]) -> list[str]:
    """Return everything that is wrong at once, so that one look at the log is enough."""
    if stage == "local":
        return []
    found = [f"{name} is missing" for name in REQUIRED if not environment.get(name)]
    if environment.get("DEBUG", "").lower() in ("1", "true", "yes", "on"):
        found.append("DEBUG shows secrets to strangers: leave it out")
    if environment.get("AWS_ENDPOINT_URL"):
        found.append("AWS_ENDPOINT_URL leads to a pretended AWS: leave it out")
    if environment.get("DATABASE_URL", "").startswith("sqlite"):
        found.append("DATABASE_URL names SQLite, which several machines cannot share")
    if 0 < len(environment.get("SECRET_KEY", "")) < SHORTEST_SECRET:
        found.append(f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters")
    if not environment.get("HOSTED_UI_URL", "https://").startswith("https://"):
        found.append("HOSTED_UI_URL is not reached by HTTPS")
    if environment.get("STAFF_URL") and not _is_apart(environment):
        found.append("STAFF_URL needs a host name of its own, other than PORTAL_URL's")
    if environment.get("NEWSLETTER_ADDRESSES"):
        found.append("NEWSLETTER_ADDRESSES leads to pretended newsletter platforms: leave it out")
    if environment.get("STAFF_SECOND_FACTOR") == "off":
        found.append("STAFF_SECOND_FACTOR=off is for the laptop")
    if environment.get("RATE_LIMITS") == "off":
        found.append("RATE_LIMITS=off is for the laptop")
    return found


def host_apart(staff_url: str, portal_url: str) -> str:
    """Return the host name that only staff use, or nothing where they share the portal's."""
    host = urlsplit(staff_url).hostname or ""
    return "" if host == urlsplit(portal_url).hostname else host


def _is_apart(environment: Mapping[str, str]) -> bool:
    return bool(host_apart(environment["STAFF_URL"], environment.get("PORTAL_URL", "")))
