"""The guards of the browser tests do notice what they stand for."""

from collections.abc import Callable

import pytest

from tests.browser.people import Person, Watch, find_chromium


def test_an_error_on_the_console_is_noticed(enter: Callable[..., Person], watch: Watch) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("console.error('broken')")
    assert watch.taken(person.page) == ["error: broken"]


def test_an_exception_of_a_script_is_noticed(enter: Callable[..., Person], watch: Watch) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("setTimeout(() => { throw new Error('broken') })")
    assert watch.taken(person.page) == ["broken"]


def test_a_request_elsewhere_is_noticed(enter: Callable[..., Person], watch: Watch) -> None:
    person = enter()
    # No policy of ours keeps this page from asking; port 9 discards.
    person.page.goto("about:blank")
    person.page.evaluate("fetch('http://127.0.0.1:9/x').catch(() => null)")
    assert watch.taken(person.page)[0] == "request to http://127.0.0.1:9/x"


def test_the_pages_themselves_may_ask_nobody_else(enter: Callable[..., Person], watch: Watch) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("fetch('http://127.0.0.1:9/x').catch(() => null)")
    assert "violates the following Content Security Policy" in watch.taken(person.page)[0]


def test_a_missing_file_is_noticed(enter: Callable[..., Person], watch: Watch) -> None:
    person = enter()
    person.page.goto("/anmelden/nirgends")
    assert len(watch.taken(person.page)) == 1


def test_without_chromium_the_tests_fail_and_say_how_to_get_it() -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        find_chromium({"CHROMIUM": "/nonexistent/chromium"})
    assert str(failure.value) == (
        "/nonexistent/chromium: no Chromium there. Run apt-get install chromium, or set CHROMIUM."
    )
