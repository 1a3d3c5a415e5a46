"""A journey of somebody at the desk: how many clicks or keys it takes, and how many seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

# What a booking may take, by the person who has a client in front of them.
MOST_CLICKS = 3
MOST_SECONDS = 15


class Journey:
    """Counts what is clicked. The clock runs from the start page until what was wanted is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.seconds = 0.0

    def click(self, what: Locator) -> None:
        expect(what).to_be_visible()
        what.click()
        self.clicks += 1

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def press(self, button: str) -> None:
        self.click(self.main.get_by_role("button", name=button, exact=True))

    def choose_slot(self, clock: str) -> None:
        self.click(self.main.get_by_role("link", name=f"{clock} Uhr buchen").first)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Termin buchen")

    def pick(self, typed: str, code: str) -> None:
        self.page.locator("#id_code").press_sequentially(typed)
        self.click(self.page.locator("#vorschlaege").get_by_role("link", name=code))
        expect(self.page.locator("#akte")).to_contain_text(code)


@contextmanager
def measured(page: Page) -> Iterator[Journey]:
    """From the start page to the end of the block: no more clicks and seconds than allowed."""
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Übersicht")
    journey, begun = Journey(page), time.monotonic()
    yield journey
    journey.seconds = time.monotonic() - begun
    assert journey.clicks <= MOST_CLICKS
    assert journey.seconds < MOST_SECONDS
