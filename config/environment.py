"""What the surroundings tell the program: every environment variable, read and checked in one place.

`load()` returns an `Environment` or ends the process with one line per unusable variable, each naming the
variable and the mend. With DEMO=1 whatever is missing is filled in with values that are safe on one's own
machine only.
"""

import base64
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from environ import Env

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# From the block that the Bundesnetzagentur keeps free for media: it can never reach a person.
DEMO_SENDER = "+493023125000"
DEMO_EMAIL_FROM = "termine@example.org"

_ROLE = re.compile(r"pia_[a-z]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]")
_TWILIO_NAMES = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_REGION",
    "TWILIO_EDGE",
    "TWILIO_API_BASE_URL",
)
DEFAULT_IDLE_MINUTES = 30
_OIDC_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OIDC_MEND = (
    'set it like [{"id": "klinik", "name": "Klinikum", "server_url": "https://id.example.org/realms/klinik", '
    '"client_id": "pia", "secret": "…"}], or leave it out'
)
_MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(60))'"
_MAKE_FERNET_KEY = "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"


@dataclass(frozen=True)
class Twilio:
    """One Twilio account and who it sends as: `sender` (E.164) or `messaging_service_sid`, one is empty."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    messaging_service_sid: str
    region: str
    edge: str
    api_base_url: str


@dataclass(frozen=True)
class OidcProvider:
    """One OpenID Connect provider. `trust_email`: its addresses count as verified without its saying so."""

    id: str
    name: str
    server_url: str
    client_id: str
    secret: str = field(repr=False)
    trust_email: bool

    @property
    def origin(self) -> str:
        parts = urlsplit(self.server_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Environment:
    """The checked values. `database` is what Django's DATABASES takes, None where no server is named."""

    demo: bool
    var_dir: Path
    database: dict[str, Any] | None
    database_role: str
    redis_url: str | None
    secret_key: str = field(repr=False)
    field_encryption_keys: list[str] = field(repr=False)
    base_url: str
    allowed_hosts: list[str]
    email: dict[str, Any] = field(repr=False)
    email_from: str
    twilio: Twilio | None
    idle_minutes: int
    oidc_providers: list[OidcProvider]

    @property
    def secure(self) -> bool:
        """Whether people reach the site by https."""
        return self.base_url.startswith("https://")


class Problem(Exception):
    """One variable that cannot be used; the text is the line that the operator reads."""


def load(environ: Mapping[str, str] = os.environ) -> Environment:
    """Read all variables, or end the process with exit code 1 and one line for each unusable one."""
    problems: list[str] = []

    def checked(read: Any, *args: Any) -> Any:
        try:
            return read(*args)
        except Problem as problem:
            problems.append(str(problem))
            return None

    demo = checked(_demo, environ)
    if not problems and demo:
        environ = checked(complete_demo, environ) or environ
    base_url = checked(_base_url, environ)
    values = {
        "demo": bool(demo),
        "var_dir": var_dir(environ),
        "database": checked(_database, environ),
        "database_role": checked(_database_role, environ),
        "redis_url": checked(_redis_url, environ),
        "secret_key": checked(_secret_key, environ),
        "field_encryption_keys": checked(_field_encryption_keys, environ),
        "base_url": base_url,
        "allowed_hosts": checked(_allowed_hosts, environ, base_url),
        "email": checked(_email, environ),
        "email_from": checked(_email_from, environ),
        "twilio": checked(_twilio, environ),
        "idle_minutes": checked(_idle_minutes, environ),
        "oidc_providers": checked(_oidc_providers, environ),
    }
    if problems:
        raise SystemExit("\n".join(problems))
    if values["database"] and values["database_role"]:
        values["database"] = _with_role(values["database"], values["database_role"])
    return Environment(**values)


def var_dir(environ: Mapping[str, str]) -> Path:
    """Where servers and demo keep their files: var/, or var/demo/; VAR_DIR names another place than var/."""
    var = Path(environ.get("VAR_DIR") or ROOT / "var").absolute()
    return var / "demo" if environ.get("DEMO") == "1" else var


