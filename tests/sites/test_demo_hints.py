"""The demo says on each page that it is one, and leads to its phones and mails; nothing else does."""

import re

from django.test import Client
from django.urls import reverse
from pytest_django import Settings


def links_of_sign_in(client: Client) -> list[str]:
    html = client.get(reverse("sign_in")).content.decode()
    return re.findall(r'href="([^"]+)">Demo-(?:Telefone|Postfach)</a>', html)


def test_demo_leads_to_phones_and_mails(client: Client, settings: Settings) -> None:
    settings.DEMO, settings.DEMO_PHONES_URL = True, "http://127.0.0.1:8001"
    here = ["http://127.0.0.1:8001", "http://127.0.0.1:8001/postfach"]
    assert links_of_sign_in(client) == here + here


def test_production_mentions_no_demo(client: Client, settings: Settings) -> None:
    settings.DEMO, settings.DEMO_PHONES_URL = False, ""
    assert links_of_sign_in(client) == []
