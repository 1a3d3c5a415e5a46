"""Django's settings. What differs between places comes from the environment, by `config.environment`."""

from csp.constants import NONE, SELF

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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "sites.middleware.permissions_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outside of all that asks the database, so that it also writes the session as who acts.
    "sites.acting.ActingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Every page asks for a signed-in person who was active lately, unless its view says otherwise.
    "sites.middleware.SessionRequired",
    "sites.middleware.SecondFactorRequired",
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
                "sites.context_processors.session",
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
RQ = {"WORKER_CLASS": "config.jobs.DiscreetWorker"}
# Shared by all processes; holds the counts of the rate limits and nothing that may not be lost.
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "pia-cache",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "pia_sites.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "display_name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

# Signing in (django-allauth). People come by invitation, so nothing here signs anybody up.
ACCOUNT_ADAPTER = "sites.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Who invites somebody vouches for the address; a change of it is confirmed by a link.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if ENV.secure else "http"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "sign_in"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# An unattended desk must not be enough to move somebody's access to another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "login": "sites.forms.SignInForm",
    "reset_password": "sites.forms.ResetPasswordForm",
    "reset_password_from_key": "sites.forms.NewPasswordForm",
    "change_password": "sites.forms.ChangePasswordForm",
    "add_email": "sites.forms.ChangeEmailForm",
    "reauthenticate": "sites.forms.ReauthenticateForm",
}
# A facility's people share one address of the internet, so the limits by address are wide, those by person
# narrow. "login_failed" counts wrong passwords and wrong codes alike.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/300s/key",
    "reset_password": "20/m/ip,3/10m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENV.secure else 0
MFA_REQUIRED = not DEMO
MFA_ADAPTER = "sites.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "PIA Flex"
# A phone's clock may go wrong by half a minute.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Browsers allow passkeys without https on the own machine only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.secure
MFA_FORMS = {
    "authenticate": "sites.forms.SecondFactorForm",
    "reauthenticate": "sites.forms.SecondFactorAgainForm",
    "activate_totp": "sites.forms.ActivateTotpForm",
    "add_webauthn": "sites.forms.AddPasskeyForm",
    "authenticate_webauthn": "sites.forms.PasskeyForm",
    "reauthenticate_webauthn": "sites.forms.PasskeyAgainForm",
    "edit_webauthn": "sites.forms.RenamePasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "sites.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": provider.id,
                "name": provider.name,
                "client_id": provider.client_id,
                "secret": provider.secret,
                "settings": {"server_url": provider.server_url, "trust_email": provider.trust_email},
            }
            for provider in ENV.oidc_providers
        ],
    }
}

# A session ends after this time without a sign of life (sites.middleware), or with the browser.
IDLE_MINUTES = ENV.idle_minutes
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 24 * 3600

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
CSRF_COOKIE_HTTPONLY = True
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
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        # KERN draws its icons, and allauth the code to scan, from data: images.
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # Browsers follow a form's redirects with this list: signing in elsewhere begins with a form.
        "form-action": [SELF, *sorted({provider.origin for provider in ENV.oidc_providers})],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

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
