"""Every setting of the portal, top to bottom. docs/settings.md explains each variable."""

import os
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from adapters.definitions import definition, name_of, stage
from portal.local_cloud import adopt_environment
from portal.stages import host_apart, origin_of, problems
from portal.theme import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"
STAGE = stage()
IS_LOCAL = STAGE == "local"

env = environ.Env()

if IS_LOCAL:
    (LOCAL_DIR / "static-collected").mkdir(parents=True, exist_ok=True)
    adopt_environment(LOCAL_DIR / "cloud.json")

if wrong := problems(STAGE, os.environ):
    raise ImproperlyConfigured(
        f"Stage {STAGE} cannot start: {'; '.join(wrong)}. See docs/settings.md."
    )

# The laptop's value for everything that another stage must be given.
LOCAL_VALUES = {
    "SECRET_KEY": "a laptop has no secrets",
    "DATABASE_URL": f"sqlite:///{LOCAL_DIR / 'gatehouse.sqlite3'}",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "PORTAL_URL": "http://127.0.0.1:8000",
    "API_URL": "http://127.0.0.1:1",
    "MAIL_FROM": "Gatehouse <hello@gatehouse.example>",
    "SUPPORT_ADDRESS": "support@gatehouse.example",
    "USER_POOL_ID": "eu-central-1_notrunning",
    "USER_POOL_CLIENT_ID": "not-running",
    "TASKS_QUEUE_URL": "{}/123456789012/{}".format(
        env.str("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), name_of("tasks")
    ),
    "AWS_REGION": "eu-central-1",
}


def given(name: str) -> str:
    return str(env.str(name, LOCAL_VALUES[name]))


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = given("SECRET_KEY")
# What was signed by a former key goes on while it stands here: docs/security.md.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = given("ALLOWED_HOSTS").split(",")
PORTAL_URL: str = given("PORTAL_URL").rstrip("/")
# Where staff reach the backoffice, and links in their mails begin. If that is another host than the
# portal's, each answers its own pages only (portal.middleware.TwoHosts); empty: one host has both.
STAFF_URL = env.str("STAFF_URL", "").rstrip("/") or PORTAL_URL
STAFF_HOST: str = host_apart(STAFF_URL, PORTAL_URL)
if STAFF_HOST and STAFF_HOST not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(STAFF_HOST)
API_URL = given("API_URL").rstrip("/")
SUPPORT_ADDRESS = given("SUPPORT_ADDRESS")

AWS_REGION = given("AWS_REGION")
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", "")
USER_POOL_ID = given("USER_POOL_ID")
USER_POOL_CLIENT_ID = given("USER_POOL_CLIENT_ID")
TASKS_QUEUE_URL = given("TASKS_QUEUE_URL")

# Where a customer's own programs reach Cognito.
IDENTITY_URL = AWS_ENDPOINT_URL or f"https://cognito-idp.{AWS_REGION}.amazonaws.com"

# Where Cognito hosts sign-in pages of its own; empty: the portal's form alone is offered.
HOSTED_UI_URL = env.str("HOSTED_UI_URL", "").rstrip("/")

# Limits for strangers can be switched off on the laptop only.
RATE_LIMITS = not IS_LOCAL or env.str("RATE_LIMITS", "on") != "off"
# All strangers together, a minute: beyond it nobody is let through, so it is far above a good day.
STRANGERS_PER_MINUTE = env.int("STRANGERS_PER_MINUTE", 3000)
# The role in the seller's account that may speak to AWS Marketplace; empty: this account's own.
MARKETPLACE_ROLE_ARN = env.str("MARKETPLACE_ROLE_ARN", "")
# Which listings lead here, by product code, and how each is sold (marketplace/products.py).
MARKETPLACE_PRODUCTS = env.json(
    "MARKETPLACE_PRODUCTS", default=definition("products") if IS_LOCAL else {}
)
# Notices of EventBridge and SNS arrive in this queue; empty: this stage listens to none.
NOTICES_QUEUE_URL = (
    TASKS_QUEUE_URL.replace(name_of("tasks"), name_of("notices"))
    if IS_LOCAL
    else env.str("NOTICES_QUEUE_URL", "")
)
# What SES tells of mails that it took arrives in this queue; empty: bounces are not heard of.
MAIL_EVENTS_QUEUE_URL = (
    TASKS_QUEUE_URL.replace(name_of("tasks"), name_of("mail-events"))
    if IS_LOCAL
    else env.str("MAIL_EVENTS_QUEUE_URL", "")
)
# Whether a stranger may open an account without a code. The user pool has a switch of its own
# (SelfSignUp in infra/identity.yaml): without it Cognito refuses whoever tries.
OPEN_REGISTRATION = env.str("OPEN_REGISTRATION", "on" if IS_LOCAL else "off") != "off"
# What whoever came without a code may do.
OPEN_REGISTRATION_TIER = env.str("OPEN_REGISTRATION_TIER", next(iter(definition("tiers"))))
if OPEN_REGISTRATION_TIER not in definition("tiers"):
    raise ImproperlyConfigured(f"OPEN_REGISTRATION_TIER: no tier is {OPEN_REGISTRATION_TIER!r}")
# The trigger after a confirmation tells of it in this queue; empty: nobody registers here.
REGISTRATIONS_QUEUE_URL = (
    TASKS_QUEUE_URL.replace(name_of("tasks"), name_of("registrations"))
    if IS_LOCAL
    else env.str("REGISTRATIONS_QUEUE_URL", "")
)
# Who is asked what the DNS says of domains; empty: the machine's own resolvers.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
# The configuration set of SES that tells it; empty: mails name none.
MAIL_CONFIGURATION_SET = env.str("MAIL_CONFIGURATION_SET", name_of("mail") if IS_LOCAL else "")
# Of the 10 calls a second that AWS allows an account to manage API Gateway, this stage's share. The
# rest is for what is not planned: a look at a key's value, a deployment.
GATEWAY_CALLS_PER_SECOND = env.float("GATEWAY_CALLS_PER_SECOND", 9.5)
# A campaign's checks alarm staff where more than so many a minute are refused, and that is more
# than this share of them.
ALARM_REFUSALS_PER_MINUTE = env.int("ALARM_REFUSALS_PER_MINUTE", 20)
ALARM_REFUSED_PERCENT = env.int("ALARM_REFUSED_PERCENT", 50)
# Who on the staff is told by mail that a customer's quota is used up; nobody if it is empty.
QUOTA_NOTICES = env.list("QUOTA_NOTICES", default=[SUPPORT_ADDRESS])
# Who on the staff is told by mail that usage is about to be lost at AWS Marketplace, or is.
METERING_NOTICES = env.list("METERING_NOTICES", default=[SUPPORT_ADDRESS])
# Where newsletter platforms are pretended, by kind; only the laptop may lead there.
NEWSLETTER_ADDRESSES = env.json("NEWSLETTER_ADDRESSES", default={}) if IS_LOCAL else {}
# Who on the staff is told by mail that mail to an address comes back; nobody if it is empty.
RETURNED_MAIL_NOTICES = env.list("RETURNED_MAIL_NOTICES", default=[SUPPORT_ADDRESS])
# For how many days a line of the audit trail is kept, a year at least.
AUDIT_DAYS = env.int("AUDIT_DAYS", 730)
if AUDIT_DAYS < 365:
    raise ImproperlyConfigured("AUDIT_DAYS: the audit trail is kept for 365 days at least")
# How many proxies of ours append to X-Forwarded-For. 0: the peer's address is the client's.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "anymail",
    "storages",
    "backoffice",
    "campaigns",
    "tenants",
    "marketplace",
    "portal",
]