def complete_demo(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with all that the demo needs and nobody should have to set.

    Keys are made once and kept in var/demo/, readable by their owner only. Twilio always points to the demo
    phones: real credentials that happen to be set must never send the demo's invented messages.
    """
    port = _port(environ)
    var = var_dir(environ)
    completed = {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": f"filemail:///{quote(str(var / 'mail'))}",
        "EMAIL_FROM": DEMO_EMAIL_FROM,
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port + 1}",
    }
    completed.update({name: value for name, value in environ.items() if value})
    for name in _TWILIO_NAMES:
        if name != "TWILIO_API_BASE_URL":
            completed.pop(name, None)
    for name, value in _demo_keys(var).items():
        if name.startswith("TWILIO_") or not completed.get(name):
            completed[name] = value
    completed["TWILIO_FROM"] = DEMO_SENDER
    return completed


def _demo_keys(var: Path) -> dict[str, str]:
    path = var / "keys.json"
    try:
        if not path.exists():
            _write_once(path, _new_demo_keys())
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise Problem(
            f"DEMO: cannot use the demo's keys ({error}); remove {var} or set VAR_DIR to another folder"
        ) from error


def _new_demo_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(60),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
    }


def _write_once(path: Path, content: dict[str, str]) -> None:
    """Write a file of mode 0600 whole or not at all; of two processes that do it at once the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _demo(environ: Mapping[str, str]) -> bool:
    value = environ.get("DEMO", "")
    if value not in ("", "0", "1"):
        raise Problem(f"DEMO: {value!r} is neither 0 nor 1; set DEMO=1 for the demo or leave it out")
    return value == "1"


def _port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or str(DEFAULT_PORT)
    # The demo phones take the next port, so the last one is too high.
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65534:
        raise Problem(f"PORT: {value!r} is no port number; set one from 1 to 65534, for example PORT=8010")
    return int(value)


def _required(environ: Mapping[str, str], name: str, mend: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise Problem(f"{name} is not set; {mend} (only to try it out: make demo, or DEMO=1)")
    return value


def _split(name: str, value: str, mend: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise Problem(f"{name}: not a usable URL ({error}); {mend}") from error
    return parts


def _database(environ: Mapping[str, str]) -> dict[str, Any] | None:
    mend = "set it like postgresql://user:password@host:5432/database"
    value = environ.get("DATABASE_URL", "").strip()
    if not value:
        return None
    parts = _split("DATABASE_URL", value, mend)
    if parts.scheme not in ("postgres", "postgresql"):
        raise Problem(f"DATABASE_URL: {parts.scheme or 'no scheme'!r} is not PostgreSQL; {mend}")
    database = dict(Env.db_url_config(value))
    options = dict(database.pop("OPTIONS", {}))
    # libpq takes these from the query too, and a socket's directory fits nowhere else.
    for name, key in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD")):
        if name in options:
            database[key] = str(options.pop(name))
    if not database["NAME"]:
        raise Problem(f"DATABASE_URL: no database is named; {mend}")
    host = str(database["HOST"])
    # A folder may well have a % in its name; but in the place of a server's name it is one written wrongly.
    if "%" in host and not host.startswith("/"):
        raise Problem("DATABASE_URL: name a socket's folder like postgresql://user@/database?host=/folder")
    return {**database, "ENGINE": "django.db.backends.postgresql", "OPTIONS": options}


def _database_role(environ: Mapping[str, str]) -> str:
    """The role that each connection takes on; the entry points set it (`config.roles`). "" for none."""
    value = environ.get("DATABASE_ROLE", "").strip()
    if value and not _ROLE.fullmatch(value):
        raise Problem(f"DATABASE_ROLE: {value!r} is no role of this program; leave it out, or set pia_web")
    return value


def _with_role(database: dict[str, Any], role: str) -> dict[str, Any]:
    """`database` with connections that begin in `role`, and return to it on RESET ROLE."""
    options = dict(database.get("OPTIONS", {}))
    options["options"] = " ".join(filter(None, [options.get("options", ""), f"-c role={role}"]))
    return {**database, "OPTIONS": options}


def _redis_url(environ: Mapping[str, str]) -> str | None:
    mend = "set it like redis://host:6379/0, rediss://… or unix:///path/to/socket"
    value = environ.get("REDIS_URL", "").strip()
    if not value:
        return None
    parts = _split("REDIS_URL", value, mend)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise Problem(f"REDIS_URL: {parts.scheme or 'no scheme'!r} is not Redis; {mend}")
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise Problem(f"REDIS_URL: it names no server; {mend}")
    return value


def _secret_key(environ: Mapping[str, str]) -> str:
    mend = f"set 50 random characters or more, made by: {_MAKE_KEY}"
    value = _required(environ, "SECRET_KEY", mend)
    # The same measure as Django's own check security.W009, but before anything is signed with it.
    if len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure-"):
        raise Problem(f"SECRET_KEY: too easy to guess; {mend}")
    return value


def _field_encryption_keys(environ: Mapping[str, str]) -> list[str]:
    mend = f"set keys separated by commas (the first encrypts), each made by: {_MAKE_FERNET_KEY}"
    keys = [key.strip() for key in _required(environ, "FIELD_ENCRYPTION_KEYS", mend).split(",")]
    for number, key in enumerate(keys, start=1):
        try:
            usable = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
        except ValueError:  # no ASCII, or no base64
            usable = False
        if not usable:
            raise Problem(f"FIELD_ENCRYPTION_KEYS: key {number} is no Fernet key; {mend}")
    return keys


def _base_url(environ: Mapping[str, str]) -> str:
    mend = "set the address that people and Twilio reach, like https://termine.example.org"
    value = _required(environ, "BASE_URL", mend).rstrip("/")
    parts = _split("BASE_URL", value, mend)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Problem(f"BASE_URL: {value!r} is no web address; {mend}")
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise Problem(f"BASE_URL: only scheme, host and port are allowed; {mend}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Problem(f"BASE_URL: http would send passwords and health data in the clear; {mend}")
    return value


def _allowed_hosts(environ: Mapping[str, str], base_url: str | None) -> list[str]:
    value = environ.get("ALLOWED_HOSTS", "").strip()
    if not value:
        host = urlsplit(base_url or "").hostname or ""
        return [f"[{host}]" if ":" in host else host]
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise Problem(
                f"ALLOWED_HOSTS: {host!r} is no host name; set names separated by commas, "
                "without scheme, port or *"
            )
    return hosts


def _email(environ: Mapping[str, str]) -> dict[str, Any]:
    mend = "set it like smtp+tls://user:password@mail.example.org:587"
    value = _required(environ, "EMAIL_URL", mend)
    parts = _split("EMAIL_URL", value, mend)
    if parts.scheme not in Env.EMAIL_SCHEMES:
        raise Problem(f"EMAIL_URL: {parts.scheme or 'no scheme'!r} is no way to send mail; {mend}")
    if parts.scheme.startswith("smtp") and not parts.hostname:
        raise Problem(f"EMAIL_URL: it names no server; {mend}")
    if parts.scheme == "filemail" and not parts.path.startswith("//"):
        raise Problem("EMAIL_URL: filemail needs an absolute folder, like filemail:////var/mail/pia")
    settings = dict(Env.email_url_config(value))
    # A mail server that hangs must not hold a worker for ever.
    return {"EMAIL_TIMEOUT": 20, **settings.pop("OPTIONS", {}), **settings}


def _email_from(environ: Mapping[str, str]) -> str:
    mend = "set a neutral sender address, like termine@example.org"
    value = _required(environ, "EMAIL_FROM", mend)
    address = parseaddr(value)[1]
    local, _, domain = address.rpartition("@")
    if not local or not _HOST.fullmatch(domain) or any(character.isspace() for character in address):
        raise Problem(f"EMAIL_FROM: {value!r} is no mail address; {mend}")
    return value


def _twilio(environ: Mapping[str, str]) -> Twilio | None:
    given = {name: environ.get(name, "").strip() for name in _TWILIO_NAMES}
    if not any(given.values()):
        return None
    off = "or unset all TWILIO_ variables to run without SMS"
    shapes = {
        "TWILIO_ACCOUNT_SID": (r"AC[0-9a-f]{32}", "the account's SID, AC and 32 hex digits"),
        "TWILIO_AUTH_TOKEN": (r"\S+", "the account's auth token"),
        "TWILIO_FROM": (_E164.pattern, "a number like +493023125000"),
        "TWILIO_MESSAGING_SERVICE_SID": (r"MG[0-9a-f]{32}", "the service's SID, MG and 32 hex digits"),
        "TWILIO_REGION": (r"[a-z0-9-]+", "a region like ie1"),
        "TWILIO_EDGE": (r"[a-z0-9-]+", "an edge like dublin"),
        "TWILIO_API_BASE_URL": (r"https?://[^/?#\s]+/?", "an address like https://gateway.example.org"),
    }
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        if not given[name]:
            raise Problem(f"{name} is not set; set {shapes[name][1]}, {off}")
    for name, (shape, meaning) in shapes.items():
        if given[name] and not re.fullmatch(shape, given[name]):
            raise Problem(f"{name}: not usable; set {meaning}, {off}")
    if bool(given["TWILIO_FROM"]) == bool(given["TWILIO_MESSAGING_SERVICE_SID"]):
        raise Problem(f"TWILIO_FROM: set either TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID, {off}")
    return Twilio(
        account_sid=given["TWILIO_ACCOUNT_SID"],
        auth_token=given["TWILIO_AUTH_TOKEN"],
        sender=given["TWILIO_FROM"],
        messaging_service_sid=given["TWILIO_MESSAGING_SERVICE_SID"],
        region=given["TWILIO_REGION"],
        edge=given["TWILIO_EDGE"],
        api_base_url=given["TWILIO_API_BASE_URL"].rstrip("/"),
    )


def _idle_minutes(environ: Mapping[str, str]) -> int:
    value = environ.get("IDLE_MINUTES", "").strip() or str(DEFAULT_IDLE_MINUTES)
    if not value.isascii() or not value.isdigit() or not 5 <= int(value) <= 720:
        raise Problem(
            f"IDLE_MINUTES: {value!r} is no number of minutes from 5 to 720; set one, or leave it out for "
            f"{DEFAULT_IDLE_MINUTES}"
        )
    return int(value)


def _oidc_providers(environ: Mapping[str, str]) -> list[OidcProvider]:
    value = environ.get("OIDC_PROVIDERS", "").strip()
    if not value:
        return []
    try:
        entries = json.loads(value)
    except ValueError:
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Problem(f"OIDC_PROVIDERS: not a JSON list of objects; {_OIDC_MEND}")
    providers = [_oidc_provider(number, entry) for number, entry in enumerate(entries, start=1)]
    if len({provider.id for provider in providers}) < len(providers):
        raise Problem(f"OIDC_PROVIDERS: two providers have the same id; {_OIDC_MEND}")
    return providers


def _oidc_provider(number: int, entry: dict[str, Any]) -> OidcProvider:
    entry = {"trust_email": False, **entry}
    required = ("id", "name", "server_url", "client_id", "secret")
    for name in required:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise Problem(f"OIDC_PROVIDERS: provider {number} has no {name}; {_OIDC_MEND}")
    unknown = sorted(set(entry) - {*required, "trust_email"})
    if unknown:
        raise Problem(f"OIDC_PROVIDERS: provider {number} has an unknown {unknown[0]!r}; {_OIDC_MEND}")
    if not _OIDC_ID.fullmatch(entry["id"]):
        raise Problem(f"OIDC_PROVIDERS: the id of provider {number} is no short word; {_OIDC_MEND}")
    if not isinstance(entry["trust_email"], bool):
        raise Problem(f"OIDC_PROVIDERS: trust_email of provider {number} is not true or false; {_OIDC_MEND}")
    parts = _split("OIDC_PROVIDERS", entry["server_url"], _OIDC_MEND)
    own_machine = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or own_machine):
        raise Problem(f"OIDC_PROVIDERS: server_url of provider {number} is no https address; {_OIDC_MEND}")
    return OidcProvider(**{**entry, "server_url": entry["server_url"].rstrip("/")})
