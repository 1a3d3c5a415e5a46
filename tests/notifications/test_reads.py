"""What screens read about telling."""

import pytest
from pytest_django import DjangoAssertNumQueries

from notifications import selectors
from notifications.models import Message
from sites.models import Site
from tests.builders import NOW
from tests.notifications.scenes import make_scene, tell
from tests.notifications.stub_twilio import StubTwilio, break_off, refuse

pytestmark = pytest.mark.django_db


def test_the_messages_of_an_appointment_in_order_of_time(
    twilio: StubTwilio, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scene, other = make_scene(), make_scene()
    appointment = scene.book()
    other.book()
    tell()
    with django_assert_num_queries(1):
        rows = [
            (message.kind, message.channel, str(message.recipient_client or message.recipient_user))
            for message in selectors.messages_of(appointment)
        ]

    assert rows == [
        ("confirmation", "sms", scene.client.code),
        ("confirmation", "email", str(scene.worker)),
        ("confirmation", "email", str(scene.psychiatrist)),
        ("reminder", "sms", scene.client.code),
    ]


def test_open_problems_are_those_of_the_sites(twilio: StubTwilio) -> None:
    scenes = [make_scene(phone=f"0171 392000{number}") for number in range(3)]
    for scene in scenes:
        scene.book()
    twilio.faults.extend([refuse(400, 21211), break_off])
    tell()
    mine = Site.objects.filter(pk__in=[scenes[0].hour.site_id, scenes[2].hour.site_id])

    assert [message.recipient_client for message in selectors.open_problems(mine)] == [scenes[0].client]
    assert [message.state for message in selectors.open_problems(Site.objects.all())] == [
        "failed",
        "uncertain",
    ]


def test_what_a_message_shows_of_itself_is_german(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    tell()
    message = Message.objects.filter(channel="sms").order_by("pk")[0]

    assert (str(message), message.get_state_display()) == (
        f"Bestätigung SMS {NOW:%d.%m.%Y %H:%M} UTC",
        "gesendet",
    )