MIDDLEWARE = [
    "portal.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.TwoPolicyCSP",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.middleware.TwoHosts",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backoffice.sign_in.sessions.StaffSessions",
    "portal.middleware.BusyPage",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.support",
            ],
        },
    },
]

# Database. A local file is shared by web, worker and beat: IMMEDIATE transactions take the write
# lock at the start, so that a read that becomes a write never fails half-way; the time-out covers
# the longest queue seen under load (7.3 s).
DATABASES = {"default": env.db_url_config(given("DATABASE_URL"))}
if env.str("DATABASE_LOGIN", "password") == "role":
    DATABASES["default"]["ENGINE"] = "portal.postgres_by_role"
# As whom migrations run, where the portal's own user owns no table; empty: as everything else.
DATABASE_OWNER = env.str("DATABASE_OWNER", "")
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        ),
    }
    # Tests use a file too: threads and the browser share it as the processes of a laptop do.
    DATABASES["default"]["TEST"] = {"NAME": str(LOCAL_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Staff sign-in. Elsewhere than on the laptop nobody is let in by a password alone.
STAFF_SECOND_FACTOR = not IS_LOCAL or env.str("STAFF_SECOND_FACTOR", "off") != "off"
# Single sign-on, where a stage has a provider: https://openid.net/specs/openid-connect-core-1_0.html
STAFF_OIDC_ISSUER = env.str("STAFF_OIDC_ISSUER", "")
STAFF_OIDC_CLIENT_ID = env.str("STAFF_OIDC_CLIENT_ID", "")
STAFF_OIDC_CLIENT_SECRET = env.str("STAFF_OIDC_CLIENT_SECRET", "")
STAFF_OIDC_NAME = env.str("STAFF_OIDC_NAME", "single sign-on")
STAFF_OIDC_SECOND_FACTOR = env.str("STAFF_OIDC_SECOND_FACTOR", "ours")
STAFF_IDLE = timedelta(minutes=env.int("STAFF_IDLE_MINUTES", 30))
STAFF_LONGEST = timedelta(hours=env.int("STAFF_LONGEST_HOURS", 12))
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "backoffice.rights.RightsBackend",
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "portal/locked_out.html"
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "backoffice.staff_names.counted_name"
# TRUSTED_PROXIES says how to read the address; axes asks the same function as everybody else.
AXES_CLIENT_IP_CALLABLE = "backoffice.addresses.client_address"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

# Every stage but the laptop is reached by HTTPS alone.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not IS_LOCAL
SECURE_HSTS_SECONDS = 0 if IS_LOCAL else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not IS_LOCAL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A form comes from the host that it goes to: with two of them, neither trusts the other.
CSRF_TRUSTED_ORIGINS = [] if STAFF_HOST else [PORTAL_URL]
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# Where static files are: at a CDN, if the stage has one. The laptop never asks another machine.
STATIC_URL = "/static/" if IS_LOCAL else env.str("STATIC_URL", "/static/")
CDN_ORIGIN = origin_of(STATIC_URL)

# Content security. The admin's theme evaluates expressions and sets inline styles; the pages that
# strangers see do neither.
_FILES: list[object] = [SELF, CDN_ORIGIN] if CDN_ORIGIN else [SELF]
_STRICT: dict[str, list[object]] = {
    "default-src": [NONE],
    "script-src": [*_FILES, NONCE],
    "style-src": _FILES,
    "img-src": [*_FILES, "data:"],
    "font-src": _FILES,
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "object-src": [NONE],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": _STRICT}
CONTENT_SECURITY_POLICY_ADMIN = {
    **_STRICT,
    "script-src": [*_FILES, UNSAFE_EVAL],
    "style-src": [*_FILES, UNSAFE_INLINE],
}

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# Files. Exports hold unspent codes: private, and offered only to staff who may export.
STATIC_ROOT = (LOCAL_DIR if IS_LOCAL else BASE_DIR) / "static-collected"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = IS_LOCAL
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
EXPORTS_DIR = LOCAL_DIR / "exports"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": EXPORTS_DIR, "allow_overwrite": True},
    }
    if IS_LOCAL
    else {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name_of("exports"),
            "region_name": AWS_REGION,
            "file_overwrite": True,
            "querystring_expire": 300,
        },
    },
    "staticfiles": {
        "BACKEND": "portal.static_files.FilesAtTheCdn",
        "OPTIONS": {"static_url": STATIC_URL},
    }
    if CDN_ORIGIN
    else {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Mail
EMAIL_BACKEND = "portal.mail_backend.EmailBackend"
DEFAULT_FROM_EMAIL = given("MAIL_FROM")
ANYMAIL = {"AMAZON_SES_CONFIGURATION_SET_NAME": MAIL_CONFIGURATION_SET or None}

# Tasks. With `predefined_queues` kombu creates nothing and the queue's own visibility time-out
# holds; wait time and polling interval add up, so long polling goes with an interval of 0.
CELERY_BROKER_URL = "sqs://"
CELERY_TASK_DEFAULT_QUEUE = name_of("tasks")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "region": AWS_REGION,
    "wait_time_seconds": 5,
    "polling_interval": 0,
    "predefined_queues": {CELERY_TASK_DEFAULT_QUEUE: {"url": TASKS_QUEUE_URL}},
    "client-config": {"connect_timeout": 3, "read_timeout": 30},
}
CELERY_BEAT_SCHEDULE = {
    name: {"task": entry["task"], "schedule": entry["every_seconds"]}
    for name, entry in definition("schedule").items()
}
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "beat")

# Logs: one line of JSON each on a server, plain lines on the laptop; never a secret on either.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "portal.logs.Redact"}},
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "portal.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if IS_LOCAL else "json",
            "filters": ["redact"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("axes", "botocore", "boto3", "celery", "kombu", "urllib3", "waitress.queue")
    },
}
