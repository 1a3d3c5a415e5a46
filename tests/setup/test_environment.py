"""Each variable that is missing or unusable stops the start with one line that names it and the mend."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment
from config.servers import Postgres

COMPLETE = {
    "SECRET_KEY": "x1-Y2_z3" * 8,
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "BASE_URL": "https://termine.example.org",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.org:587",
    "EMAIL_FROM": "termine@example.org",
}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0a" * 16,
    "TWILIO_AUTH_TOKEN": "0b" * 16,
    "TWILIO_FROM": "+493023125000",
}


def oidc(**changes: object) -> str:
    provider = {
        "id": "klinik",
        "name": "Klinikum",
        "server_url": "https://id.example.org/realms/klinik/",
        "client_id": "pia",
        "secret": "geheim-7c1f",
    }
    return json.dumps([{**provider, **changes}])


def refusal(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        environment.load(environ)
    assert isinstance(ended.value.code, str)  # Python prints it to stderr and exits with 1
    return ended.value.code.split("\n")


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("value", ["missing", "", "   "])
def test_a_missing_variable_is_named_with_the_mend(name: str, value: str) -> None:
    environ = {**COMPLETE, name: value}
    if value == "missing":
        del environ[name]
    lines = refusal(environ)
    assert len(lines) == 1
    assert lines[0].startswith(f"{name} is not set; set ")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DATABASE_URL", "mysql://db/pia", "'mysql' is not PostgreSQL; set it like postgresql://"),
        ("DATABASE_URL", "pia", "'no scheme' is not PostgreSQL; set it like postgresql://"),
        ("DATABASE_URL", "postgresql://db:port/pia", "not a usable URL"),
        ("DATABASE_URL", "postgresql://pia@%2Frun/pia", "name a socket's folder like postgresql://user@/"),
        ("DATABASE_URL", "postgresql://db:5432/", "no database is named; set it like postgresql://"),
        ("REDIS_URL", "http://cache", "'http' is not Redis; set it like redis://"),
        ("REDIS_URL", "redis://", "it names no server; set it like redis://"),
        ("REDIS_URL", "unix://", "it names no server; set it like redis://"),
        ("SECRET_KEY", "short", "too easy to guess; set 50 random characters"),
        ("SECRET_KEY", "a" * 60, "too easy to guess; set 50 random characters"),
        ("SECRET_KEY", "django-insecure-" + "x1-Y2_z3" * 8, "too easy to guess; set 50 random characters"),
        ("FIELD_ENCRYPTION_KEYS", "abc", "key 1 is no Fernet key; set keys"),
        (
            "FIELD_ENCRYPTION_KEYS",
            COMPLETE["FIELD_ENCRYPTION_KEYS"] + ",ü",
            "key 2 is no Fernet key; set keys",
        ),
        (
            "FIELD_ENCRYPTION_KEYS",
            COMPLETE["FIELD_ENCRYPTION_KEYS"] + ",",
            "key 2 is no Fernet key; set keys",
        ),
        ("BASE_URL", "termine.example.org", "is no web address; set the address"),
        ("BASE_URL", "https://termine.example.org/pia", "only scheme, host and port are allowed; set the"),
        ("BASE_URL", "http://termine.example.org", "http would send passwords and health data in the clear"),
        ("BASE_URL", "https://termine.example.org:99999", "not a usable URL"),
        ("ALLOWED_HOSTS", "*", "'*' is no host name; set names separated by commas"),
        ("ALLOWED_HOSTS", "https://termine.example.org", "is no host name; set names separated by commas"),
        ("EMAIL_URL", "mail.example.org", "'no scheme' is no way to send mail; set it like smtp+tls://"),
        ("EMAIL_URL", "smtp://", "it names no server; set it like smtp+tls://"),
        ("EMAIL_URL", "filemail://mail", "filemail needs an absolute folder"),
        ("EMAIL_FROM", "Termine", "is no mail address; set a neutral sender address"),
        ("EMAIL_FROM", "termine@", "is no mail address; set a neutral sender address"),
        ("IDLE_MINUTES", "0", "'0' is no number of minutes from 5 to 720"),
        ("IDLE_MINUTES", "viele", "'viele' is no number of minutes from 5 to 720"),
        ("OIDC_PROVIDERS", "klinik", "not a JSON list of objects; set it like [{"),
        ("OIDC_PROVIDERS", "[{}]", "provider 1 has no id; set it like [{"),
        ("OIDC_PROVIDERS", oidc(server_url="http://id.example.org"), "server_url of provider 1 is no https"),
        ("OIDC_PROVIDERS", oidc(id="Ein Haus"), "the id of provider 1 is no short word"),
        ("OIDC_PROVIDERS", oidc(trust_email="no"), "trust_email of provider 1 is not true or false"),
        ("OIDC_PROVIDERS", oidc(sercet="x"), "provider 1 has an unknown 'sercet'"),
        ("OIDC_PROVIDERS", f"[{oidc()[1:-1]}, {oidc()[1:-1]}]", "two providers have the same id"),
        ("DEMO", "yes", "'yes' is neither 0 nor 1; set DEMO=1"),
    ],
)
def test_an_unusable_variable_is_named_with_the_mend(name: str, value: str, reason: str) -> None:
    lines = refusal({**COMPLETE, name: value})
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: ")
    assert reason in lines[0]


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID is not set; set the account's SID"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID: not usable; set the account's SID"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN is not set; set the account's auth token"),
        ({"TWILIO_AUTH_TOKEN": "a b"}, "TWILIO_AUTH_TOKEN: not usable; set the account's auth token"),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM: set either TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"),
        ({"TWILIO_FROM": "030 23125000"}, "TWILIO_FROM: not usable; set a number like +493023125000"),
        (
            {"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0c" * 16},
            "TWILIO_FROM: set either TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID",
        ),
        (
            {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "service"},
            "TWILIO_MESSAGING_SERVICE_SID: not usable; set the service's SID",
        ),
        ({"TWILIO_REGION": "IE 1"}, "TWILIO_REGION: not usable; set a region like ie1"),
        ({"TWILIO_EDGE": "Dublin!"}, "TWILIO_EDGE: not usable; set an edge like dublin"),
        ({"TWILIO_API_BASE_URL": "gateway"}, "TWILIO_API_BASE_URL: not usable; set an address like https://"),
    ],
)
def test_twilio_is_set_whole_or_not_at_all(change: dict[str, str], start: str) -> None:
    lines = refusal({**COMPLETE, **TWILIO, **change})
    assert len(lines) == 1
    assert lines[0].startswith(start)
    assert lines[0].endswith("or unset all TWILIO_ variables to run without SMS")


def test_every_problem_has_its_own_line() -> None:
    lines = refusal({"BASE_URL": COMPLETE["BASE_URL"], "REDIS_URL": "http://cache"})
    assert [re.split("[ :]", line)[0] for line in lines] == [
        "REDIS_URL",
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "EMAIL_URL",
        "EMAIL_FROM",
    ]


def test_no_refusal_repeats_a_secret() -> None:
    secret = "geheim-7c1f"
    environ = {
        **COMPLETE,
        **TWILIO,
        "SECRET_KEY": secret,
        "FIELD_ENCRYPTION_KEYS": secret,
        "DATABASE_URL": f"mysql://pia:{secret}@db/pia",
        "REDIS_URL": f"http://:{secret}@cache",
        "EMAIL_URL": f"mail://user:{secret}@mail.example.org",
        "TWILIO_AUTH_TOKEN": f"{secret} {secret}",
    }
    lines = refusal(environ)
    assert len(lines) == 6
    assert [line for line in lines if secret in line] == []


def test_values_are_read() -> None:
    read = environment.load({**COMPLETE, "ALLOWED_HOSTS": "termine.example.org, .example.com"})
    assert read.demo is False
    assert read.database is None
    assert read.redis_url is None
    assert read.allowed_hosts == ["termine.example.org", ".example.com"]
    assert read.field_encryption_keys == [COMPLETE["FIELD_ENCRYPTION_KEYS"]]
    assert read.email["EMAIL_HOST"] == "mail.example.org"
    assert read.email["EMAIL_USE_TLS"] is True
    assert read.twilio is None
    assert read.secure is True


def test_without_allowed_hosts_only_the_base_url_is_served() -> None:
    assert environment.load(COMPLETE).allowed_hosts == ["termine.example.org"]
    ipv6 = environment.load({**COMPLETE, "BASE_URL": "http://[::1]:8000/"})
    assert ipv6.base_url == "http://[::1]:8000"
    assert ipv6.allowed_hosts == ["[::1]"]


@pytest.mark.parametrize(
    ("url", "host", "port", "options"),
    [
        ("postgresql://pia:word@db:5433/pia?sslmode=require", "db", 5433, {"sslmode": "require"}),
        ("postgresql://pia@/pia?host=%2Frun%2Fpostgres&port=5433", "/run/postgres", "5433", {}),
    ],
)
def test_a_database_is_reached_by_network_or_socket(
    url: str, host: str, port: object, options: dict[str, str]
) -> None:
    database = environment.load({**COMPLETE, "DATABASE_URL": url}).database
    assert database is not None
    assert (database["HOST"], database["PORT"], database["NAME"]) == (host, port, "pia")
    assert database["OPTIONS"] == options


def test_a_process_s_role_is_the_role_of_each_of_its_connections() -> None:
    url = "postgresql://pia@db/pia?options=-c%20statement_timeout%3D5s"
    read = environment.load({**COMPLETE, "DATABASE_URL": url, "DATABASE_ROLE": "pia_web"})
    assert read.database is not None
    assert read.database["OPTIONS"] == {"options": "-c statement_timeout=5s -c role=pia_web"}
    assert environment.load(COMPLETE).database_role == ""


def test_only_a_role_of_the_program_is_taken() -> None:
    assert refusal({**COMPLETE, "DATABASE_ROLE": "postgres -c x=y"}) == [
        "DATABASE_ROLE: 'postgres -c x=y' is no role of this program; leave it out, or set pia_web"
    ]


def test_twilio_takes_a_messaging_service_in_place_of_a_number() -> None:
    service = {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0c" * 16}
    extra = {
        "TWILIO_REGION": "ie1",
        "TWILIO_EDGE": "dublin",
        "TWILIO_API_BASE_URL": "https://sms.example.org/",
    }
    assert environment.load({**COMPLETE, **TWILIO, **service, **extra}).twilio == environment.Twilio(
        account_sid=TWILIO["TWILIO_ACCOUNT_SID"],
        auth_token=TWILIO["TWILIO_AUTH_TOKEN"],
        sender="",
        messaging_service_sid="MG" + "0c" * 16,
        region="ie1",
        edge="dublin",
        api_base_url="https://sms.example.org",
    )


def test_secrets_do_not_show_in_the_representation() -> None:
    shown = repr(environment.load({**COMPLETE, **TWILIO}))
    assert [value for value in (COMPLETE["SECRET_KEY"], TWILIO["TWILIO_AUTH_TOKEN"]) if value in shown] == []


def test_the_demo_makes_its_keys_once_for_its_owner_only(tmp_path: Path) -> None:
    first = environment.load({"DEMO": "1", "VAR_DIR": str(tmp_path)})
    again = environment.load({"DEMO": "1", "VAR_DIR": str(tmp_path)})
    assert first == again
    keys = tmp_path / "demo" / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert json.loads(keys.read_text())["SECRET_KEY"] == first.secret_key
    other = environment.load({"DEMO": "1", "VAR_DIR": str(tmp_path / "other")})
    assert other.secret_key != first.secret_key


def test_keys_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "keys.json").write_text("no JSON")
    lines = refusal({"DEMO": "1", "VAR_DIR": str(tmp_path)})
    assert lines[0].startswith("DEMO: cannot use the demo's keys (")
    assert lines[0].endswith(f"; remove {tmp_path / 'demo'} or set VAR_DIR to another folder")


def test_the_demo_never_sends_with_real_credentials(tmp_path: Path) -> None:
    real = {**TWILIO, "TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}
    twilio = environment.load({"DEMO": "1", "VAR_DIR": str(tmp_path), "PORT": "8010", **real}).twilio
    assert twilio is not None
    assert twilio.account_sid != real["TWILIO_ACCOUNT_SID"]
    assert twilio.auth_token != real["TWILIO_AUTH_TOKEN"]
    assert (twilio.sender, twilio.region, twilio.edge) == ("+493023125000", "", "")
    assert twilio.api_base_url == "http://127.0.0.1:8011"


@pytest.mark.parametrize("port", ["acht", "0", "65535", "-1", "²2"])
def test_the_demo_refuses_an_impossible_port(tmp_path: Path, port: str) -> None:
    lines = refusal({"DEMO": "1", "VAR_DIR": str(tmp_path), "PORT": port})
    assert lines[0].startswith(f"PORT: {port!r} is no port number; set one from 1 to 65534")


@pytest.mark.parametrize("name", ["Träger Süd", "50%41", "a?b#c", 'o\'neill & "co"'])
def test_the_demo_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    made = environment.load({"DEMO": "1", "VAR_DIR": str(folder)})
    assert made.email["EMAIL_FILE_PATH"] == str(folder / "demo" / "mail")
    database = environment.load({**COMPLETE, "DATABASE_URL": Postgres(folder).url}).database
    assert database is not None
    assert database["HOST"] == str(folder / "postgres")


def test_a_process_ends_with_the_line_and_no_traceback() -> None:
    environ = {**COMPLETE, "DJANGO_SETTINGS_MODULE": "config.settings"}
    del environ["SECRET_KEY"]
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=environment.ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("SECRET_KEY is not set; ")
    assert len(done.stderr.splitlines()) == 1


def test_production_settings_pass_the_deployment_check() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=environment.ROOT,
        env=dict(COMPLETE),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("System check identified no issues (0 silenced).\n", 0), (
        done.stderr
    )


def test_sessions_idle_for_half_an_hour_end_unless_told_otherwise() -> None:
    values = [environment.load({**COMPLETE, **given}).idle_minutes for given in ({}, {"IDLE_MINUTES": "15"})]
    assert values == [30, 15]


def test_a_provider_is_read_and_its_secret_is_not_shown() -> None:
    [provider] = environment.load({**COMPLETE, "OIDC_PROVIDERS": oidc()}).oidc_providers
    assert (provider.id, provider.server_url) == ("klinik", "https://id.example.org/realms/klinik")
    assert (provider.origin, provider.trust_email) == ("https://id.example.org", False)
    assert "geheim-7c1f" not in repr(provider)
