"""What a stage other than the laptop must have, and must not have, before it may start."""

from collections.abc import Callable, Mapping
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
    found += [f"{name}{why}" for name, (is_wrong, why) in _WRONG.items() if is_wrong(environment)]
    return found


def _says(name: str, *values: str) -> Callable[[Mapping[str, str]], bool]:
    """Whether a variable is one of the values, or anything at all where none is named."""
    return lambda given: given.get(name, "").lower() in values if values else bool(given.get(name))


# What else may be wrong with a variable, and what is then said of it.
_WRONG: dict[str, tuple[Callable[[Mapping[str, str]], bool], str]] = {
    "DEBUG": (
        _says("DEBUG", "1", "true", "yes", "on"),
        " shows secrets to strangers: leave it out",
    ),
    "AWS_ENDPOINT_URL": (_says("AWS_ENDPOINT_URL"), " leads to a pretended AWS: leave it out"),
    "DATABASE_URL": (
        lambda given: given.get("DATABASE_URL", "").startswith("sqlite"),
        " names SQLite, which several machines cannot share",
    ),
    "SECRET_KEY": (
        lambda given: 0 < len(given.get("SECRET_KEY", "")) < SHORTEST_SECRET,
        f" is shorter than {SHORTEST_SECRET} characters",
    ),
    "HOSTED_UI_URL": (
        lambda given: not given.get("HOSTED_UI_URL", "https://").startswith("https://"),
        " is not reached by HTTPS",
    ),
    "STAFF_URL": (
        lambda given: bool(given.get("STAFF_URL")) and not _is_apart(given),
        " needs a host name of its own, other than PORTAL_URL's",
    ),
    "STAFF_OIDC_ISSUER": (
        lambda given: not given.get("STAFF_OIDC_ISSUER", "https://").startswith("https://"),
        " is not reached by HTTPS",
    ),
    "STAFF_OIDC_CLIENT_SECRET": (
        lambda given: (
            bool(given.get("STAFF_OIDC_ISSUER"))
            and not (given.get("STAFF_OIDC_CLIENT_ID") and given.get("STAFF_OIDC_CLIENT_SECRET"))
        ),
        " or STAFF_OIDC_CLIENT_ID is missing, without which STAFF_OIDC_ISSUER knows nobody",
    ),
    "STAFF_OIDC_SECOND_FACTOR": (
        lambda given: given.get("STAFF_OIDC_SECOND_FACTOR", "ours") not in ("ours", "provider"),
        " is neither ours nor provider",
    ),
    "STATIC_URL": (
        lambda given: not given.get("STATIC_URL", "/").endswith("/"),
        " does not end with a slash",
    ),
    "NEWSLETTER_ADDRESSES": (
        _says("NEWSLETTER_ADDRESSES"),
        " leads to pretended newsletter platforms: leave it out",
    ),
    "STAFF_SECOND_FACTOR": (_says("STAFF_SECOND_FACTOR", "off"), "=off is for the laptop"),
    "RATE_LIMITS": (_says("RATE_LIMITS", "off"), "=off is for the laptop"),
}


def host_apart(staff_url: str, portal_url: str) -> str:
    """Return the host name that only staff use, or nothing where they share the portal's."""
    host = urlsplit(staff_url).hostname or ""
    return "" if host == urlsplit(portal_url).hostname else host


def origin_of(url: str) -> str:
    """Return a whole address without its path, and nothing for a path alone."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _is_apart(environment: Mapping[str, str]) -> bool:
    return bool(host_apart(environment["STAFF_URL"], environment.get("PORTAL_URL", "")))
