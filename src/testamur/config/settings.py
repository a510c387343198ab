"""Settings of an installation. Everything that differs between two of them is a ``TESTAMUR_…`` variable.

``docs/reference/settings.md`` lists the variables; this file is where they are read, and nowhere else is.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from testamur.config import environment
from testamur.kernel import clock

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent
#: Everything that is written while running: database, files, keys, the public site. One folder to back up.
VAR = environment.folder("TESTAMUR_VAR", (CHECKOUT if (CHECKOUT / "pyproject.toml").is_file() else Path.cwd()) / "var")

# What this installation is -------------------------------------------------------------------------------------------

#: A sample platform may move its clock and marks everything it makes as a sample.
SAMPLE = environment.switch("TESTAMUR_SAMPLE")
clock.permit_travel(SAMPLE)
#: Refuse to publish a scheme version that still has unconfirmed values.
STRICT = environment.switch("TESTAMUR_STRICT")
DEBUG = environment.switch("TESTAMUR_DEBUG")

#: Where the server listens, ``host:port``; `testamur serve` binds to exactly this.
BIND = environment.text("TESTAMUR_BIND", "127.0.0.1:8000")
#: The address people type; the name in ids, DIDs and QR codes may differ from it.
ORIGIN = environment.text("TESTAMUR_ORIGIN", f"http://{BIND}").rstrip("/")
_origin_host = urlsplit(ORIGIN).hostname or "localhost"
HOST = environment.text("TESTAMUR_HOST", "sample.testamur.example" if SAMPLE else _origin_host)
#: Choosing a role instead of signing in: for a sample that only this machine can reach, never otherwise.
DEMO = SAMPLE and environment.bound_to_loopback(BIND) and _origin_host in environment.LOOPBACK

_https = ORIGIN.startswith("https://")

#: Public ids of the organisations at which every path of trust ends: who is believed without a further reason.
TESTAMUR_ROOTS = tuple(environment.text("TESTAMUR_ROOTS").replace(",", " ").split())

# Folders -------------------------------------------------------------------------------------------------------------

PUBLIC_DIR = environment.folder("TESTAMUR_PUBLIC_DIR", VAR / "public")
KEYS_DIR = environment.folder("TESTAMUR_KEYS_DIR", VAR / "keys")
LOG_POLICY = environment.folder("TESTAMUR_LOG_POLICY", VAR / "log-policy")  # who must cosign: a file, C2SP tlog-policy
FILES_DIR = environment.folder("TESTAMUR_FILES_DIR", VAR / "files")
#: Dated copies of the public register; apart from the public site, because a backup need not hold them.
OPEN_DATA_DIR = environment.folder("TESTAMUR_OPEN_DATA_DIR", VAR / "open-data")
OPEN_DATA = environment.one_of("TESTAMUR_OPEN_DATA", "weekly", "daily", "off")
OPEN_DATA_KEEP = environment.number("TESTAMUR_OPEN_DATA_KEEP", 12)  # snapshots whose files stay
OPEN_DATA_LICENCE = environment.text("TESTAMUR_OPEN_DATA_LICENCE", "CC-BY-4.0")
#: Keys of sources whose terms do not let their records be handed on.
OPEN_DATA_WITHOUT = tuple(environment.text("TESTAMUR_OPEN_DATA_WITHOUT").replace(",", " ").split())
#: Opens the key files; empty: a secret made once beside them, for one machine whose disk is trusted.
KEY_PASSPHRASE = environment.text("TESTAMUR_KEY_PASSPHRASE")
#: Where organisations' new keys are made: encrypted files, or the token of a hardware module (PKCS#11).
KEYS_IN = environment.one_of("TESTAMUR_KEYS_IN", "file", "hsm")
KEY_ALGORITHM = environment.one_of("TESTAMUR_KEY_ALGORITHM", "Ed25519", "ES256")
PKCS11_MODULE = environment.text("TESTAMUR_PKCS11_MODULE")  # path of the maker's library
PKCS11_TOKEN = environment.text("TESTAMUR_PKCS11_TOKEN")  # label of the token
PKCS11_PIN = environment.text("TESTAMUR_PKCS11_PIN")
PKCS11_PIN_FILE = environment.text("TESTAMUR_PKCS11_PIN_FILE")  # read where no PIN is in the environment

# Apps ----------------------------------------------------------------------------------------------------------------

#: Our apps in the order of the layers, lowest first; the structure tests read the order of this tuple's packages.
TESTAMUR_APPS = (
    "testamur.transparency",
    "testamur.journal",
    "testamur.files",
    "testamur.requirements",
    "testamur.parties",
    "testamur.schemes",
    "testamur.register",
    "testamur.notices",
    "testamur.selection",
    "testamur.determination",
    "testamur.review",
    "testamur.decision",
    "testamur.attestation",
    "testamur.surveillance",
    "testamur.studies",
    "testamur.improvement",
    "testamur.diagnosis",
    "testamur.proficiency",
    "testamur.wording",
    "testamur.portal",
    "testamur.workspace",
    "testamur.api",
)

INSTALLED_APPS = [
    *TESTAMUR_APPS,  # before allauth, so that our pages replace its own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "testamur.config.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "testamur.parties.acting.ActingMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "testamur.config.urls"
WSGI_APPLICATION = "testamur.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],  # the shells, and our pages in place of allauth's
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "testamur.config.context.installation",
                "testamur.parties.acting.context",
            ],
        },
    }
]

# Data ----------------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": environment.database(environment.text("TESTAMUR_DATABASE_URL", f"sqlite:///{VAR / 'testamur.sqlite3'}"))
}
# Not atomic per request: an action is the transaction, and a view that shows a refusal must not roll back a page.
ATOMIC_REQUESTS = False
#: Counts of requests mostly: with the usual three hundred entries, callers would push each other's counts out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "testamur",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

#: Largest file somebody may hand in, bytes.
LARGEST_FILE = environment.number("TESTAMUR_LARGEST_FILE", 50 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

#: Verifications by number that one address may ask for in a minute; one with an access token, fifty times as many.
VERIFICATIONS_A_MINUTE = environment.number("TESTAMUR_VERIFICATIONS_A_MINUTE", 1200)

# People --------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "parties.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/w/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "testamur.parties.signin.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "testamur.parties.signin.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Testamur] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Testamur"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _origin_host in environment.LOOPBACK
#: Functions are exercised only by people who signed in with two factors; a demo has no passwords at all.
SECOND_FACTOR_REQUIRED = not DEMO
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False

# One [[provider]] per OpenID provider with provider_id, name, client_id, secret and settings.server_url.
_oidc = environment.text("TESTAMUR_OIDC_FILE")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": tomllib.loads(Path(_oidc).read_text(encoding="utf-8")).get("provider", []) if _oidc else [],
    }
}

#: Browsers let a form lead only where the policy says; signing in with a provider leads to the provider.
OIDC_ORIGINS = sorted(
    {
        "://".join(urlsplit(app["settings"]["server_url"])[:2])
        for app in SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    }
)

# Mail: to a server where one is named, else into files that a person can read ------------------------------------

DEFAULT_FROM_EMAIL = environment.text("TESTAMUR_MAIL_FROM", f"testamur@{HOST}")
EMAIL_HOST = environment.text("TESTAMUR_SMTP_HOST")
EMAIL_PORT = environment.number("TESTAMUR_SMTP_PORT", 587)
EMAIL_HOST_USER = environment.text("TESTAMUR_SMTP_USER")
EMAIL_HOST_PASSWORD = environment.text("TESTAMUR_SMTP_PASSWORD")
EMAIL_USE_TLS = environment.switch("TESTAMUR_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = str(VAR / "mail")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"

#: Webhooks may call addresses of this machine's own network, over plain http: for trying out, never otherwise.
WEBHOOKS_PRIVATE = environment.switch("TESTAMUR_WEBHOOKS_PRIVATE")

# Languages and time --------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # stored; civil days are counted in the zone of a scheme's area (kernel.days)

# Static files --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = environment.folder("TESTAMUR_STATIC_ROOT", VAR / "static")
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# Security ------------------------------------------------------------------------------------------------------------

SECRET_KEY = environment.secret_key(VAR, required=_https)
ALLOWED_HOSTS = sorted({_origin_host, HOST, *(environment.LOOPBACK if environment.bound_to_loopback(BIND) else ())})
CSRF_TRUSTED_ORIGINS = [ORIGIN]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SECURE_SSL_REDIRECT = False  # the proxy in front does it; health checks come over http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.switch("TESTAMUR_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Nothing inline, nothing from elsewhere: what a page may do is what its files on this host do.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *OIDC_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# Logs: one JSON object a line, no personal data ---------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "testamur.config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": environment.text("TESTAMUR_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "testamur": {"level": environment.text("TESTAMUR_LOG_LEVEL", "INFO")},
    },
}

# A date hierarchy of old warnings is no use to an operator: these two are answered by the design.
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # SECURE_SSL_REDIRECT: see above
    "security.W004",  # HSTS off only where the origin is plain http on loopback
]
