"""All settings in one place, read from the environment (and from `.env`) with their types.

Importing this module starts nothing; what is missing or weak is reported by the system checks in `project/checks.py`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from environs import Env, validate

from project import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
# Tests say everything themselves: what a developer has set for trying things out must not leak into them.
if env.str("ENVIRONMENT", "local") != "test":
    env.read_env(str(BASE_DIR / ".env"), recurse=False)

AT_LEAST_ONE = validate.Range(min=1)
NOT_NEGATIVE = validate.Range(min=0)
A_MOMENT = validate.Range(min=0.1)

ENVIRONMENT = env.str("ENVIRONMENT", "local")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", False)

# --- Secrets and addresses -------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", "")
PUBLIC_URL = env.str("PUBLIC_URL", "").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Where `manage.py poll` finds the web process; one that listens on every address answers on this one.
_host = env.str("HOST", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")  # noqa: S104
WEB_URL = env.str("WEB_URL", "").rstrip("/") or f"http://{_host}:{env.str('PORT', '8000')}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

# Newest first: new values are written under the first, values of the others are still read (`rotate_encryption`).
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", [])
# For the keyed hash of an erased person's Telegram id, kept while a sanction or block lasts. Changing it forgets them.
TELEGRAM_ID_HASH_KEY = env.str("TELEGRAM_ID_HASH_KEY", "")
# Signs the calls of other clients to the HTTP API: whoever has it acts for everybody.
INTERNAL_BOT_SECRET = env.str("INTERNAL_BOT_SECRET", "")

TELEGRAM_BOT_TOKEN = env.str("TELEGRAM_BOT_TOKEN", "")
TELEGRAM_API_URL = env.str("TELEGRAM_API_URL", "https://api.telegram.org").rstrip("/")
TELEGRAM_WEBHOOK_SECRET = env.str("TELEGRAM_WEBHOOK_SECRET", "")
TELEGRAM_MESSAGES_PER_SECOND = env.int("TELEGRAM_MESSAGES_PER_SECOND", 30, validate=AT_LEAST_ONE)
TELEGRAM_TIMEOUT = timedelta(seconds=env.float("TELEGRAM_TIMEOUT_SECONDS", 10.0, validate=AT_LEAST_ONE))

# --- PostgreSQL ------------------------------------------------------------------------------------------------------
# Only the web process keeps a pool (asgi.py asks for it): a forked Celery worker must not share one.
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 0)
_database: dict[str, Any] = dict(env.dj_db_url("DATABASE_URL", "postgres:///ty_ne_odin"))
# The sender's and the workers' threads last, and so do their connections.
_database["CONN_MAX_AGE"] = 0 if DATABASE_POOL_SIZE or ENVIRONMENT == "test" else 600
_database["CONN_HEALTH_CHECKS"] = True
_database["DISABLE_SERVER_SIDE_CURSORS"] = False
_database.setdefault("OPTIONS", {})
# Django's own cursors never prepare a statement; for those few that are prepared one plan serves everybody.
_database["OPTIONS"]["prepare_threshold"] = 5
_database["OPTIONS"]["options"] = (
    f"{_database['OPTIONS'].get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
)
if DATABASE_POOL_SIZE:
    # A lock that somebody else holds, or a server that hangs, must not keep the web process's few threads for ever.
    _database["OPTIONS"]["options"] += " -c lock_timeout=2s -c statement_timeout=15s"
    _database["OPTIONS"]["connect_timeout"] = 5
    _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis -----------------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "redis://localhost:6379/0")
REDIS_PREFIX = env.str("REDIS_PREFIX", "tno")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}:cache",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
    }
}

# --- Celery ----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) if REDIS_URL.startswith("unix://") else REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "global_keyprefix": f"{REDIS_PREFIX}:celery:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ROUTES = {"matching.tasks.sweep": {"queue": "match.find"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prometheus",
    "ninja",
    "pgtrigger",
    "project",
    "delivery",
    "profiles",
    "matching",
    "chat",
    "safety",
]
MIDDLEWARE = [
    "project.requests.request_log",
    "project.problems.problems_not_pages",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
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
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Languages and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("uk", "Українська"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Web -------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Outside production the admin's files are served where they lie, with nothing to collect first.
STATIC_ROOT = BASE_DIR / "static-collected" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
X_FRAME_OPTIONS = "DENY"
METRICS_NETWORKS = env.list("METRICS_NETWORKS", ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12"])

# --- Admin -----------------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Ты не один",
    "SITE_HEADER": "Ты не один",
    "SITE_SUBHEADER": "You're Not Alone",
    "SITE_SYMBOL": "favorite",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "project.dashboard.home",
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "project.dashboard.navigation"},
    "TABS": "project.dashboard.tabs",
}

# --- The product's own numbers ---------------------------------------------------------------------------------------
RELAY_CONNECTIONS = env.int("RELAY_CONNECTIONS", 8, validate=AT_LEAST_ONE)
SERVICE_THREADS = env.int("SERVICE_THREADS", 8, validate=AT_LEAST_ONE)
PROPOSAL_LIFETIME = timedelta(seconds=env.int("PROPOSAL_SECONDS", 300, validate=AT_LEAST_ONE))
COOLDOWN_AFTER_DECLINE = timedelta(hours=env.int("COOLDOWN_AFTER_DECLINE_HOURS", 72, validate=NOT_NEGATIVE))
COOLDOWN_AFTER_EXPIRY = timedelta(hours=env.int("COOLDOWN_AFTER_EXPIRY_HOURS", 1, validate=NOT_NEGATIVE))
COOLDOWN_AFTER_CONVERSATION = timedelta(hours=env.int("COOLDOWN_AFTER_CONVERSATION_HOURS", 24, validate=NOT_NEGATIVE))
BLOCK_LASTS = timedelta(days=env.int("BLOCK_DAYS", 30, validate=AT_LEAST_ONE))
CLAIM_LASTS = timedelta(hours=env.float("CLAIM_LASTS_HOURS", 2.0, validate=A_MOMENT))
EVIDENCE_KEPT = timedelta(days=env.int("EVIDENCE_KEPT_DAYS", 30, validate=NOT_NEGATIVE))
OUTBOX_KEPT = timedelta(days=env.int("OUTBOX_KEPT_DAYS", 7, validate=NOT_NEGATIVE))
HISTORY_KEPT = timedelta(days=env.int("HISTORY_KEPT_DAYS", 365, validate=AT_LEAST_ONE))
ABANDONED_AFTER = timedelta(days=env.int("ABANDONED_AFTER_DAYS", 30, validate=AT_LEAST_ONE))
PURGE_EVERY = timedelta(hours=env.float("PURGE_HOURS", 24.0, validate=A_MOMENT))
MATCH_WEIGHTS = {
    "topic": env.float("MATCH_WEIGHT_TOPIC", 0.6, validate=NOT_NEGATIVE),
    "time": env.float("MATCH_WEIGHT_TIME", 0.2, validate=NOT_NEGATIVE),
    "helpfulness": env.float("MATCH_WEIGHT_HELPFULNESS", 0.2, validate=NOT_NEGATIVE),
}
MATCH_SWEEP_EVERY = timedelta(seconds=env.float("MATCH_SWEEP_SECONDS", 2.0, validate=A_MOMENT))
# Asking for a good partner first pays only where new people come all the time: matching/patience.py.
MATCH_PATIENCE = timedelta(seconds=env.float("MATCH_PATIENCE_SECONDS", 30.0, validate=NOT_NEGATIVE))
MATCH_PATIENCE_SCORE = env.float("MATCH_PATIENCE_SCORE", 0.85, validate=validate.Range(min=0, max=1))
MATCH_PATIENCE_FROM_PER_SECOND = env.float("MATCH_PATIENCE_FROM_PER_SECOND", 0.3, validate=NOT_NEGATIVE)
LISTENER_PROPOSALS_A_DAY = env.int("LISTENER_PROPOSALS_A_DAY", 3, validate=NOT_NEGATIVE)
# How much one person may write: so many messages a minute, a burst of as many (C6).
RELAY_MESSAGES_PER_MINUTE = env.int("RELAY_MESSAGES_PER_MINUTE", 15, validate=AT_LEAST_ONE)
LONG_CONVERSATION = timedelta(minutes=env.int("LONG_CONVERSATION_MINUTES", 60, validate=AT_LEAST_ONE))
LISTENER_RESTS = timedelta(hours=env.int("LISTENER_RESTS_HOURS", 24, validate=AT_LEAST_ONE))
ALONE_AFTER = timedelta(seconds=env.int("ALONE_AFTER_SECONDS", 180, validate=NOT_NEGATIVE))
ON_CALL_LASTS = timedelta(hours=env.int("ON_CALL_HOURS", 12, validate=AT_LEAST_ONE))
SESSION_IDLE = timedelta(hours=env.float("SESSION_IDLE_HOURS", 24.0, validate=A_MOMENT))
SESSION_IDLE_REMINDER = timedelta(minutes=env.float("SESSION_IDLE_REMINDER_MINUTES", 60.0, validate=A_MOMENT))
ANSWER_WAIT = timedelta(minutes=env.float("ANSWER_WAIT_MINUTES", 10.0, validate=A_MOMENT))
REUNION_WISH_KEPT = timedelta(days=env.int("REUNION_WISH_KEPT_DAYS", 30, validate=AT_LEAST_ONE))
MATCH_EXPIRE_EVERY = timedelta(seconds=env.float("MATCH_EXPIRE_SECONDS", 5.0, validate=A_MOMENT))
# Where people write to who think that they were treated wrongly, or want to know more about their data.
SUPPORT_CONTACT = env.str("SUPPORT_CONTACT", "")
MINOR_ASKED_AGAIN_AFTER = timedelta(hours=24)
# Raised with every change of the rules: people are asked again before they talk to somebody new.
RULES_VERSION = 1

# Dotted paths; each is a step (see design: an app calls down, facts travel up through these lists).
ON_UNREACHABLE: list[str] = ["matching.services.leave_unreachable", "chat.services.leave_unreachable"]
ON_PROFILE_CHANGED: list[str] = ["matching.services.refresh_pool_entry"]
# A profile was made, perhaps by somebody who was erased while a sanction or a block was in force.
ON_PROFILE_CREATED: list[str] = ["safety.personal_data.restore"]
# Somebody is about to be erased: first they let go of everybody else, as if they had left by themselves.
ON_ERASURE: list[str] = ["matching.services.leave_unreachable", "chat.services.leave"]
# Whether a person has parted with the partner of an ended conversation themselves: (profile_id, session, now) -> bool.
AGAINST_MEETING_AGAIN: list[str] = ["safety.queries.has_parted"]
# Each app's module with `export(profile)` and `erase(profile, now)`, uppermost app first (P7).
PERSONAL_DATA: list[str] = [
    "safety.personal_data",
    "chat.personal_data",
    "matching.personal_data",
    "profiles.personal_data",
    "delivery.personal_data",
]
# Each app's step that deletes what has been kept long enough: (now) -> rows by what they were (O6).
RETENTION: list[str] = [
    "safety.retention.purge",
    "matching.retention.purge",
    "profiles.retention.purge",
    "delivery.retention.purge",
]
# Each app's metrics that are read from the database at scrape: (now) -> prometheus_client's metric families (O1).
DATABASE_METRICS: list[str] = [
    "matching.metrics.from_database",
    "chat.metrics.from_database",
    "safety.metrics.from_database",
    "delivery.metrics.from_database",
]
# What apps add below the farewell: (session_id, profile_id, now) -> rows of buttons, in the language that is active.
CHAT_FAREWELL_ROWS: list[str] = []
# Shown to who is under 18: (language) -> HTML.
MINOR_NOTICE: list[str] = ["safety.hotlines.children_html"]

# Where errors are reported to, without content; empty: nowhere.
SENTRY_DSN = env.str("SENTRY_DSN", "")

# --- Logs: structured, without content -------------------------------------------------------------------------------
logs.configure()
LOGGING = logs.logging_configuration(readable=logs.is_readable(production=PRODUCTION))
