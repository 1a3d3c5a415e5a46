"""GET /healthz says that this process serves, and nothing else."""

import pytest
from django.conf import LazySettings
from django.test import Client


@pytest.mark.parametrize("method", ["get", "head"])
def test_it_answers_without_asking_the_database(client: Client, method: str) -> None:
    # No database mark: a query would fail.
    answer = getattr(client, method)("/healthz")
    assert answer.status_code == 200
    assert answer.content == (b"ok" if method == "get" else b"")
    assert answer["Content-Type"] == "text/plain"


def test_a_probe_beside_the_proxy_is_not_sent_to_https(client: Client, settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/anything-else").status_code == 301


def test_nothing_can_be_posted_to_it(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
