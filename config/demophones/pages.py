"""The pages: the phones, and the mails."""

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from config.demophones import mailbox, wording
from config.demophones.api import LONGEST_TEXT
from config.demophones.demo import Demo
from config.demophones.mailbox import Mail
from config.demophones.replies import send_reply
from config.demophones.segments import count_segments
from config.demophones.store import Sms
from config.demophones.templating import engine, render
from sites.phones import local_format

NO_SUBJECT = "(ohne Betreff)"
# The newest are in sight, older ones fold out; a phone with more than that keeps them to itself.
SHOWN_PER_PHONE = 4
KEPT_PER_PHONE = 50
SHOWN_MAILS = 200
# Types that a calendar program should open; anything else is handed out as mere bytes.
DOWNLOAD_TYPES = ("text/calendar", "application/ics")


def healthz(request: HttpRequest, demo: Demo) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def phones(request: HttpRequest, demo: Demo) -> HttpResponse:
    """All phones, the one with the newest message first."""
    values = {"base_url": demo.base_url, "current": "phones", "live": _phone_list(demo)}
    return render("phones.html", values)


def phones_live(request: HttpRequest, demo: Demo) -> HttpResponse:
    """The part of the page that follows what happens."""
    return _fragment(_phone_list(demo, known=request.GET.get("version", "")))


