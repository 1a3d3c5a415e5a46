"""Django's settings. What differs between places comes from the environment, by `config.environment`."""

from config import environment

ENV = environment.load()
BASE_DIR = environment.ROOT

DEMO = ENV.demo
VAR_DIR = ENV.var_dir
BASE_URL = ENV.base_url
TWILIO = ENV.twilio
FIELD_ENCRYPTION_KEYS = ENV.field_encryption_keys
DEMO_PHONES_URL = ENV.twilio.api_base_url if DEMO and ENV.twilio else ""
DEMO_MAIL_DIR = VAR_DIR / "mail"

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "sites",
    "scheduling",
    "notifications",
    "schedule",
    "django_rq",
    "django_htmx",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outside of all that asks the database, so that it also writes the session as who acts.
    "sites.acting.ActingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every page asks for a signed-in person unless its view says otherwise.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "sites.context_processors.demo",
                "sites.context_processors.doors",
            ],
        },
    },
]
# Draws every field with KERN's classes, from templates/components/.
FORM_RENDERER = "sites.forms.KernRenderer"

# Without a server named, only commands that need none may run; a connection then fails on this path, which
# says why.
NO_SERVER = "/DATABASE_URL and REDIS_URL are not set: start through manage.py or make demo"
DATABASES = {
    "default": {
        **(ENV.database or {"ENGINE": "django.db.backends.postgresql", "HOST": NO_SERVER, "NAME": "none"}),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASE_ROLE = ENV.database_role
REDIS_URL = ENV.redis_url or f"unix://{NO_SERVER}"
RQ_QUEUES = {"default": {"URL": REDIS_URL}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "pia_sites.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# On the own machine files are served from where they lie; elsewhere `collectstatic` gives each a name that
# changes with its content, so that browsers may keep it for ever.
STATIC_ROOT = VAR_DIR / "static" if ENV.secure else None
WHITENOISE_USE_FINDERS = not ENV.secure
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if ENV.secure
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# http is only possible on the own machine (BASE_URL is checked for it); everywhere else all of this is on.
SESSION_COOKIE_SECURE = ENV.secure
CSRF_COOKIE_SECURE = ENV.secure
SECURE_SSL_REDIRECT = ENV.secure
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENV.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.secure
SECURE_HSTS_PRELOAD = ENV.secure
# With https a proxy ends TLS in front of this program, and must overwrite this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.secure else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

DEFAULT_FROM_EMAIL = ENV.email_from
SERVER_EMAIL = ENV.email_from
EMAIL_BACKEND = ENV.email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = ENV.email["EMAIL_FILE_PATH"]
EMAIL_HOST = ENV.email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = ENV.email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = ENV.email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = ENV.email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = ENV.email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = ENV.email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = ENV.email["EMAIL_TIMEOUT"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"()": "config.logs.Discreet", "format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "short"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Django's own handlers (mail to admins, a console in DEBUG) are replaced by the root's.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
