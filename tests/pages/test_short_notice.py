"""How somebody wants to be told of what changes at short notice."""

from tests.pages.desks import Desk, Place


def test_how_to_be_told_at_short_notice_is_everybodys_own_choice(place: Place) -> None:
    desk = Desk(place.worker)
    page = desk.post("/konto/kurzfristig/", by_sms="on")
    assert page.error_of("phone") == (
        "Fehler: Für SMS wird eine Mobilnummer gebraucht. "
        "Bitte tragen Sie sie ein, zum Beispiel 0171 3920012."
    )
    assert desk.post("/konto/kurzfristig/", by_sms="on", phone="030 23125100").error_of("phone") != ""
    assert desk.post("/konto/kurzfristig/", phone="17").error_of("phone") != ""
    assert desk.post("/konto/kurzfristig/", by_sms="on", phone="0171 3920034").messages == ["Gespeichert."]
    place.worker.refresh_from_db()
    assert (place.worker.short_notice_email, place.worker.short_notice_sms, place.worker.phone) == (
        False,
        True,
        "+491713920034",
    )
