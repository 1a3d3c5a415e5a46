import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from notifications.transports import sms
from tests.notifications.stub_twilio import StubTwilio


@pytest.fixture
def twilio(settings: Settings) -> Iterator[StubTwilio]:
    """A Twilio of this test's own, reached by the real client."""
    with StubTwilio(settings.TWILIO.account_sid, settings.TWILIO.auth_token) as stub:
        account = settings.TWILIO = dataclasses.replace(settings.TWILIO, api_base_url=stub.url)
        yield stub
        sms._client_of(account).http_client.session.close()
        sms._client_of.cache_clear()


@pytest.fixture
def call(client: Browser, settings: Settings) -> Callable[..., Any]:
    """Posts to a webhook as Twilio does, with a valid signature unless another is given."""

    def post(path: str, signature: str | None = None, **fields: str) -> Any:
        if signature is None:
            validator = RequestValidator(settings.TWILIO.auth_token)
            signature = validator.compute_signature(settings.BASE_URL + path, fields)
        return client.post(path, fields, headers={"X-Twilio-Signature": signature})

    return post