def reply(request: HttpRequest, demo: Demo) -> HttpResponse:
    """Send what was typed, or the word on the button, from one phone to the application."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    phone = request.POST.get("phone", "")
    text = request.POST.get("word") or request.POST.get("text", "")
    received = demo.store.last_of(phone)
    if received is None:
        raise Http404(phone)
    if not text.strip() or len(text) > LONGEST_TEXT:
        problem = f"Bitte geben Sie eine Antwort mit 1 bis {LONGEST_TEXT} Zeichen ein."
        values = {"base_url": demo.base_url, "title": "Antwort nicht gesendet", "text": problem}
        return render("error.html", values, status=400)
    send_reply(demo, received=received, text=text)
    return HttpResponseRedirect(f"{reverse('phones')}#{_anchor(phone)}")


def mails(request: HttpRequest, demo: Demo) -> HttpResponse:
    """All mails, newest first."""
    return render("mails.html", {"base_url": demo.base_url, "current": "mails", "live": _mail_list(demo)})


def mails_live(request: HttpRequest, demo: Demo) -> HttpResponse:
    """The part of the page that follows what happens."""
    return _fragment(_mail_list(demo, known=request.GET.get("version", "")))


def mail(request: HttpRequest, demo: Demo, name: str, number: int) -> HttpResponse:
    """One mail, as plain text, with its calendar part read out."""
    found = _find(demo, name, number)
    calendar = found.calendar and {
        "badge": wording.method_badge(found.calendar),
        "entries": [wording.calendar_rows(entry) for entry in found.calendar.entries],
        "method": found.calendar.method,
        "source": found.calendar.source,
    }
    attachments = [
        {
            "name": attachment.name,
            "type": attachment.content_type,
            "url": _mail_url("attachment", found, index=index),
        }
        for index, attachment in enumerate(found.attachments, start=1)
    ]
    values = {
        "base_url": demo.base_url,
        "mail": found,
        "subject": found.subject or NO_SUBJECT,
        "sent_at": wording.point_in_time(found.sent_at),
        "calendar": calendar,
        "attachments": attachments,
        "source_url": _mail_url("source", found),
    }
    return render("mail.html", values)


def attachment(request: HttpRequest, demo: Demo, name: str, number: int, index: int) -> HttpResponse:
    """An attachment, always as a download."""
    found = _find(demo, name, number)
    if not 1 <= index <= len(found.attachments):
        raise Http404(index)
    part = found.attachments[index - 1]
    content_type = part.content_type if part.content_type in DOWNLOAD_TYPES else "application/octet-stream"
    disposition = content_disposition_header(True, part.name)
    return HttpResponse(
        part.content, content_type=content_type, headers={"Content-Disposition": disposition or "attachment"}
    )


def source(request: HttpRequest, demo: Demo, name: str, number: int) -> HttpResponse:
    """A mail as it was sent."""
    return HttpResponse(_find(demo, name, number).source, content_type="text/plain; charset=utf-8")


def _phone_list(demo: Demo, *, known: str = "") -> SafeString | None:
    opted_out = demo.store.opted_out()
    threads: dict[str, list[Sms]] = {}
    for sms in demo.store.all_on_phones():
        threads.setdefault(sms.phone, []).append(sms)
    newest_first = sorted(threads.items(), key=lambda item: item[1][-1].id, reverse=True)
    shown = [_phone(number, thread, number in opted_out) for number, thread in newest_first]
    return _live("phone_list.html", {"phones": shown}, url=reverse("phones_live"), known=known)


def _live(template: str, values: dict[str, Any], *, url: str, known: str) -> SafeString | None:
    """The part of a page that follows what happens; None where the browser has this state already.

    Only what has changed is put into the page, so that it doesn't move under a reader's hands.
    """
    html = engine.render_to_string(f"demophones/{template}", values)
    version = hashlib.sha256(html.encode()).hexdigest()[:16]
    if version == known:
        return None
    return engine.render_to_string("demophones/live.html", {"html": html, "url": url, "version": version})


def _fragment(html: SafeString | None) -> HttpResponse:
    return HttpResponse(status=204) if html is None else HttpResponse(html)


def _phone(number: str, thread: list[Sms], opted_out: bool) -> dict[str, Any]:
    bubbles = [_bubble(sms) for sms in thread[-KEPT_PER_PHONE:]]
    return {
        "number": number,
        "label": local_format(number),
        "anchor": _anchor(number),
        "older": bubbles[:-SHOWN_PER_PHONE],
        "older_total": max(len(thread) - SHOWN_PER_PHONE, 0),
        "newest": bubbles[-SHOWN_PER_PHONE:],
        "opted_out": opted_out,
        "words": ("START",) if opted_out else ("STOP", "JA", "NEIN"),
    }


def _bubble(sms: Sms) -> dict[str, Any]:
    segments = count_segments(sms.text)
    return {
        "sms": sms,
        "instant": sms.created_at.isoformat(),
        "time": wording.short_time(sms.created_at),
        "parts": f"{segments} Teile" if segments > 1 else "",
        "badge": wording.status_badge(sms),
        "explanation": wording.explain_answer(sms),
        "record_gone": sms.deleted or not sms.record,
    }


def _anchor(phone: str) -> str:
    return f"telefon-{phone.removeprefix('+')}"


def _mail_list(demo: Demo, *, known: str = "") -> SafeString | None:
    found = mailbox.read_mails(demo.mail_dir)
    rows = [
        {
            "mail": mail,
            "subject": mail.subject or NO_SUBJECT,
            "time": wording.point_in_time(mail.sent_at),
            "badge": mail.calendar and wording.method_badge(mail.calendar),
            "url": _mail_url("mail", mail),
        }
        for mail in found[:SHOWN_MAILS]
    ]
    count = "1 E-Mail" if len(found) == 1 else f"{len(found)} E-Mails"
    if len(found) > SHOWN_MAILS:
        count += f", hier die neuesten {SHOWN_MAILS}"
    return _live("mail_list.html", {"rows": rows, "count": count}, url=reverse("mails_live"), known=known)


def _find(demo: Demo, name: str, number: int) -> Mail:
    found = mailbox.find_mail(demo.mail_dir, name, number)
    if found is None:
        raise Http404(name)
    return found


def _mail_url(view: str, mail: Mail, **kwargs: int) -> str:
    return reverse(view, kwargs={"name": mail.name, "number": mail.number, **kwargs})
